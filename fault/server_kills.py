"""The server dies at random moments, by kill -9, and starts again on the same data (fault F4).

Meanwhile a producer puts items over HTTP, nodes work on them, an application submits small jobs,
and a receiver gets their callbacks. Each does its own bookkeeping of what is known and what is not.
"""

import threading
import time

from fault import Fault
from flow import SOURCES, Producer, redelivered, settle_flow, take_results
from harness import FINAL, Refused, Unknown, await_that, check
from history import total_queue
from receiver import Receiver
from scene import Scene

SECRET = "a secret of this run"
NODES = 2
WORK = 3000  # of sum(range(WORK)) an item
KILLED_IN_START = 0.25  # of the kills; the others come while it serves
SERVES_SECONDS = 2.0  # at most, until it is killed
START_SECONDS = 1.5
END_SECONDS = 180
CALLBACKS_SECONDS = 90  # a second try comes some 5 s after the first, a third 30 s


class Application(threading.Thread):
    """Submits small jobs, one after the other, each until it is known to be accepted."""

    def __init__(self, scene, count, callback_url, may_submit):
        super().__init__(daemon=True)
        self.scene, self.url, self.may_submit = scene, callback_url, may_submit
        self.ids = [f"job-{n}" for n in range(count)]
        self.error = None

    def run(self):
        try:
            for n, job_id in enumerate(self.ids):
                self.may_submit(n / len(self.ids))
                self._submit({"id": job_id, "source": "node.emit(node.job)",
                              "callback_url": self.url, "security_hash": SECRET})
        except Exception as error:
            self.error = error

    def _submit(self, job):
        history = self.scene.history
        while True:
            history.invoke("submit", [job["id"]])
            try:
                self.scene.api.submit(job)
                history.ok("submit", [job["id"]])
                return
            except (Unknown, Refused) as error:
                if isinstance(error, Refused) and error.status != 503:
                    raise
                history.info("submit", [job["id"]])
            time.sleep(0.02)


def server_kills(options):
    kill_count, items, jobs = (3, 10_000, 12) if options.short else (20, 100_000, 200)
    with Receiver(SECRET) as receiver, \
            Scene("server-kills", options, ("--allow-callback", receiver.address)) as scene:
        scene.start()
        api = scene.api
        api.configure("in", max_attempts=20, backoff_ms=20)
        hold = api.hold("in")
        api.submit({"id": "work", "queue": "in", "num_of_nodes": NODES, "source": SOURCES["handle"],
                    "callback_url": receiver.url, "security_hash": SECRET})
        kills = []  # after how many seconds the last node was gone, each

        def in_step(share):
            while share * (kill_count + 1) > len(kills) + 1:  # a part before and after each kill
                time.sleep(0.005)

        producer = Producer(scene, "in", items, max(1, items // 200), WORK, in_step)
        application = Application(scene, jobs, receiver.url, in_step)
        producer.start()
        application.start()
        seen = []  # results, as they were when they could first be read
        while len(kills) < kill_count:
            kills.append(_kill_and_start(scene, seen))
        producer.finish(END_SECONDS)
        application.join(END_SECONDS)
        check(not application.is_alive() and not application.error,
              f"not every job could be submitted: {application.error}")
        _drain(scene, hold, application.ids, receiver)
        return {"kills": kill_count, "nodes gone within ms": round(1000 * max(kills)),
                **_judge(scene, seen, receiver, producer)}


def _kill_and_start(scene, seen):
    """One kill, while it serves or while it starts. Leaves a server that listens."""
    if scene.random.random() < KILLED_IN_START:
        scene.kill_server()
        scene.server.spawn()
        time.sleep(scene.random.uniform(0, START_SECONDS))
    else:
        time.sleep(scene.random.uniform(0, SERVES_SECONDS))
        after = seen[-1]["seq"] if seen else 0
        seen += scene.api.results("work", after)
    gone = scene.kill_server()
    scene.start()
    return gone


def _drain(scene, hold, jobs, receiver):
    """Waits until everything that was accepted has come to its end."""
    api = scene.api
    api.cancel(hold)
    job = api.await_end("work", END_SECONDS)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    for job_id in jobs:
        job = api.await_end(job_id, END_SECONDS)
        check(job["state"] in FINAL, f"{job_id} is {job['state']}")
        scene.history.ok("end", [f"{job_id} {job['state']}"])
        scene.history.invoke("told", [f"{job_id} {job['state']}"])
        scene.history.ok("told", [f"{job_id} {job['state']}"])
    await_that(lambda: len(receiver.ends()) > len(jobs), "a callback of each job's end",
               CALLBACKS_SECONDS, 0.2)


def _judge(scene, seen, receiver, producer):
    values = take_results(scene, "work")
    items = settle_flow(scene)
    check(not items["duplicated"], f"a result was kept twice: {items}")
    now = {result["seq"]: result for result in scene.api.results("work")}
    changed = [result for result in seen if now.get(result["seq"]) != result]
    check(not changed, f"{len(changed)} results changed after they had been read: {changed[:3]}")
    for job, state in receiver.ends():
        if job != "work":
            scene.history.ok("callback", [f"{job} {state}"])
    told = scene.history.total_queue("told", "callback")
    check(not told.problem() and not told.duplicated, f"callbacks: {told.problem()}")
    check(not receiver.changed(), f"bodies that were not the same each time: {receiver.changed()}")
    check(not receiver.badly_signed, f"{receiver.badly_signed} callbacks were badly signed")
    _judge_jobs(scene)
    scene.quiet(empty=["in"])
    return {"items": items["enqueues"], "puts unknown": producer.unknown,
            "recovered": items["recovered"], "redelivered": redelivered(values),
            "jobs": sum(told.enqueues.values()), "callbacks": len(receiver.bodies),
            "sent twice": receiver.posts - len(receiver.bodies)}


def _judge_jobs(scene):
    """Each accepted job has come to one end: completed, as each of them can."""
    events = [event for event in scene.history.events() if event["op"] in ("submit", "end")]
    for event in events:
        if event["op"] == "submit":
            event["values"] = [f"{job_id} completed" for job_id in event["values"]]
    jobs = total_queue(events, "submit", "end")
    check(not jobs.problem(), f"jobs: {jobs.problem()}")


FAULTS = [
    Fault("server-kills", "kill -9 of the server at random moments, some while it starts",
          "no item, job or callback lost, none invented; no result twice, none changed; callbacks "
          "the same bytes each time; its nodes gone within 1 s; nothing left over", server_kills),
]
