"""Nodes die with their server, by a signal the kernel sends when the thread that made them ends
(fault F32): so they must not be made by a thread that ends while the server lives, as those that
carry virtual threads do after 30 s without work."""

import time

import processes
from fault import Fault
from harness import await_that, check
from scene import Scene

SECONDS = 46
SETTLED_SECONDS = 5  # until the spares that were used are replaced
END_SECONDS = 60
CARRIER = "ForkJoinPool"  # the name of threads that carry virtual threads
ITEM = f"""
import time

def handle(item):
    time.sleep({SECONDS})
    return node.item.attempt
"""


def long_lived(options):
    """Nodes that take a spare process, and that can't because they want something of their own; and
    the spares. Nothing is asked meanwhile: a busy server keeps its threads."""
    with Scene("pdeathsig", options) as scene:
        scene.start()
        api = scene.api
        jobs = {"warm": {}, "cold": {"env": {"OF_ITS_OWN": "1"}}}
        for job_id, own in jobs.items():
            api.put(job_id, [1])
            api.submit({"id": job_id, "queue": job_id, "source": ITEM, **own})
        await_that(lambda: all(_at_work(api.job(job_id)) for job_id in jobs),
                   "both nodes to be at work", END_SECONDS)
        time.sleep(SETTLED_SECONDS)
        alive = {pid: processes.identity(pid) for pid in processes.nodes(scene.runtime)}
        homes = processes.homes(scene.runtime)
        busy = {homes.get(processes.program(api.job(job_id)["nodes"][0]["pid"])) for job_id in jobs}
        spares = {pid: alive[pid] for pid, home in homes.items() if home not in busy and alive[pid]}
        makers = {processes.maker(pid) for pid in processes.children(scene.server.pid)}
        check(len(makers) == 1 and CARRIER not in str(makers),
              f"expected one thread that makes all nodes and never ends, got {makers}")
        time.sleep(SECONDS - SETTLED_SECONDS)
        for job_id in jobs:
            job = api.await_end(job_id, END_SECONDS)
            check(job["state"] == "completed", f"{job_id} is {job['state']}: {job['reason']}")
            values = [result["value"] for result in api.results(job_id)]
            check(values == [1] and job["nodes"][0]["restarts"] == 0,
                  f"{job_id}: its node died; attempts {values}, nodes {job['nodes']}")
        dead = [pid for pid, (_, began) in spares.items() if not processes.is_alive(pid, began)]
        check(not dead, f"spare processes died: {dead}")
        still = {processes.maker(pid) for pid in processes.children(scene.server.pid)}
        check(still <= makers, f"the thread that makes nodes has changed: {makers}, now {still}")
        scene.quiet(empty=list(jobs))
        return {"nodes": len(jobs), "spares": len({homes[pid] for pid in spares}),
                "lived seconds": SECONDS}


def _at_work(job):
    return job["nodes"] and job["nodes"][0]["pid"] and processes.program(job["nodes"][0]["pid"])


FAULTS = [
    Fault("pdeathsig", f"nodes that live {SECONDS} s, of an idle server",
          "they live; no restart, no item twice", long_lived, aside=True),
]
