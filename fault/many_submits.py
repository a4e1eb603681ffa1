"""Many clients submit at once, one by one and in bulk; the server is killed right after a 202."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from fault import Fault
from harness import Api, Unknown, check
from scene import Scene

CLIENTS = 50
BULKS = 5
LINES_MAX = 300
NDJSON = "application/x-ndjson"


def job(job_id, n, **more):
    return {"id": job_id, "when": "manual", "source": f"node.emit({n})", "args": {"n": [n, "é"]},
            "labels": {"n": str(n)}, **more}


def lines_of(name, count):
    """Some of these jobs run after that of the line before."""
    return [job(f"{name}-{n}", n, **({"when": {"after": [f"{name}-{n - 1}"]}} if n % 10 == 9
                                     else {})) for n in range(count)]


class Crowd:
    """Submits until the server is gone, and notes each 202 as soon as it is read."""

    def __init__(self, scene, life, enough):
        self.scene, self.life, self.enough = scene, life, enough
        self.api = Api(scene.server)
        self.random = scene.random.randint(0, 1 << 60)
        self.noted = {}  # id -> job
        self.unanswered = {}  # of single jobs
        self.bulks = []  # jobs of those that were answered
        self.broken = []  # of those that were not
        self.reached = threading.Event()
        self._lock = threading.Lock()  # guards noted

    def run(self):
        """Returns when the server was killed and everybody knows."""
        with ThreadPoolExecutor(CLIENTS + BULKS) as clients:
            waiting = [clients.submit(self._guarded, self._one_by_one, n) for n in range(CLIENTS)]
            waiting += [clients.submit(self._guarded, self._in_bulk, n) for n in range(BULKS)]
            self.reached.wait()
            self.scene.server.kill()
            for each in waiting:
                each.result()
        self.scene.kill_server()

    def _guarded(self, client, number):
        try:
            client(number)
        finally:
            self.reached.set()  # also when something is wrong: result() says what

    def _one_by_one(self, number):
        for n in range(1_000_000):
            wanted = job(f"life-{self.life}-one-{number}-{n}", n)
            try:
                status, _ = self.api.call("POST", "/v1/jobs", json.dumps(wanted).encode())
            except Unknown:
                self.unanswered[wanted["id"]] = wanted
                return
            check(status == 202, f"{wanted['id']} is new, and was answered {status}")
            self._note([wanted])

    def _in_bulk(self, number):
        for n in range(1_000_000):
            count = 1 + (self.random >> (number + n) % 50) % LINES_MAX
            wanted = lines_of(f"life-{self.life}-bulk-{number}-{n}", count)
            try:
                answer = bulk(self.api, wanted)
            except Unknown:
                self.broken.append(wanted)
                return
            check(answer["accepted"] == count and answer["existed"] == 0
                  and [each["id"] for each in answer["jobs"]] == [each["id"] for each in wanted],
                  f"{count} lines were answered {str(answer)[:300]}")
            self._note(wanted)
            self.bulks.append(wanted)

    def _note(self, wanted):
        with self._lock:
            self.noted.update((each["id"], each) for each in wanted)
            if len(self.noted) >= self.enough:
                self.reached.set()


def bulk(api, wanted):
    text = "".join(json.dumps(each) + "\n" for each in wanted).encode()
    return json.loads(api.call("POST", "/v1/jobs", text, NDJSON)[1])


def submits(options):
    total, kills = (400, 1) if options.short else (10_000, 8)
    with Scene("submits", options) as scene:
        noted = recovered = cut = 0
        tried = set()
        scene.start()
        for life in range(kills):
            end = 1 if life == kills - 1 else scene.random.uniform(0.3, 1)
            crowd = Crowd(scene, life, max(1, int(total * (life + end) / kills) - noted))
            crowd.run()
            scene.start()
            there = _all_jobs(scene.api)
            noted += len(crowd.noted)
            tried |= {*crowd.noted, *crowd.unanswered,
                      *(each["id"] for wanted in crowd.broken for each in wanted)}
            recovered += sum(each in there for each in crowd.unanswered)
            cut += _judge(scene, crowd, there)
            _again(scene, crowd)
            check(there <= tried, f"never submitted: {sorted(there - tried)[:5]}")
            check(_all_jobs(scene.api) == tried, "submitting again did not make what was missing")
        scene.quiet()
        return {"jobs accepted": noted, "kills": kills, "recovered": recovered,
                "bulk requests cut": cut}


def _all_jobs(api):
    """The ids of all jobs, each of which is listed once."""
    ids, after = [], ""
    while True:
        page = api.get(f"/v1/jobs?limit=1000{after}")
        ids += [each["id"] for each in page["jobs"]]
        if page["next"] is None:
            check(len(set(ids)) == len(ids), "jobs are listed twice")
            return set(ids)
        after = f"&after={page['next']}"


def _judge(scene, crowd, there):
    """Returns of how many bulk requests without an answer a part is stored."""
    lost = crowd.noted.keys() - there
    check(not lost, f"{len(lost)} jobs were accepted and are lost, as {sorted(lost)[:5]}")
    cut = 0
    for wanted in crowd.broken:
        stored = [each["id"] in there for each in wanted]
        check(stored == sorted(stored, reverse=True),
              f"of a bulk request without an answer no prefix is stored: {wanted[0]['id']}")
        cut += 0 < sum(stored) < len(stored)
    return cut


def _again(scene, crowd):
    """All that was accepted is there with its content: the same again is 200, not 202. What had no
    answer becomes a job by that, once."""
    in_bulk = {each["id"] for wanted in crowd.bulks for each in wanted}

    def one(wanted):
        shown = scene.api.job(quote(wanted["id"]))
        check((shown["id"], shown["labels"]) == (wanted["id"], wanted["labels"]),
              f"{wanted['id']} is shown as {shown}")
        if wanted["id"] not in in_bulk:
            status, _ = scene.api.call("POST", "/v1/jobs", json.dumps(wanted).encode())
            check(status == 200, f"{wanted['id']} was accepted before; again: {status}")

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(one, crowd.noted.values()))
    for wanted in crowd.bulks:
        answer = bulk(scene.api, wanted)
        check(answer["existed"] == answer["accepted"] == len(wanted),
              f"{len(wanted)} lines were accepted before; again: {str(answer)[:100]}")
    for wanted in [*crowd.broken, *([each] for each in crowd.unanswered.values())]:
        check(bulk(scene.api, wanted)["accepted"] == len(wanted), "not accepted again")


FAULTS = [
    Fault("submits",
          f"{CLIENTS} clients submit jobs one by one and {BULKS} in bulk; kill -9 of the server "
          "right after a 202",
          "every job whose 202 was read is there with its content; of a bulk request without an "
          "answer a prefix; nothing twice", submits),
]
