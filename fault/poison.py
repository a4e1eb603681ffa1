"""Items that kill their node, and code that dies on every item (faults F24, F25)."""

from fault import Fault
from flow import Producer, take_results
from harness import check
from scene import Scene

ITEMS = 1000
ATTEMPTS = 3
END_SECONDS = 120

THREE_KILL = """
import os, signal

def handle(item):
    if item["n"] == 100:
        os._exit(139)
    if item["n"] == 500:
        os.kill(os.getpid(), signal.SIGSEGV)
    if item["n"] == 900:
        os.abort()
    return [item["n"], node.item.attempt]
"""
POISON = [100, 500, 900]

ALL_KILL = """
import os

def handle(item):
    os._exit(139)
"""


def poison(options):
    with Scene("poison", options) as scene:
        job = _run(scene, THREE_KILL)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        done = sorted(n for n, _ in take_results(scene, "work"))
        check(done == [n for n in range(ITEMS) if n not in POISON],
              f"expected a result of each other item, got {len(done)} results")
        dead = scene.api.dead("in")["items"]
        check(sorted(one["item"]["n"] for one in dead) == POISON, f"the dead letters are {dead}")
        for one in dead:
            check([failure["attempt"] for failure in one["history"]] == [1, 2, 3],
                  f"expected a history of {ATTEMPTS} attempts, got {one}")
            check(all("signal" in str(failure["error"]) for failure in one["history"]),
                  f"the history does not name the signal: {one}")
        restarts = sum(node["restarts"] for node in job["nodes"])
        check(restarts == ATTEMPTS * len(POISON), f"{restarts} restarts")
        scene.quiet(dead=["in"])
        return {"items": ITEMS, "poison": len(POISON), "dead": len(dead), "restarts": restarts,
                "done": len(done)}


def poison_job(options):
    with Scene("poison-job", options) as scene:
        job = _run(scene, ALL_KILL)
        check(job["state"] == "failed", f"the job is {job['state']}")
        check("139" in job["reason"] or "signal 11" in job["reason"],
              f"the reason does not say how its nodes died: {job['reason']}")
        counts = scene.api.queue("in")
        there = counts["ready"] + counts["retrying"]
        check(there == ITEMS and not counts["dead"], f"the items were touched: {counts}")
        restarts = sum(node["restarts"] for node in job["nodes"])
        check(restarts <= 4, f"it was restarted {restarts} times before it failed")
        scene.quiet()
        return {"items": ITEMS, "restarts": restarts, "untouched": there}


def _run(scene, source):
    """Puts the items, runs a job of two nodes on them, and returns it when it has ended."""
    scene.start()
    scene.api.configure("in", max_attempts=ATTEMPTS, backoff_ms=50)
    producer = Producer(scene, "in", ITEMS, 200, 0)
    producer.start()
    producer.finish(END_SECONDS)
    scene.api.submit({"id": "work", "queue": "in", "num_of_nodes": 2, "source": source})
    return scene.api.await_end("work", END_SECONDS)


FAULTS = [
    Fault("poison", "3 of 1,000 items make their node exit with 139, segfault, abort",
          "they are dead letters with their history, the others are done; job completed", poison),
    Fault("poison-job", "every item makes its node exit with 139",
          "the job fails early and says why; its items are all there, none dead", poison_job),
]
