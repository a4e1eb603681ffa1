"""Takes items out of a queue that Erlust's nodes put them to. Prints each as a line of JSON.

    python3 consume.py QUEUE [--count N]

Ends after N items, else never. The broker is ERLUST_AMQP, or the one here.
"""

import argparse
import json
import os
import sys

import pika

URL = os.environ.get("ERLUST_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2F")
PREFETCH = 30


def work(item):
    print(json.dumps(item), flush=True)


def consume(channel, queue, count):
    """Works on `count` items, or on all that will ever come. Returns how many were done."""
    channel.queue_declare(queue, passive=True)  # the queue is Erlust's: only ask if it is there
    # So many items at most are on their way to this program: enough that it hardly waits for the
    # network, few enough that other consumers get their share. And a quorum queue takes some 32
    # acknowledgements at a time: what waits beyond them when a program ends comes again.
    channel.basic_qos(prefetch_count=min(PREFETCH, count or PREFETCH))
    done = 0
    for delivery, _, body in channel.consume(queue):
        try:
            item = json.loads(body)
        except ValueError as error:
            # Another time it would be no better. Without requeue it does not come again.
            print(f"not JSON, left out: {error}", file=sys.stderr)
            channel.basic_reject(delivery.delivery_tag, requeue=False)
            continue
        work(item)
        # After the work: if this program dies before, the item comes again, here or elsewhere.
        # So an item may come twice, and never not at all.
        channel.basic_ack(delivery.delivery_tag)
        done += 1
        if done == count:
            break
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queue")
    parser.add_argument("--count", type=int, help="end after so many items")
    options = parser.parse_args()
    try:
        connection = pika.BlockingConnection(pika.URLParameters(URL))
        done = consume(connection.channel(), options.queue, options.count)
        connection.close()
    except pika.exceptions.ChannelClosedByBroker as error:
        sys.exit(f"error: {error.reply_text}. If there is no such queue: a job makes it (job.py), "
                 f'or PUT /v1/queues/{options.queue} with {{"backend": "amqp"}}')
    except pika.exceptions.AMQPError as error:
        # Nothing is lost: what was not acknowledged comes again. Start it again.
        sys.exit(f"error: {error!r}")
    if done != options.count:
        sys.exit("error: the queue was deleted")


if __name__ == "__main__":
    main()
