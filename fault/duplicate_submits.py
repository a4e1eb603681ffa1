"""The same id is submitted a hundred times at once, again later, and with other content (F23)."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from fault import Fault
from harness import Api, Refused, Unknown, check
from scene import Scene

AT_ONCE = 100
END_SECONDS = 60
CONFLICT = "urn:erlust:problem:job-conflict"


def content(job_id):
    return {"id": job_id, "source": "node.emit(node.args)", "args": {"a": 1, "b": [2]},
            "env": {"A": "1", "B": "2"}, "labels": {"storm": job_id}, "num_of_nodes": 1}


def spellings(job):
    """The same content, written in other ways."""
    backwards = dict(reversed(job.items()))
    for name in ("args", "env"):
        backwards[name] = dict(reversed(job[name].items()))
    return [{"job": job}, job, {"job": backwards}, {**job, "num_of_nodes": "1"},
            {**job, "when": "now", "language": "python"}]


OTHERS = [{"source": "node.emit(1)"}, {"args": {"a": 1, "b": [3]}}, {"args": None},
          {"env": {"A": "1"}}, {"labels": {}}, {"num_of_nodes": 2}, {"queue": "other"},
          {"when": "manual"}, {"timeout_ms": 60_000}, {"restart": {"intensity": 5}},
          {"produces": ["other"]},
          {"callback_url": "https://app.example/", "security_hash": "secret"}]


class Storm:
    """Asks many times at the same moment, each on a connection of its own."""

    def __init__(self, scene):
        self.scene = scene
        self.crowd = ThreadPoolExecutor(AT_ONCE)

    def post(self, path, bodies):
        """[(status, answer)] in the order of `bodies`; (None, None) where none came."""
        gate = threading.Barrier(len(bodies))

        def one(body):
            text = None if body is None else json.dumps(body).encode()
            gate.wait()
            try:
                status, answer = Api(self.scene.server).call("POST", path, text)
                return status, json.loads(answer)
            except Refused as refused:
                return refused.status, refused.problem
            except Unknown:
                return None, None
        return list(self.crowd.map(one, bodies))

    def submit(self, job):
        """The statuses, of a hundred submissions of the same content in all its spellings."""
        ways = spellings(job)
        answers = self.post("/v1/jobs", [ways[n % len(ways)] for n in range(AT_ONCE)])
        refused = [(status, answer) for status, answer in answers if status not in (200, 202, None)]
        check(not refused, f"{job['id']}: {len(refused)} were refused, as {refused[:1]}")
        told = {(answer["id"], answer["run"], answer["created_at"]) for _, answer in answers
                if answer}
        check(len(told) <= 1, f"{job['id']}: expected one job, was told of {told}")
        return [status for status, _ in answers]


def duplicates(options):
    ids = [f"storm-{n}" for n in range(2 if options.short else 30)]
    with Scene("duplicate-submits", options) as scene:
        storm = Storm(scene)
        scene.start()
        for job_id in ids:
            _the_same(scene, storm, content(job_id))
        for n in range(len(ids)):
            _contested(scene, storm, f"contested-{n}")
        _others(scene, content(ids[0]))
        _verbs(scene, storm)
        accepted = [_killed(scene, storm, f"killed-{n}") for n in range(1 if options.short else 10)]
        jobs = scene.api.get("/v1/jobs?limit=1000")["jobs"]
        check(len(jobs) == 2 * len(ids) + 1 + len(accepted), f"{len(jobs)} jobs are there")
        scene.quiet()
        return {"ids": 2 * len(ids) + len(accepted), "at once": AT_ONCE,
                "kills": len(accepted), "known before a kill": sum(accepted)}


def _the_same(scene, storm, job):
    """While it is new, while it runs, and when it has ended."""
    first = storm.submit(job)
    check(sorted(first) == [200] * (AT_ONCE - 1) + [202],
          f"expected 202 once and 200 else, got {sorted(first, key=str)}")
    again = storm.submit(job)
    check(set(again) == {200}, f"submitted again: {set(again)}")
    scene.api.await_end(job["id"], END_SECONDS)
    before = scene.api.job(job["id"])
    check(before["state"] == "completed", f"{job['id']} is {before['state']}: {before['reason']}")
    late = storm.submit(job)
    check(set(late) == {200}, f"submitted after its end: {set(late)}")
    _unchanged(scene, before)
    results = list(scene.api.results(job["id"]))
    check(len(results) == 1 and results[0]["value"] == job["args"], f"its results are {results}")


def _contested(scene, storm, job_id):
    """Two contents race for one id: one of them gets it."""
    two = [content(job_id), {**content(job_id), "args": "other"}]
    answers = storm.post("/v1/jobs", [{"job": two[n % 2]} for n in range(AT_ONCE)])
    statuses = [sorted(status for status, _ in answers[n::2]) for n in (0, 1)]
    half = AT_ONCE // 2
    won = [200] * (half - 1) + [202]
    check(sorted(statuses) == sorted([won, [409] * half]),
          f"expected one content to win and 409 for the other, got {statuses}")
    for status, answer in answers:
        check(status != 409 or (answer["type"], answer["id"]) == (CONFLICT, job_id),
              f"expected a conflict that names the id, got {answer}")
    job = scene.api.await_end(job_id, END_SECONDS)
    values = [result["value"] for result in scene.api.results(job_id)]
    check(job["state"] == "completed" and values == [two[statuses.index(won)]["args"]],
          f"it ran with other content than was accepted: {values}")


def _others(scene, job):
    """Each field alone makes it other content; nothing of the job changes by that."""
    before = scene.api.job(job["id"])
    for other in OTHERS:
        try:
            answer = scene.api.submit({**job, **other})
        except Refused as refused:
            check((refused.status, refused.problem["type"]) == (409, CONFLICT),
                  f"expected a conflict for {other}, got {refused}")
        else:
            check(False, f"{other} was taken for the same content: {answer}")
    _unchanged(scene, before)


def _unchanged(scene, before):
    after = scene.api.job(before["id"])
    check(after == before, f"the job has changed from {before} to {after}")


def _verbs(scene, storm):
    """A hundred starts are one start, a hundred cancels one cancel."""
    scene.api.submit({"id": "verbs", "when": "manual", "source": "node.emit(1)\nnode.q_get()",
                      "produces": ["verbs"]})
    starts = storm.post("/v1/jobs/verbs/start", [None] * AT_ONCE)
    check({status for status, _ in starts} <= {200, 202}, f"starts: {starts[:3]}")
    cancels = storm.post("/v1/jobs/verbs/cancel", [None] * AT_ONCE)
    check({status for status, _ in cancels} <= {200, 202}, f"cancels: {cancels[:3]}")
    job = scene.api.await_end("verbs", END_SECONDS)
    check((job["state"], job["run"]) == ("cancelled", 1), f"{job['state']} in run {job['run']}")


def _killed(scene, storm, job_id):
    """kill -9 of the server in the middle: whoever asks again has the one job. Returns whether it
    was known to be accepted before."""
    job = content(job_id)
    first = []
    thread = threading.Thread(target=lambda: first.extend(storm.submit(job)))
    thread.start()
    time.sleep(scene.random.uniform(0.01, 0.4))
    scene.kill_server()
    thread.join(END_SECONDS)
    check(first.count(202) <= 1, f"it was new {first.count(202)} times")
    scene.start()
    again = storm.submit(job)
    known = any(status in (200, 202) for status in first)
    check(set(again) <= {200, 202} and again.count(202) == (0 if known else again.count(202))
          and again.count(202) <= 1, f"after the kill: {set(again)}; before: {set(first)}")
    end = scene.api.await_end(job_id, END_SECONDS)
    check(end["state"] == "completed", f"{job_id} is {end['state']}: {end['reason']}")
    same = [one["id"] for one in scene.api.get(f"/v1/jobs?label=storm%3D{job_id}")["jobs"]]
    check(same == [job_id], f"the list has {same}")
    return known


FAULTS = [
    Fault("duplicate-submits",
          "the same id 100 times at once, in other spellings, after its end, over a kill -9; other "
          "content under it; 100 starts and cancels",
          "one job and one answer: 202 once, then 200; other content is a conflict and changes "
          "nothing; it runs once", duplicates),
]
