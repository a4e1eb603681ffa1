"""SIGTERM under load: what is in hand is finished or handed back, and the next start goes on (F33).
"""

import http.client
import signal
import threading
import time
from urllib.parse import urlsplit

import processes
from fault import Fault
from flow import SOURCES, Producer, redelivered, settle_flow, take_results
from harness import Api, Refused, Unknown, await_that, check
from scene import Scene

NODES = 3
WORK = 3000  # of sum(range(WORK)) an item
DRAIN_SECONDS = 10  # a stop, whatever a node does
# A stop that does not come to that: nodes do as they are asked, or have a limit of their own, or
# there was a second SIGTERM. It takes a second; this machine may be busy.
SOON_SECONDS = 8
SLACK_SECONDS = 3
END_SECONDS = 180


def under_load(options):
    """Items flow and jobs are submitted; followers and pollers wait. Then SIGTERM; and again."""
    stops, items = (1, 3_000) if options.short else (15, 60_000)
    with Scene("drain-load", options) as scene:
        scene.start()
        api = scene.api
        api.configure("in", max_attempts=1)  # an item that a stop is charged to is dead
        hold = api.hold("in")
        api.submit({"id": "work", "queue": "in", "num_of_nodes": NODES,
                    "source": SOURCES["handle"]})
        took = []

        def in_step(share):
            while share * (stops + 1) > len(took) + 1:  # a part before and after each stop
                time.sleep(0.005)

        producer = Producer(scene, "in", items, max(1, items // 200), WORK, in_step)
        producer.start()
        accepted = []
        for n in range(stops):
            time.sleep(scene.random.uniform(0.3, 1.5))
            followers = [Follower(scene, path) for path in
                         ("/v1/jobs/work/events", f"/v1/jobs/{hold}/results?wait=60")]
            submitter = Submitter(scene, f"small-{n}")
            await_that(lambda: submitter.known, "a job to be accepted", END_SECONDS)
            took.append(_stop(scene, SOON_SECONDS))
            for follower in followers:
                follower.join(2)
                check(not follower.is_alive(), f"{follower.path} is still open")
            accepted += submitter.accepted()
            scene.start()
        producer.finish(END_SECONDS)
        api.cancel(hold)
        job = api.await_end("work", END_SECONDS)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        check(job["run"] == 1, f"a stop made it run {job['run']}")
        check(not sum(node["restarts"] for node in job["nodes"]), f"restarts: {job['nodes']}")
        for job_id in accepted:
            small = api.await_end(job_id, END_SECONDS)
            check(small["state"] == "completed", f"{job_id} is {small['state']}: {small['reason']}")
        again = redelivered(take_results(scene, "work"))
        figures = settle_flow(scene)
        check(not figures["duplicated"], f"a result was kept twice: {figures}")
        check(accepted, "no job was accepted before a stop")
        scene.quiet(empty=["in"])
        return {"items": items, "stops": stops, "jobs": len(accepted),
                "puts unknown": producer.unknown, "came again, marked": again,
                "ended within ms": round(1000 * max(took))}


class Follower(threading.Thread):
    """Has a request open that lasts until the server ends it."""

    def __init__(self, scene, path):
        super().__init__(daemon=True)
        self.path, self.token = path, scene.server.token()
        self.connection = http.client.HTTPConnection(urlsplit(scene.server.url).netloc, timeout=60)
        self.start()

    def run(self):
        try:
            self.connection.request("GET", self.path,
                                    headers={"Authorization": f"Bearer {self.token}"})
            self.connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass  # cut: as good an end as any


class Submitter(threading.Thread):
    """Submits small jobs until the server takes no more."""

    def __init__(self, scene, name):
        super().__init__(daemon=True)
        self.scene, self.name = scene, name
        self.known, self.refused = [], None
        self.start()

    def run(self):
        for n in range(10_000):
            try:
                self.scene.api.submit({"id": f"{self.name}-{n}", "source": "pass"})
                self.known.append(f"{self.name}-{n}")
            except Unknown:
                return
            except Refused as refused:
                self.refused = refused
                return
            time.sleep(0.05)

    def accepted(self):
        self.join(30)
        check(not self.refused or self.refused.status == 503, f"a stop refused with {self.refused}")
        return self.known


def _stop(scene, seconds, hurry_after=None):
    """SIGTERM, and perhaps another. Returns after how many seconds it had ended, with 0."""
    scene.look()
    process, began = scene.server.process, time.monotonic()
    process.send_signal(signal.SIGTERM)
    if hurry_after is not None:
        time.sleep(hurry_after)
        check(process.poll() is None, "it ended before the second SIGTERM")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
    await_that(lambda: process.poll() is not None, "the server to end", seconds)
    scene.server.url = None
    took = time.monotonic() - began
    check(process.returncode == 0, f"it ended with {process.returncode}; its last words:\n"
          f"{scene.server.last_words()}")
    await_that(lambda: not scene._left_over(), lambda: f"these to end: {scene._described()}", 2)
    return took


STUBBORN = """
import os, signal, time

def handle(item):
    if item["n"] == 1 and node.item.attempt <= item["stubborn"]:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if item["family"] and not os.fork():
            os.setsid()
        node.emit(["stuck"])
        while True:
            time.sleep(1)
    return [item["n"], node.item.attempt]
"""


def stubborn(options):
    """A node has an item in hand for ever, and ignores that it is to stop, and SIGTERM."""
    cases = [("its own limit", 500, None, 0.5, False), ("a second SIGTERM", 600_000, 0.5, 0, True)]
    if not options.short:
        cases += [("the server's limit", 600_000, None, DRAIN_SECONDS, False),
                  ("a second SIGTERM, late", 600_000, 5, 0, False),
                  ("at once", 0, None, 0, True)]
    took = {}
    for name, shutdown_ms, hurry_after, least, family in cases:
        with Scene("drain-stubborn", options) as scene:
            took[name] = f"{_stubborn(scene, shutdown_ms, hurry_after, least, family):.1f} s"
    return took


def _stubborn(scene, shutdown_ms, hurry_after, least, family):
    scene.start()
    api = scene.api
    api.configure("in", max_attempts=1)
    items = [{"n": n, "stubborn": 1, "family": family} for n in range(10)]
    scene.history.invoke("put", [item["n"] for item in items])
    api.put("in", items)
    scene.history.ok("put", [item["n"] for item in items])
    api.submit({"id": "work", "queue": "in", "num_of_nodes": 2, "source": STUBBORN,
                "restart": {"shutdown_ms": shutdown_ms}})
    await_that(lambda: any(result["value"] == ["stuck"] for result in api.results("work")),
               "the node to be stuck", 30)
    took = _stop(scene, max(SOON_SECONDS, least + SLACK_SECONDS), hurry_after)
    scene.start()
    job = api.await_end("work", END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    results = [result["value"] for result in api.results("work") if result["value"] != ["stuck"]]
    scene.history.ok("take", [n for n, _ in results])
    figures = settle_flow(scene)
    check(not figures["duplicated"], f"a result was kept twice: {figures}")
    check([1, 2] in results, f"the item in hand is not marked as one that came again: {results}")
    scene.quiet(empty=["in"])
    return took


def while_it_starts(options):
    """SIGTERM at any moment of a start: it ends, and the next start finds everything."""
    with Scene("drain-start", options) as scene:
        scene.start()
        scene.api.put("in", [{"n": 1}])
        scene.api.submit({"id": "later", "when": "manual", "source": "node.emit(1)"})
        check(scene.server.stop() == 0, "a stop at rest")
        ended = []
        for _ in range(2 if options.short else 25):
            scene.server.spawn()
            time.sleep(scene.random.uniform(0, 2))
            scene.look()
            scene.server.process.send_signal(signal.SIGTERM)
            await_that(lambda: scene.server.process.poll() is not None, "the server to end",
                       DRAIN_SECONDS + SLACK_SECONDS)
            ended.append(scene.server.process.returncode)
        # before the server can listen to signals, the JVM or the launcher ends by them
        check(set(ended) <= {0, 143, -signal.SIGTERM}, f"it ended with {ended}")
        scene.start()
        check(scene.api.queue("in")["ready"] == 1, "the item is gone")
        scene.api.post("/v1/jobs/later/start")
        check(scene.api.await_end("later", 30)["state"] == "completed", "the job is gone")
        scene.api.call("DELETE", "/v1/queues/in/items")
        scene.quiet(empty=["in"])
        return {"stops": len(ended), "ended with 0": ended.count(0)}


FAULTS = [
    Fault("drain-load", "SIGTERM while items flow, jobs are submitted, and clients wait and follow",
          "ends with 0 within seconds, waiting clients too; nothing lost, nothing twice, no item "
          "charged, no restart; the next start goes on with the same run", under_load),
    Fault("drain-stubborn", "SIGTERM while a node ignores it, with children; a second SIGTERM",
          "ends with 0 within the limit, or at once after the second; all its processes are gone; "
          "the item in hand comes again, marked, and no item is charged", stubborn, aside=True),
    Fault("drain-start", "SIGTERM at any moment of a start",
          "it ends; the next start finds everything", while_it_starts, aside=True),
]
