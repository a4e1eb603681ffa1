"""Items a second: put by a node, stored, taken by two nodes, acknowledged; and with a backlog."""

import json
import statistics
import subprocess
import tempfile
import time

from measure import Table, ratio, real_python, spread
from stage import Memory, Stage

ITEM_BYTES = 165
CONSUMERS = 2
SMALL_BACKLOG = 10_000
SMALL_DRAINS = 15  # in each run: one is over in a blink
WARM_ITEMS = 2_000  # of each drain, that are not measured
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

# The time from one item to the last, and how many came in it.
DRAINER = """
import time

def main():
    queue, now, count = node.q_connect(), time.perf_counter_ns, 0
    for _ in range(node.args):
        node.q_get(queue)
    started = last = now()
    while node.q_get(queue):
        count += 1
        last = now()
    node.emit([count, last - started])
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


def measure_backlog(command, runs, backlog):
    """How fast one node takes items when few and when many wait, and what the server needs."""
    small, large, memory_small, memory_large = [], [], [], []
    for run in range(runs):
        with Stage(command) as stage:
            with Memory(stage.server.pid) as memory:
                drains = [drain(stage, f"small-{n}", SMALL_BACKLOG) for n in range(SMALL_DRAINS)]
            small.append(statistics.median(drains))
            memory_small.append(memory.most / 2**20)
            with Memory(stage.server.pid) as memory:
                large.append(drain(stage, "large", backlog))
            memory_large.append(memory.most / 2**20)
    share = ratio(large, small)
    rows = [[f"{SMALL_BACKLOG:,} items wait", *spread(small), *spread(memory_small)[:1]],
            [f"{backlog:,} items wait", *spread(large), *spread(memory_large)[:1]]]
    word = "met" if share >= BACKLOG_RATIO else "MISSED"
    return Table("The rate of one consuming node, and the server's memory, with a backlog",
                 ["", "median items/s", "min", "max", "server RSS at most, MiB"], rows,
                 [f"With the large backlog the rate is {share:.2f} of the other, target at least "
                  f"{BACKLOG_RATIO}: {word}. Memory includes putting the items."])


def drain(stage, name, count):
    """Items a second of a node that takes what waits."""
    stage.submit(f"{name}-make", PRODUCER, produces=[name],
                 args={"queue": name, "count": count, "base": BASE})
    stage.await_end(f"{name}-make")
    time.sleep(0.1)
    stage.submit(name, DRAINER, queue=name, args=WARM_ITEMS)
    stage.await_end(name)
    [[taken, nanoseconds]] = stage.values(name)
    assert taken + WARM_ITEMS == count, f"{count} put, but taken: {taken} + {WARM_ITEMS}"
    return taken / nanoseconds * 1e9


