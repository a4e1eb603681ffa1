"""Programs of three languages share one queue of RabbitMQ with nodes: all put, and all take."""

import json
import threading
import time

from amqp_programs import LANGUAGES, Programs
from fault import Fault
from flow import settle_flow, take_results
from harness import await_that, check
from rabbit import Rabbit
from scene import Scene

NODES = 2
WORK_SECONDS = 0.0005  # an item, of nodes
END_SECONDS = 300

FEED = """
def main():
    node.q_put_all(node.args["queue"], ({"n": n} for n in range(*node.args["range"])))
"""
WORK = """
import time
def handle(item):
    time.sleep(node.args)
    return [item["n"], node.item.attempt]
"""


class Publisher(threading.Thread):
    """A program that publishes some of the items, and its bookkeeping."""

    def __init__(self, scene, process, numbers):
        super().__init__(daemon=True)
        self.scene, self.process, self.numbers = scene, process, numbers

    def run(self):
        self.scene.history.invoke("put", [*self.numbers])
        lines = "".join(json.dumps({"n": n}) + "\n" for n in self.numbers)
        self.errors = self.process.communicate(lines)[1]

    def finish(self):
        self.join(END_SECONDS)
        check(self.process.returncode == 0, f"{self.process.args} ended with "
              f"{self.process.returncode}: {getattr(self, 'errors', 'it did not end')}")
        self.scene.history.ok("put", [*self.numbers])


class Consumer(threading.Thread):
    """A program that consumes until it is killed, and its bookkeeping."""

    def __init__(self, scene, process):
        super().__init__(daemon=True)
        self.scene, self.process, self.taken = scene, process, 0

    def run(self):
        for line in self.process.stdout:
            self.scene.history.ok("take", [json.loads(line)["n"]])
            self.taken += 1

    def finish(self):
        check(self.process.poll() is None,
              f"{self.process.args} ended by itself, with {self.process.returncode}")
        self.process.kill()
        self.join(END_SECONDS)
        self.process.wait()


def amqp_clients(options):
    items = 2_000 if options.short else 100_000
    with Rabbit(await_start=False) as rabbit, Programs() as programs, \
            Scene("amqp-clients", options, ("--amqp", rabbit.uri())) as scene:
        scene.start()
        rabbit.await_started()
        api = scene.api
        api.configure("shared", backend="amqp")
        hold = api.hold("shared")
        api.submit({"id": "work", "queue": "shared", "num_of_nodes": NODES, "source": WORK,
                    "args": WORK_SECONDS})
        await_that(lambda: api.job("work")["state"] == "running", "the nodes", END_SECONDS)
        share = items // (len(LANGUAGES) + 1)
        consumers = [Consumer(scene, programs.start(rabbit.uri(), f"consume.{each}", "shared"))
                     for each in LANGUAGES]
        publishers = [Publisher(scene, programs.start(rabbit.uri(), f"publish.{each}", "shared"),
                                range(n * share, (n + 1) * share))
                      for n, each in enumerate(LANGUAGES)]
        try:
            all_consumers = len(consumers) + 2  # the server's, of this queue and of erlust.jobs
            await_that(lambda: rabbit.consumers() == all_consumers,
                       lambda: f"{all_consumers} consumers, not {rabbit.consumers()}", END_SECONDS)
            began = time.monotonic()
            _put(scene, consumers, publishers, range(len(publishers) * share, items))
            _await_taken(scene, consumers, items)
            seconds = time.monotonic() - began
            for each in consumers:
                each.finish()
        finally:
            for each in consumers + publishers:
                each.process.kill()
        api.cancel(hold)
        return {"items/s": round(items / seconds), **_judge(scene, consumers)}


def _put(scene, consumers, publishers, numbers):
    """All at once: the three programs, and a node."""
    for each in consumers + publishers:
        each.start()
    scene.history.invoke("put", [*numbers])
    scene.api.submit({"id": "feed", "source": FEED,
                      "args": {"queue": "shared", "range": [numbers.start, numbers.stop]}})
    job = scene.api.await_end("feed", END_SECONDS)
    check(job["state"] == "completed", f"the feeding job is {job['state']}: {job['reason']}")
    scene.history.ok("put", [*numbers])
    for each in publishers:
        each.finish()


def _await_taken(scene, consumers, items):
    """Until as many were taken as were put; what comes twice shows later."""
    seq = 0

    def taken():
        nonlocal seq
        for result in scene.api.results("work", seq):
            seq = result["seq"]
        return seq + sum(each.taken for each in consumers)

    await_that(lambda: taken() >= items, lambda: f"{items} items, not {taken()}", END_SECONDS, 0.2)


def _judge(scene, consumers):
    job = scene.api.await_end("work", END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    by_nodes = len(take_results(scene, "work"))
    flow = settle_flow(scene)
    shares = {**{each: consumer.taken for each, consumer in zip(LANGUAGES, consumers)},
              "nodes": by_nodes}
    check(all(shares.values()), f"not everyone got some: {shares}")
    check(not flow["duplicated"], f"nothing died, and items came twice: {flow}")
    scene.quiet(empty=["shared"])
    return {"items": flow["enqueues"], "lost": flow["lost"], "unexpected": flow["unexpected"],
            "duplicated": flow["duplicated"],
            "taken by": ", ".join(f"{name} {count:,}" for name, count in shares.items())}


FAULTS = [
    Fault("amqp-clients", "none: pika, bunny, amqplib and nodes put to one queue of RabbitMQ and "
          "take from it, all at once", "nothing lost, nothing invented, nothing twice; everyone "
          "gets some; nothing left over", amqp_clients),
]
