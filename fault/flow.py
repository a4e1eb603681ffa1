"""Items on their way: put over HTTP in batches, worked on by nodes, taken as results or items."""

import threading
import time

from harness import Refused, Unknown, check

SOURCES = {
    # What it returns is kept with the item's acknowledgement: once an item, however often it came.
    "handle": """
def handle(item):
    sum(range(item["work"]))
    return [item["n"], node.item.attempt]
""",
    # Two steps: a node that dies between them emits again.
    "emit": """
def main():
    for item in node.items():
        sum(range(item["work"]))
        node.emit([item["n"], node.item.attempt])
""",
    "q_put": """
def main():
    for item in node.items():
        sum(range(item["work"]))
        node.q_put(node.args["out"], [item["n"], node.item.attempt])
""",
}


class Producer(threading.Thread):
    """Puts the items 0 … count-1 in batches, each until it is known to be accepted.

    `may_put(share)` is asked before each batch, with the share of the items that is put already; it
    waits for as long as it likes. Join with `finish`.
    """

    def __init__(self, scene, queue, count, batch, work, may_put=lambda share: None):
        super().__init__(daemon=True)
        self.scene, self.queue, self.may_put = scene, queue, may_put
        self.items = [{"n": n, "work": work} for n in range(count)]
        self.batch = batch
        self.unknown = 0
        self.error = None

    def run(self):
        try:
            for at in range(0, len(self.items), self.batch):
                self.may_put(at / len(self.items))
                self._put(self.items[at:at + self.batch])
        except Exception as error:
            self.error = error

    def _put(self, items):
        """Unknown is neither yes nor no: it asks again, as a put of its own."""
        history, values = self.scene.history, [item["n"] for item in items]
        while True:
            history.invoke("put", values)
            try:
                self.scene.api.put(self.queue, items)
                history.ok("put", values)
                return
            except Unknown:
                self.unknown += 1
                history.info("put", values)
            except Refused as refused:
                if refused.status != 503:  # a server that is just stopping or starting
                    raise
                history.info("put", values)
            time.sleep(0.02)

    def finish(self, seconds):
        self.join(seconds)
        check(not self.is_alive(), f"not everything could be put within {seconds} s")
        if self.error:
            raise self.error


def take_results(scene, job_id):
    """Reads a job's results into the history. Returns them."""
    results = list(scene.api.results(job_id))
    seqs = [result["seq"] for result in results]
    check(seqs == list(range(1, len(seqs) + 1)), f"{job_id}: results not numbered 1, 2, 3 …")
    scene.history.ok("take", [result["value"][0] for result in results])
    return [result["value"] for result in results]


def take_items(scene, queue):
    """Receives and acknowledges everything a queue has, into the history. Returns it."""
    taken = []
    while True:
        got = scene.api.receive(queue, 1000)["items"]
        if not got:
            return taken
        scene.history.ok("take", [one["item"][0] for one in got])
        scene.api.ack(queue, [one["receipt"] for one in got])
        taken += [one["item"] for one in got]


def redelivered(values):
    """How many failed attempts the values tell of, each a pair of an item and its attempt."""
    return sum(attempt - 1 for _, attempt in values)


def settle_flow(scene):
    """Judges the flow of items from put to take. Returns its figures."""
    flow = scene.history.total_queue("put", "take")
    check(not flow.problem(), f"items: {flow.problem()}")
    return flow.figures()
