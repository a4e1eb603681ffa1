"""Items a second over RabbitMQ: from a node to two nodes, beside programs of pika alone."""

import json
import subprocess

from items import BASE, CONSUMERS, ITEM_BYTES, end_to_end
from measure import Table, ratio, spread
from rabbit import Rabbit
from stage import Stage

PIKA_PYTHON = "/usr/bin/python3"  # which Debian's python3-pika is for
PREFETCH = 100

PUBLISH = """
import json, sys, time
import pika
uri, queue, count, base = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
connection = pika.BlockingConnection(pika.URLParameters(uri))
channel = connection.channel()
persistent = pika.BasicProperties(delivery_mode=2, content_type="application/json")
print("ready", flush=True)
sys.stdin.readline()
started = time.time_ns()
for n in range(10_000_000, 10_000_000 + count):
    channel.basic_publish("", queue, json.dumps({**base, "n": n}).encode(), persistent)
print(started, flush=True)
sys.stdin.readline()  # what is not confirmed may be lost when the connection is closed
connection.close()
"""

CONSUME = """
import json, sys, time
import pika
uri, queue, prefetch = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = pika.BlockingConnection(pika.URLParameters(uri))
channel = connection.channel()
channel.basic_qos(prefetch_count=prefetch)
count, last = 0, 0
print("ready", flush=True)
for method, _, body in channel.consume(queue, inactivity_timeout=2):
    if method is None:
        if count:
            break
        continue
    json.loads(body)
    channel.basic_ack(method.delivery_tag)
    count += 1
    last = time.time_ns()
connection.close()
print(count, last, flush=True)
"""


def measure_amqp(command, runs, count):
    """End to end through the same broker, in turns; the queues are of the same type."""
    ours, puts, theirs = [], [], []
    with Rabbit() as rabbit, Stage(command, ["--amqp", rabbit.uri()]) as stage:
        for run in range(runs + 1):
            name = f"amqp-{run}"
            stage.api.configure(name, backend="amqp")
            put, rate = end_to_end(stage, name, count)
            other = f"amqp-pika-{run}"
            stage.api.configure(other, backend="amqp")
            stage.api.put(other, [BASE])  # makes it in the broker
            stage.api.call("DELETE", f"/v1/queues/{other}/items")
            pika = through_pika(rabbit.uri(), other, count)
            if run:  # the first one warms up
                ours.append(rate)
                puts.append(put)
                theirs.append(pika)
    rows = [[f"pika to RabbitMQ to {CONSUMERS} pika consumers", *spread(theirs), "1"],
            ["put by 1 node, confirmed by RabbitMQ", *spread(puts), f"{ratio(puts, theirs):.2f}"],
            [f"node to RabbitMQ to {CONSUMERS} nodes, all acknowledged", *spread(ours),
             f"{ratio(ours, theirs):.2f}"]]
    word = "met" if ratio(ours, theirs) >= 1 else "MISSED"
    return Table(f"Items a second over RabbitMQ ({count:,} items of {ITEM_BYTES} bytes)",
                 ["what", "median", "min", "max", "of pika"], rows,
                 ["Quorum queues, persistent messages. The broker confirms the nodes' puts; pika's "
                  f"are not awaited. pika's consumers have a prefetch of {PREFETCH} and "
                  "acknowledge each item. Broker, server and all programs share the machine.",
                  f"Target: at least as fast as pika alone: {word}."])


def through_pika(uri, queue, count):
    consumers = [start(CONSUME, uri, queue, PREFETCH) for _ in range(CONSUMERS)]
    publisher = start(PUBLISH, uri, queue, count, json.dumps(BASE))
    publisher.stdin.write("go\n")
    publisher.stdin.flush()
    started = int(publisher.stdout.readline())
    taken = [tuple(map(int, each.stdout.readline().split())) for each in consumers]
    for each in [publisher, *consumers]:
        each.communicate()
    assert sum(one for one, _ in taken) == count, f"{count} published, but taken: {taken}"
    return count / (max(last for _, last in taken) - started) * 1e9


def start(source, *arguments):
    process = subprocess.Popen([PIKA_PYTHON, "-c", source, *map(str, arguments)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process
