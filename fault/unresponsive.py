"""Nodes that stand still (fault F2): stopped by SIGSTOP, or stuck with an item."""

import time

import processes
from fault import Fault
from flow import take_results
from harness import await_that, check
from scene import QUIET_SECONDS, Scene

FOUND_SECONDS = 30  # until a stopped process is known to be one
END_SECONDS = 90
ITEMS = 40
MARKED = 7  # the item that is in hand when its node is stopped
ITEM_TIMEOUT_MS = 1000
STUCK = {"sleeps": 11, "spins": 23}
ALWAYS_STUCK = 31
ATTEMPTS = 2

STOPPED = f"""
import time

def handle(item):
    if item["n"] == {MARKED} and node.item.attempt == 1:
        node.progress(1, note="stop me")
        time.sleep(600)
    time.sleep(0.01)
    return [item["n"], node.item.attempt]
"""

STUCK_SOURCE = f"""
import time

def handle(item):
    n, first = item["n"], node.item.attempt == 1
    if n == {STUCK["sleeps"]} and first or n == {ALWAYS_STUCK}:
        print("stuck with", n, flush=True)
        time.sleep(600)
    while n == {STUCK["spins"]} and first:
        pass
    time.sleep(0.01)
    return [n, node.item.attempt]
"""


def stopped(options):
    with Scene("unresponsive", options) as scene:
        scene.start()
        found = [_stop(scene, f"work-{n}", whole) for n, whole in enumerate(
            [False] if options.short else [False, True, False, True])]
        found.append(_stop_idle(scene))
        scene.quiet(empty=["idle"])
        return {"stopped": len(found), "found within ms": round(1000 * max(found))}


def _stop(scene, job_id, whole):
    """Stops the node that has the marked item in hand: the program, or with everything around it.
    Returns after how many seconds the server had found it."""
    scene.api.put(job_id, [{"n": n} for n in range(ITEMS)])
    scene.api.submit({"id": job_id, "queue": job_id, "num_of_nodes": 2, "source": STOPPED})

    def marked():
        return next((node for node in scene.api.job(job_id)["nodes"]
                     if (node["progress"] or {}).get("note") == "stop me"), None)
    node = await_that(marked, "a node with the marked item", 30)
    stopped_processes = processes.descendants(node["pid"])
    program = processes.program(node["pid"])
    for pid in stopped_processes if whole else [program]:
        processes.freeze(pid)
    seconds = _await_found(scene, job_id, node)
    _await_gone(stopped_processes)
    job = scene.api.await_end(job_id, END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    check(job["nodes"][node["rank"]]["restarts"] == 1, f"one restart expected: {job['nodes']}")
    check(job["nodes"][1 - node["rank"]]["restarts"] == 0, f"the other was hurt: {job['nodes']}")
    attempts = dict(value for value in take_results(scene, job_id))
    check(sorted(attempts) == list(range(ITEMS)), f"{len(attempts)} results of {ITEMS}")
    charged = {n: attempt for n, attempt in attempts.items() if attempt > 1}
    check(charged == {MARKED: 2}, f"expected item {MARKED} to be charged once, got {charged}")
    return seconds


def _stop_idle(scene):
    """Stops a node that waits for an item: it is found, too, and nothing is charged."""
    hold = scene.api.hold("idle")
    scene.api.submit({"id": "idle", "queue": "idle", "source": STOPPED})

    def waits():
        node = scene.api.job("idle")["nodes"][:1]
        return node and node[0]["state"] == "running" and node[0]["pid"] and node[0]
    node = await_that(waits, "an idle node", 30)
    program = await_that(lambda: processes.program(node["pid"]), "its program", 30)
    processes.freeze(program)
    scene.api.put("idle", [{"n": 1}])
    seconds = _await_found(scene, "idle", node)
    scene.api.cancel(hold)
    job = scene.api.await_end("idle", END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    values = [result["value"] for result in scene.api.results("idle")]
    check(values == [[1, 1]], f"expected the item uncharged, got {values}")
    return seconds


def _await_found(scene, job_id, node):
    began = time.monotonic()

    def found():
        now = scene.api.job(job_id)["nodes"][node["rank"]]
        return now if now["pid"] != node["pid"] else None
    now = await_that(found, "the server to find that a node is stopped", FOUND_SECONDS)
    seconds = time.monotonic() - began
    check(now["exit"] == "unresponsive", f"expected exit unresponsive, got {now['exit']}")
    return seconds


def _await_gone(started):
    await_that(lambda: not any(processes.is_alive(*each) for each in started.items()),
               "a stopped node's processes to be gone", QUIET_SECONDS)


def stuck(options):
    """Items that take longer than item_timeout_ms: by sleeping, by spinning, and one always."""
    with Scene("stuck", options) as scene:
        scene.start()
        api = scene.api
        api.configure("in", max_attempts=ATTEMPTS, backoff_ms=20)
        items = ITEMS if options.short else 20 * ITEMS
        api.put("in", [{"n": n} for n in range(items)])
        api.submit({"id": "work", "queue": "in", "num_of_nodes": 2, "source": STUCK_SOURCE,
                    "item_timeout_ms": ITEM_TIMEOUT_MS, "restart": {"intensity": 10}})
        exits, words = set(), set()

        def ended():
            job = api.job("work")
            for node in job["nodes"]:
                exits.add(node["exit"])
                words.add(node["stderr"])
            return job["state"] in ("completed", "failed") and job
        job = await_that(ended, "the job to end", END_SECONDS, 0.02)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        check(exits <= {None, "timeout", "normal"} and "timeout" in exits,
              f"expected exits timeout and normal, got {exits}")
        attempts = dict(result["value"] for result in api.results("work"))
        expected = set(range(items)) - {ALWAYS_STUCK}
        check(set(attempts) == expected, f"missing: {sorted(expected - set(attempts))[:10]}")
        charged = {n: attempt for n, attempt in attempts.items() if attempt > 1}
        check(charged == {n: 2 for n in STUCK.values()}, f"charged: {charged}")
        dead = api.dead("in")["items"]
        check([one["item"]["n"] for one in dead] == [ALWAYS_STUCK], f"the dead are {dead}")
        history = dead[0]["history"]
        check(len(history) == ATTEMPTS and all("timeout" in str(each["error"]) for each in history),
              f"expected {ATTEMPTS} attempts that tell of a timeout, got {history}")
        restarts = sum(node["restarts"] for node in job["nodes"])
        check(restarts == len(STUCK) + ATTEMPTS, f"{restarts} restarts")
        scene.quiet(dead=["in"])
        return {"items": items, "stuck": restarts, "dead": len(dead)}


FAULTS = [
    Fault("unresponsive", "SIGSTOP of a node with an item in hand, and of one that waits",
          "found and killed, exit unresponsive; the item comes again, charged once if it was in "
          "hand; the other node and the job go on", stopped),
    Fault("stuck", "items that take longer than item_timeout_ms: asleep, spinning, one always",
          "exit timeout; the item is charged; the one that always is becomes a dead letter; the "
          "others finish", stuck),
]
