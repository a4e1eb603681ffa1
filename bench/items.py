"""Items a second: put by a node, stored, taken by two nodes, acknowledged; and with a backlog."""

import json
import subprocess
import tempfile

from measure import Table, ratio, real_python, spread
from stage import Memory, Stage

ITEM_BYTES = 165
CONSUMERS = 2
SMALL_BACKLOG = 10_000
BACKLOG_RATIO = 0.85  # what the rate with a large backlog may fall to

BASE = {"n": 0, "name": "Ada Lovelace", "mail": "ada@example.org", "city": "London", "pad": ""}
BASE["pad"] = "x" * (ITEM_BYTES - len(json.dumps({**BASE, "n": 10_000_000}, separators=(",", ":"))))

PRODUCER = """
import time

def items():
    base, count = node.args["base"], node.args["count"]
    for n in range(10_000_000, 10_000_000 + count):
        yield {**base, "n": n}

def main():
    started = time.time_ns()
    node.q_put_all(node.args["queue"], items())
    node.emit([started, time.time_ns()])
"""

# The last line is reached when the queue is drained: everything acknowledged, in the store.
CONSUMER = """
import time

def main():
    queue = node.q_connect()
    count = 0
    item = node.q_get(queue)
    while item:
        count += 1
        item = node.q_get(queue)
    node.emit([count, time.time_ns()])
"""

# Takes its share while the producer puts as many again: the backlog stays about as it is.
THROUGH = """
import time

def main():
    queue, share = node.q_connect(), node.args
    node.q_get(queue)
    started = time.time_ns()
    for _ in range(share):
        node.q_get(queue)
    node.emit([started, time.time_ns()])
"""

FLOOR = """
import json, sys, time
started = time.perf_counter()
count = 0
for line in sys.stdin:
    json.loads(line)
    count += 1
print(count / (time.perf_counter() - started))
"""


def measure_items(command, runs, count):
    """End to end, and the floor of the language just before each."""
    floors, rates, puts = [], [], []
    with Stage(command) as stage:
        for run in range(runs):
            floors.append(floor(count))
            put, rate = end_to_end(stage, f"items-{run}", count)
            puts.append(put)
            rates.append(rate)
    rows = [["the floor: for line in stdin: json.loads(line)", *spread(floors), "1"],
            ["put by 1 node, durable", *spread(puts), f"{ratio(puts, floors):.2f}"],
            [f"put by 1 node, taken by {CONSUMERS}, all acknowledged", *spread(rates),
             f"{ratio(rates, floors):.2f}"]]
    return Table(f"Items a second ({count:,} items of {ITEM_BYTES} bytes)",
                 ["what", "median", "min", "max", "of the floor"], rows,
                 ["From the first put to the last acknowledgement; all of it at once, the producer "
                  "node, the consumer nodes and the server sharing the machine."])


def floor(count):
    line = json.dumps({**BASE, "n": 10_000_000}, separators=(",", ":")).encode() + b"\n"
    with tempfile.NamedTemporaryFile() as file:
        file.write(line * count)
        file.flush()
        with subprocess.Popen(["cat", file.name], stdout=subprocess.PIPE) as cat:
            done = subprocess.run([real_python(), "-c", FLOOR], stdin=cat.stdout, check=True,
                                  capture_output=True)
    return float(done.stdout)


def end_to_end(stage, name, count):
    """(items put a second, items end to end a second)."""
    make = {"when": "manual", "produces": [name],
            "args": {"queue": name, "count": count, "base": BASE}}
    stage.submit(f"{name}-make", PRODUCER, **make)
    stage.submit(name, CONSUMER, queue=name, num_of_nodes=CONSUMERS)
    stage.await_ready(name, CONSUMERS)
    stage.api.post(f"/v1/jobs/{name}-make/start")
    stage.await_end(name)
    stage.await_end(f"{name}-make")
    [[started, put]] = stage.values(f"{name}-make")
    taken = stage.values(name)
    assert sum(one for one, _ in taken) == count, f"{count} put, but taken: {taken}"
    ended = max(at for _, at in taken)
    return count / (put - started) * 1e9, count / (ended - started) * 1e9


def measure_backlog(command, runs, backlog, count):
    """How fast items go through a queue in which few and many wait, and the server's memory."""
    rates = {SMALL_BACKLOG: [], backlog: []}
    memory = {SMALL_BACKLOG: [], backlog: []}
    for run in range(runs):
        for waiting in rates:
            with Stage(command) as stage:
                put_all(stage, f"before-{run}", waiting)
                with Memory(stage.server.pid) as watch:
                    rates[waiting].append(through(stage, count))
                memory[waiting].append(watch.most / 2**20)
    share = ratio(rates[backlog], rates[SMALL_BACKLOG])
    rows = [[f"{waiting:,} items wait", *spread(rates[waiting]), *spread(memory[waiting])[:1]]
            for waiting in rates]
    word = "met" if share >= BACKLOG_RATIO else "MISSED"
    return Table("The same flow with a small and a large backlog",
                 ["", "median items/s", "min", "max", "server RSS at most, MiB"], rows,
                 [f"{count:,} items put by a node while {CONSUMERS} nodes take as many, those that "
                  f"waited longest first. With the large backlog the rate is {share:.2f} of the "
                  f"other, target at least {BACKLOG_RATIO}: {word}."])


def put_all(stage, job, count):
    stage.submit(job, PRODUCER, args={"queue": "flow", "count": count, "base": BASE})
    stage.await_end(job)


def through(stage, count):
    """Items a second that the consumers took, while a producer put as many."""
    stage.submit("more", PRODUCER, args={"queue": "flow", "count": count, "base": BASE},
                 produces=["flow"])
    stage.submit("taken", THROUGH, queue="flow", num_of_nodes=CONSUMERS, args=count // CONSUMERS)
    stage.await_end("taken")
    spans = stage.values("taken")
    return count / (max(end for _, end in spans) - min(start for start, _ in spans)) * 1e9
