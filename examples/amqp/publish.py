"""Publishes items to a queue that Erlust's nodes work on: each line of the input is one, as JSON.

    python3 publish.py QUEUE < items.ndjson

When it ends with 0, the broker has every item on disk. The broker is ERLUST_AMQP, or the one here.
"""

import json
import os
import sys

import pika

URL = os.environ.get("ERLUST_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2F")
# delivery_mode 2: the message is as durable as the queue is.
PERSISTENT = pika.BasicProperties(delivery_mode=2, content_type="application/json")


def publish(channel, queue, lines):
    """Yields how many items the broker has confirmed, after each."""
    # The queue is Erlust's. A declaration with other arguments than Erlust's would be an error, so
    # this one is passive: it only asks whether the queue is there.
    channel.queue_declare(queue, passive=True)
    # From now on basic_publish waits until the message is safe, and raises if it is not. That is
    # a round trip an item: a program with many items a second has several channels, or confirms
    # in batches, as publish.rb and publish.js do.
    channel.confirm_delivery()
    for number, line in enumerate(lines, 1):
        json.loads(line)  # what is no JSON would end as a dead item: better say it here
        # The default exchange, "", brings a message to the queue with the name of its routing key.
        # mandatory: if that is gone, the message comes back as an error, else it would vanish.
        channel.basic_publish("", queue, line.strip(), PERSISTENT, mandatory=True)
        yield number


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 publish.py QUEUE < items.ndjson")
    queue, confirmed = sys.argv[1], 0
    try:
        connection = pika.BlockingConnection(pika.URLParameters(URL))
        for confirmed in publish(connection.channel(), queue, sys.stdin.buffer):
            pass
        connection.close()
    except pika.exceptions.ChannelClosedByBroker as error:
        sys.exit(f"error: {error.reply_text}. If there is no such queue: a job makes it (job.py), "
                 f'or PUT /v1/queues/{queue} with {{"backend": "amqp"}}')
    except ValueError as error:
        sys.exit(f"error: line {confirmed + 1} is not JSON: {error}; the lines before it are there")
    except pika.exceptions.AMQPError as error:
        # It may have the next line too: who publishes that again may have it twice, never not.
        sys.exit(f"error: {error!r}; the broker has confirmed the first {confirmed} lines")
    print(f"{confirmed} items published", file=sys.stderr)


if __name__ == "__main__":
    main()
