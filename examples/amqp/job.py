"""Runs a job without HTTP: submits it, feeds it, and prints its results, each as a line of JSON.

    python3 job.py job.json < items.ndjson

Ends with 0 when the job is completed, else with 1 and the reason. The broker is ERLUST_AMQP, or
the one here; the server runs with `erlust serve --amqp` and the same one.
"""

import json
import sys
import uuid

import pika

from publish import PERSISTENT, URL, publish

# Queues are Erlust's, but items that are to be there before their job does need a queue. This is
# how Erlust declares one (docs/amqp.md); set to make classic queues it says no
# arguments. 2147483647: Erlust counts failed attempts itself, the broker must not.
DECLARED = {"x-queue-type": "quorum", "x-delivery-limit": 2147483647}
ENDED = ("completed", "failed", "cancelled")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 job.py job.json < items.ndjson")
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            job = json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {sys.argv[1]}: {error}")
    job.setdefault("id", f"job-{uuid.uuid4()}")
    job.setdefault("queue", job["id"])
    try:
        connection = pika.BlockingConnection(pika.URLParameters(URL))
        channel = connection.channel()
        inbox = listen(channel, job["id"])
        # The items first: a job ends when its queue is empty and nobody known to Erlust will put
        # more, and of this program Erlust knows nothing.
        channel.queue_declare(job["queue"], durable=True, arguments=DECLARED)
        feed(channel, job["queue"])
        submit(channel, job, inbox)
        follow(channel, job["id"], inbox)
        connection.close()
    except pika.exceptions.ChannelClosedByBroker as error:
        sys.exit(f"error: {error.reply_text}. If erlust.events or erlust.jobs is missing: start "
                 "the server with erlust serve --amqp and this broker's URL")
    except pika.exceptions.AMQPError as error:
        sys.exit(f"error: {error!r}")


def listen(channel, job_id):
    """A queue of this program alone, for the answer and for the job's events. It ends with the
    connection; who must not miss an event while away has a durable one."""
    channel.exchange_declare("erlust.events", passive=True)
    inbox = channel.queue_declare("", exclusive=True).method.queue
    # Before the job is submitted: the exchange keeps nothing for those who come later.
    channel.queue_bind(inbox, "erlust.events", f"job.*.{job_id}")
    return inbox


def feed(channel, queue):
    sent = 0
    try:
        for sent in publish(channel, queue, sys.stdin.buffer):
            pass
    except ValueError as error:
        sys.exit(f"error: line {sent + 1} is not JSON: {error}; the lines before it are in the "
                 "queue, the job is not submitted")


def submit(channel, job, inbox):
    """Publishes the job. The same id with the same content is the same job: trying it again, after
    a lost connection, does no harm."""
    about = pika.BasicProperties(delivery_mode=2, content_type="application/json",
                                 reply_to=inbox, correlation_id=job["id"])
    channel.basic_publish("", "erlust.jobs", json.dumps(job).encode(), about, mandatory=True)


def follow(channel, job_id, inbox):
    """Prints the results, and returns when the job is completed."""
    last = (0, 0)
    for _, about, body in channel.consume(inbox, auto_ack=True):
        message = json.loads(body)
        if about.content_type == "application/problem+json":
            sys.exit(f"error: refused: {message['title']}: {message.get('detail', '')}")
        if about.correlation_id == job_id:
            if message["state"] in ENDED:
                sys.exit(f"error: {job_id} was submitted before and is {message['state']}: its "
                         "events were sent then. Give a new job another id")
            print(f"{job_id} is accepted", file=sys.stderr)
            continue
        data = message["data"]  # a CloudEvent; its data are the same as a callback's
        for result in data.get("results", []):
            # Events come in order, and some may come twice.
            if (data["run"], result["seq"]) > last:
                last = (data["run"], result["seq"])
                print(json.dumps(result["value"], separators=(",", ":")), flush=True)
        if message["type"] == "job.completed":
            return
        if message["type"] in ("job.failed", "job.cancelled"):
            sys.exit(f"error: {message['type']}: {data['reason']}")


if __name__ == "__main__":
    main()
