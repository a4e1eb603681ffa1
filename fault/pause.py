"""The server is stopped for seconds and goes on, as a virtual machine that is moved (fault F17).

One server: nobody takes over meanwhile. Its nodes run on, until they wait for it.
"""

import time

import processes
from fault import Fault
from flow import SOURCES, Producer, redelivered, settle_flow, take_results
from harness import await_that, check
from scene import Scene

NODES = 4
WORK = 3000
SHORT_LEASE, LONG_LEASE = 3, 120
BACK_SECONDS = 5  # until it answers again
END_SECONDS = 120


def pause(options):
    seconds, count, items = (5, 1, 1500) if options.short else (60, 3, 4000)
    with Scene("pause", options) as scene:
        scene.start()
        api = scene.api
        hold = api.hold("in")
        api.submit({"id": "work", "queue": "in", "num_of_nodes": NODES,
                    "source": SOURCES["handle"]})
        paused = 0

        def may_put(share):
            while share * (count + 1) > paused + 1:
                time.sleep(0.01)

        producer = Producer(scene, "in", items, 20, WORK, may_put)
        producer.start()
        back = []
        for number in range(count):
            await_that(lambda: api.get("/v1/jobs/work")["results"] > items * number // (count + 1),
                       "results", 30)
            leased = [_lease(scene, f"lease-{number}-{s}", s) for s in (SHORT_LEASE, LONG_LEASE)]
            time.sleep(scene.random.uniform(0, 0.2))
            back.append(_stop_and_continue(scene, seconds))
            paused += 1
            _settle_short(scene, *leased[0])
            _settle_long(scene, *leased[1])
        producer.finish(END_SECONDS)
        api.cancel(hold)
        job = api.await_end("work", END_SECONDS)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        restarts = [node["restarts"] for node in job["nodes"]]
        check(not any(restarts), f"nodes were restarted, though only the server paused: {restarts}")
        values = take_results(scene, "work")
        check(not redelivered(values), f"{redelivered(values)} items of live nodes were charged")
        figures = settle_flow(scene)
        check(not figures["duplicated"], f"a result was kept twice: {figures}")
        scene.quiet(empty=["in"])
        return {"pauses": count, "seconds each": seconds, "items": items, "restarts": 0,
                "puts unknown": producer.unknown, "back within ms": round(1000 * max(back))}


def _lease(scene, queue, seconds):
    """Puts one item and takes it with a lease; (queue, receipt)."""
    scene.api.put(queue, [1])
    wish = {"max": 1, "lease_s": seconds}
    got = scene.api.post(f"/v1/queues/{queue}/receive", wish)["items"]
    check(len(got) == 1 and got[0]["attempt"] == 1, f"received {got}")
    return queue, got[0]["receipt"]


def _stop_and_continue(scene, seconds):
    """SIGSTOP, later SIGCONT. After how many seconds more the server answered."""
    check(processes.freeze(scene.server.pid), "there is no server to pause")
    time.sleep(seconds)
    processes.thaw(scene.server.pid)
    thawed = time.monotonic()
    scene.api.get("/v1/jobs/work")
    back = time.monotonic() - thawed
    check(back < BACK_SECONDS, f"it answered only {back:.1f} s after it went on")
    return back


def _settle_short(scene, queue, receipt):
    """Its time went by in the pause: taken at once it is acknowledged, else it comes again, and
    says so."""
    if scene.api.ack(queue, [receipt])["acknowledged"]:
        return

    def again():
        return scene.api.receive(queue, 1)["items"]
    got = await_that(again, "an item whose lease has ended to come again", 60, 0.1)
    check(got[0]["attempt"] == 2, f"it came again, but is not marked: {got}")
    check(scene.api.ack(queue, [got[0]["receipt"]])["acknowledged"] == 1, "it can't be settled")


def _settle_long(scene, queue, receipt):
    check(scene.api.ack(queue, [receipt])["acknowledged"] == 1,
          "the pause ended a lease whose time was not over")


FAULTS = [
    Fault("pause", "SIGSTOP of the server for seconds under load, nodes at work; then SIGCONT",
          "it answers at once; nothing lost; no node killed, no item charged, no result twice; "
          "leases whose time is over come again, marked; others hold", pause, aside=True),
]
