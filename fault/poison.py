"""Items that kill their node, and code that dies on each item or at its start (faults F24, F25)."""

import os
import time
from pathlib import Path

import processes
from fault import Fault
from flow import Producer, redelivered, take_results
from harness import check
from scene import Scene

ITEMS = 1_000, 10_000  # short and in full
ATTEMPTS = 3
END_SECONDS = 120
TICKS = os.sysconf("SC_CLK_TCK")
EARLY_SECONDS = 30  # until a job fails that can't work: it has up to 11 starts; some 2 are used
START_CPU_SECONDS = 1  # of the server and all it started, for each start; some 0.2 are used
SPARES = 4  # that are started meanwhile, or again
REST_SECONDS = 3  # in which nothing may happen, once spares are there again
RESTS_SECONDS = 30  # until then
REST_CPU_SHARE = 0.2  # of one processor

DEATHS = {"exit": "signal 11", "segfault": "signal 11", "abort": "signal 6"}  # and how it is told
THREE_KILL = """
import os, signal, sys

def handle(item):
    death = node.args.get(str(item["n"]))
    if death:
        print(death, "in attempt", node.item.attempt, file=sys.stderr, flush=True)
        if death == "exit":
            os._exit(139)
        if death == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        os.abort()
    return [item["n"], node.item.attempt]
"""

STARTED = "one more start"
LAST_WORDS = "these are the last words"
SPEAKS = f"import os, sys\nprint({STARTED!r}, flush=True)\n"
DIES = f"print({LAST_WORDS!r}, file=sys.stderr, flush=True)\n"
ALL_KILL = SPEAKS + DIES + "def handle(item):\n    os._exit(139)\n"
AT_START = {  # the source, how its end is told, nodes, restart
    "raises": (SPEAKS + f"raise ValueError({LAST_WORDS!r})\n", "exit 1", 1, {}),
    "exits": (SPEAKS + DIES + "os._exit(7)\n", "exit 7", 1,
              {"intensity": 10, "period_ms": 60_000}),
    "aborts": (SPEAKS + DIES + "os.abort()\n", "signal 6", 3,
               {"intensity": 4, "period_ms": 60_000}),
}


