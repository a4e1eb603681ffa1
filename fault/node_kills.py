"""Nodes die at random moments, by kill -9, while items flow through their job (fault F1)."""

import statistics
import time
from pathlib import Path

import processes
from fault import Fault
from flow import SOURCES, Producer, redelivered, settle_flow, take_items, take_results
from harness import await_that, check
from scene import Scene

NODES = 4
WORK = 20_000  # of sum(range(WORK)) an item: some 0.3 ms
AIMED = 0.5  # of the kills but the first: at a node with an item in hand, if one can be found
AIM_SECONDS = 0.2
READY = 40  # items that wait, at least, while nodes with one in hand are killed
HIT_SECONDS = 60  # for the first one, which must find such a node; items flow until it does
KNOWN_SECONDS = 1.0  # until the server knows that a node is dead: the median
KNOWN_SECONDS_MOST = 5.0  # each, even if the machine is busy with other things
END_SECONDS = 180


def kills(style, short, full):
    """A fault program: items flow through a job of a style while its nodes are killed. `short` and
    `full` are (how many items, how many kills)."""

    def run(options):
        with Scene(f"node-kills-{style}", options) as scene:
            return _kills(scene, style, *(short if options.short else full))
    return run


def _kills(scene, style, items, kill_count):
    scene.start()
    api = scene.api
    api.configure("in", max_attempts=20, backoff_ms=20)
    hold = api.hold("in")
    api.submit({"id": "work", "queue": "in", "num_of_nodes": NODES, "source": SOURCES[style],
                "args": {"out": "out"},
                "restart": {"intensity": 1000, "period_ms": 3_600_000}})
    killed = []  # how long the server took to know, each

    def may_put(share):
        # a part before and after each kill, but as many as it takes until the first
        while killed and share * (kill_count + 1) > len(killed) + 1:
            time.sleep(0.002)

    producer = Producer(scene, "in", items, max(1, items // 100), WORK, may_put)
    producer.start()
    while len(killed) < kill_count:
        time.sleep(scene.random.uniform(0, 0.15))
        seconds = _kill_one(scene, "work", must_hit=not killed)
        if seconds is not None:
            killed.append(seconds)
    producer.finish(END_SECONDS)
    api.cancel(hold)
    job = api.await_end("work", END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    values = take_items(scene, "out") if style == "q_put" else take_results(scene, "work")
    figures = settle_flow(scene)
    charged = redelivered(values)
    check(statistics.median(killed) <= KNOWN_SECONDS, f"deaths were known after {killed} s")
    # handle(item) sends results in batches: what was worked on and not sent comes again, marked
    check(style == "handle" or charged <= kill_count,
          f"{kill_count} kills, but {charged} items came again as tried before")
    check(charged > 0, "no kill hit a node with an item in hand")
    check(style != "handle" or not figures["duplicated"], f"a result was kept twice: {figures}")
    restarts = sum(node["restarts"] for node in job["nodes"])
    check(restarts == kill_count, f"{kill_count} kills, but {restarts} restarts")
    scene.quiet(empty=["in", "out"] if style == "q_put" else ["in"])
    return {"items": items, "kills": kill_count, "came again, marked": charged,
            "duplicated": figures["duplicated"],
            "known after ms": f"{1000 * statistics.median(killed):.0f} "
                              f"(at most {1000 * max(killed):.0f})"}


def _kill_one(scene, job_id, must_hit):
    """Kills a random live node. Returns after how many seconds the server knew; None if there was
    none to kill."""
    if must_hit:
        victim = await_that(lambda: _kill_with_item_in_hand(scene, job_id),
                            "a node with an item in hand", HIT_SECONDS, 0.001)
    else:
        victim = _kill_any(scene, job_id)
    if not victim:
        return None
    killed = time.monotonic()

    def is_known():
        return scene.api.job(job_id)["nodes"][victim["rank"]]["pid"] != victim["pid"]
    await_that(is_known, f"the server to know of the death of {victim}", KNOWN_SECONDS_MOST, 0.001)
    return time.monotonic() - killed


def _kill_any(scene, job_id):
    """Returns the node, or None if there was none to kill."""
    end = time.monotonic() + (AIM_SECONDS if scene.random.random() < AIMED else 0)
    while time.monotonic() < end:
        victim = _kill_with_item_in_hand(scene, job_id)
        if victim:
            return victim
    alive = _alive(scene, job_id)
    victim = scene.random.choice(alive) if alive else None
    if not victim or processes.VARIABLE not in processes.environment(victim["pid"]):
        return None
    return victim if processes.kill(victim["pid"]) else None


def _kill_with_item_in_hand(scene, job_id):
    """Kills a random live node if it has an item in hand: it is stopped while that is looked at, as
    it has each for some 0.3 ms only. Returns the node, or None."""
    alive = _alive(scene, job_id)
    victim = scene.random.choice(alive) if alive else None
    program = processes.program(victim["pid"]) if victim else None
    if not program or not processes.freeze(program):
        return None
    if processes.has_item_in_hand(program) and processes.kill(victim["pid"]):
        return victim
    processes.thaw(program)
    return None


def _alive(scene, job_id):
    job = scene.api.job(job_id)
    check(job["state"] in ("available", "running"), f"the job is {job['state']}: {job['reason']}")
    return [node for node in job["nodes"] if node["pid"]]


IN_HAND = """
import os, time

def handle(item):
    open("in-hand", "x").close()
    time.sleep(0.05)
    os.remove("in-hand")
    return [item["n"], node.item.attempt]
"""


def with_defaults(options):
    """Each kill hits a node with an item in hand, and others finish items between two kills."""
    kill_count = 6 if options.short else 30
    with Scene("node-kills-defaults", options) as scene:
        scene.start()
        api = scene.api
        api.configure("in", backoff_ms=20)
        hold = api.hold("in")
        api.submit({"id": "work", "queue": "in", "num_of_nodes": 4, "source": IN_HAND})
        items = _Items(scene)
        for kill in range(1, kill_count + 1):
            _kill_at_work(scene, items)
            await_that(lambda: items.flow() and api.get("/v1/jobs/work")["results"] >= 8 * kill,
                       "results after a kill", END_SECONDS)
        api.cancel(hold)
        job = api.await_end("work", END_SECONDS)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        charged = redelivered(take_results(scene, "work"))
        figures = settle_flow(scene)
        check(charged == kill_count, f"{kill_count} kills with an item in hand charged {charged}")
        scene.quiet(empty=["in"])
        return {"items": items.count, "kills": kill_count, "came again, marked": charged,
                "duplicated": figures["duplicated"]}


class _Items:
    """As many as it takes: however long a kill takes to hit, the nodes have some to do."""

    def __init__(self, scene):
        self.scene, self.count = scene, 0

    def flow(self):
        """To be called again and again; true."""
        api, history = self.scene.api, self.scene.history
        if api.queue("in")["ready"] < READY:
            values = [*range(self.count, self.count + READY)]
            history.invoke("put", values)
            api.put("in", [{"n": n} for n in values])
            history.ok("put", values)
            self.count += READY
        return True


def _kill_at_work(scene, items):
    """A node says by a file, where it runs, that it has an item in hand. Kills one that still
    has, after that."""
    def killed():
        items.flow()
        for node in scene.api.job("work")["nodes"]:
            pid = processes.program(node["pid"]) if node["pid"] else None
            hand = Path(f"/proc/{pid}/cwd/in-hand")
            if not pid or not hand.exists():
                continue
            processes.freeze(pid)  # so that it can't finish between the look and the kill
            time.sleep(0.002)
            if hand.exists() and processes.kill(pid):
                return True
            processes.thaw(pid)
        return False
    await_that(killed, "a node with an item in hand", END_SECONDS, 0.005)


ASSERTED = ("no item lost, none invented; job completed; only items in hand charged; "
            "deaths known within 1 s; nothing left over")
FAULTS = [
    Fault("node-kills-handle", "kill -9 of random nodes at random moments, handle(item)",
          ASSERTED + "; no result twice", kills("handle", (10_000, 8), (100_000, 100))),
    Fault("node-kills-q_put", "the same, each item put to an out-queue, received over HTTP",
          ASSERTED, kills("q_put", (1_500, 4), (20_000, 50))),
    Fault("node-kills-emit", "the same, each item emitted by a main of its own",
          ASSERTED, kills("emit", (1_500, 4), (20_000, 50))),
    Fault("node-kills-defaults", "kill -9 of nodes with an item in hand, restart limit 1 in 5 s",
          ASSERTED + "; the job lives on", with_defaults),
]