def poison(options):
    items = ITEMS[0 if options.short else 1]
    deaths = dict(zip((items // 10, items // 2, items - 1), DEATHS))
    with Scene("poison", options) as scene:
        scene.start()
        scene.api.configure("in", max_attempts=ATTEMPTS, backoff_ms=50)
        producer = Producer(scene, "in", items, items // 5, 0)
        producer.start()
        producer.finish(END_SECONDS)
        scene.api.submit({"id": "work", "queue": "in", "num_of_nodes": 2, "source": THREE_KILL,
                          "args": deaths})
        job = scene.api.await_end("work", END_SECONDS)
        check(job["state"] == "completed" and job["run"] == 1,
              f"the job is {job['state']} in run {job['run']}: {job['reason']}")
        values = take_results(scene, "work")
        done = sorted(n for n, _ in values)
        check(done == [n for n in range(items) if n not in deaths],
              f"expected one result of each of the other items, got {len(done)} results")
        dead = scene.api.dead("in")["items"]
        check(sorted(one["item"]["n"] for one in dead) == sorted(deaths),
              f"the dead letters are {dead}")
        for one in dead:
            _check_history(one, deaths[one["item"]["n"]])
        restarts = sum(node["restarts"] for node in job["nodes"])
        check(restarts == ATTEMPTS * len(deaths), f"{restarts} restarts")
        scene.quiet(dead=["in"])
        return {"items": items, "dead": len(dead), "restarts": restarts, "done": len(done),
                "came again, marked": redelivered(values)}


def _check_history(dead, death):
    """Each attempt's error is there, and what the node said in that one last."""
    history = dead["history"]
    check([failure["attempt"] for failure in history] == list(range(1, ATTEMPTS + 1)),
          f"expected a history of {ATTEMPTS} attempts, got {dead}")
    for failure in history:
        error = failure["error"]
        check(error["type"] == DEATHS[death] and DEATHS[death] in error["message"],
              f"the history does not say {DEATHS[death]}: {dead}")
        check(f"{death} in attempt {failure['attempt']}" in error["stack"].splitlines(),
              f"the history does not have the last lines of attempt {failure['attempt']}: {dead}")


def poison_job(options):
    with Scene("poison-job", options) as scene:
        scene.start()
        starts, cpu = 0, []
        for name, (source, end, nodes, restart) in AT_START.items():
            for items in (0, ITEMS[0]):
                job = {"id": f"{name}-{items}", "source": source, "num_of_nodes": nodes,
                       "restart": restart}
                more, used = _fails_early(scene, job, end, items)
                starts, cpu = starts + more, [*cpu, used / more]
        on_each = {"id": "on-each", "source": ALL_KILL, "num_of_nodes": 2, "restart": {}}
        more, used = _fails_early(scene, on_each, "signal 11", ITEMS[0])
        share = _rests(scene)
        scene.quiet()
        return {"jobs": 2 * len(AT_START) + 1, "starts": starts + more,
                "CPU ms a start": f"at most {1000 * max(*cpu, used / more):.0f}",
                "CPU afterwards": f"{share:.1%}"}


def _fails_early(scene, job, end, items):
    """A job whose nodes all die fails, says why, leaves its items alone, and costs little. Returns
    how often it was started, and the CPU seconds of that."""
    name, intensity = job["id"], job["restart"].get("intensity", 1)
    if items:
        scene.api.put(name, list(range(items)))
        job["queue"] = name
    began, cpu = time.monotonic(), _cpu_seconds(scene.server.pid)
    scene.api.submit(job)
    job = scene.api.await_end(name, END_SECONDS)
    took, cpu = time.monotonic() - began, _cpu_seconds(scene.server.pid) - cpu
    check(job["state"] == "failed", f"{name} is {job['state']}: {job['reason']}")
    for words in (end, f"restart intensity {intensity} in", LAST_WORDS):
        check(words in job["reason"], f"{name}: expected {words!r} in its reason: {job['reason']}")
    check(took < EARLY_SECONDS, f"{name} failed only after {took:.1f} s")
    restarts = sum(node["restarts"] for node in job["nodes"])
    check(restarts == intensity, f"{name} was restarted {restarts} times, not {intensity}")
    starts = scene.api.get_text(f"/v1/jobs/{name}/logs").decode().count(STARTED)
    most = intensity + len(job["nodes"])
    check(intensity < starts <= most, f"{name} was started {starts} times, not up to {most}")
    allowed = START_CPU_SECONDS * (starts + SPARES)
    check(cpu < allowed, f"{name} used {cpu:.1f} s of CPU for {starts} starts, not {allowed}")
    counts = scene.api.queue(name) if items else {"ready": 0, "retrying": 0, "dead": 0}
    there = counts["ready"] + counts["retrying"]
    check(there == items and not counts["dead"], f"{name}: its items were touched: {counts}")
    return starts, cpu


def _rests(scene):
    """Once it has spares again, the server does nothing more. Returns its share of a processor."""
    end, share = time.monotonic() + RESTS_SECONDS, 1
    while share >= REST_CPU_SHARE:
        check(time.monotonic() < end,
              f"{RESTS_SECONDS} s after all jobs have failed it uses {share:.0%} of a processor")
        cpu = _cpu_seconds(scene.server.pid)
        time.sleep(REST_SECONDS)
        share = (_cpu_seconds(scene.server.pid) - cpu) / REST_SECONDS
    return share


def _cpu_seconds(server):
    """Of a server and everything it ever started: who was waited for is counted by its parent."""
    ticks = 0
    for pid in processes.descendants(server):
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue  # it has ended meanwhile, and its parent counts it
        ticks += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return ticks / TICKS


FAULTS = [
    Fault("poison", "3 of 10,000 items make their node exit with 139, segfault, abort",
          "they are dead letters, whose history has each attempt's error and last stderr; the "
          "others are done; as many restarts as crashes; job completed", poison),
    Fault("poison-job", "a source that dies at its start, with and without items; on every item",
          "the job fails early, with its reason and the last stderr; no more starts than its "
          "restart limit allows; CPU bounded; its items are all there, none dead", poison_job),
]
