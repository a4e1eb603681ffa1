"""Records what a server leaves on disk, for the tests of an upgrade: `UpgradeTest` and the fault
`upgrade`. To be run with the last build that writes a schema, before the next one is begun.

    python3 fault/upgrade_fixture.py                                     of ./erlust serve
    python3 fault/upgrade_fixture.py --server "java -jar old.jar serve"  of another build

It starts the server on an empty directory, makes jobs of every kind, queues and callbacks, kills
the server with kill -9 in the midst of it, and writes to `server/src/test/resources/upgrade`:
`schema-N.tar.gz`, the data directory as it was left, and `schema-N.json`, what must hold after an
upgrade. Nodes and the receiver of callbacks that hold something go on once `hold_until` is over.
"""

import argparse
import base64
import gzip
import io
import json
import random
import shutil
import sqlite3
import sys
import tarfile
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from harness import ROOT, Refused, await_that, check, server_command
from scene import Scene

OUT = ROOT / "server/src/test/resources/upgrade"
PORT = 24370  # of the receiver of callbacks, now and in the tests: it is in the recorded jobs
URL = f"http://127.0.0.1:{PORT}/"
SECRET = "a secret of a fixture"
NODES_MAX = 6
HOLDS_SECONDS = 40  # the recording has to be done by then
TAKEN = 3  # callbacks, then no more
WORK_ITEMS, RAW_ITEMS = 60, 10
HELD = (20, 41)
NEXT = 12  # jobs that run after one that ends at the last moment: not all can be staged in time
LEFT_OUT = {"lock", "runtime"}  # one is empty, the other names a directory of this machine

HOLD = """
import time
def hold():
    while time.time() < node.args["hold_until"]:
        time.sleep(0.1)
"""
WORK = HOLD + f"""
def handle(item):
    if item["n"] in {HELD}:
        hold()
    return item["n"]
"""
STAGE_1 = HOLD + """
def main():
    for item in node.items():
        if item["n"] == 5:
            hold()
        node.q_put("cooked", item["n"])
"""
PLAIN = HOLD + """
def main():
    hold()
    node.emit("done")
"""
TRIES = """
if node.run == 1:
    raise ValueError("not this time")
node.emit(node.job)
"""
TOLD = """
import time
for n in range(6):
    node.emit({"n": n, "text": "Grüße"})
    time.sleep(0.4)
"""


def main():
    options = arguments()
    with closing(Receiver()), Scene("fixture", options, (
            "--nodes-max", str(NODES_MAX), "--allow-callback", f"127.0.0.1:{PORT}")) as scene:
        scene.start()
        hold_until = time.time() + HOLDS_SECONDS
        ended(scene.api)
        queues(scene.api)
        has_links = waiting(scene.api)
        has_times = timed(scene.api)
        empty_log(scene.data)
        at_work(scene.api, hold_until)
        resting = at_rest(scene.api, has_links, has_times)
        last_moment(scene)
        recorded_at = round(time.time() * 1000)
        check(time.time() < hold_until, f"the recording took more than {HOLDS_SECONDS} s")
        expected = {"recorded_at": recorded_at, "callback_port": PORT, "nodes_max": NODES_MAX,
                    **resting, **outcomes(has_links, has_times)}
        write(scene, expected)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="the command that starts a server, without --port and "
                                         "--data (ERLUST_SERVER, or ./erlust serve)")
    options = parser.parse_args()
    options.command = server_command(options.server)
    options.seed, options.short = random.randrange(1_000_000), True
    return options


class Receiver:
    """An application that takes the first callbacks of a job and refuses the rest."""

    def __init__(self):
        self.posts = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", PORT), _handler(self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self):
        self.posts += 1
        return 204 if self.posts <= TAKEN else 503

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.answer())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass
    return Handler


def call_back():
    return {"callback_url": URL, "security_hash": SECRET}


# What is recorded

def ended(api):
    """Jobs that came to each end, one of them in its second run; one half called back."""
    api.submit({"id": "done", "labels": {"team": "billing", "stage": "a=b"},
                "source": "node.emit_all([1, 'zwei ✓', {'three': [3, 3.5]}])"})
    api.submit({"id": "broke", "labels": {"team": "billing"}, "restart": {"intensity": 0},
                "source": "raise ValueError('no luck')"})
    api.submit({"id": "called-off", "when": "manual", "source": "pass"})
    api.cancel("called-off")
    api.submit({"id": "twice", "source": "node.emit([node.run, 'x'])"})
    api.submit({"id": "told", "source": TOLD, **call_back()})
    for job in ("done", "broke", "twice", "told"):
        api.await_end(job, 30)
    api.post("/v1/jobs/twice/retry")
    await_that(lambda: api.job("twice")["run"] == 2 and api.job("twice")["state"] == "completed",
               "the second run", 30)
    await_that(lambda: callbacks(api, "delivered") == TAKEN and callbacks(api, "pending") >= 3,
               lambda: f"callbacks half delivered: {callbacks(api, 'delivered')}, "
                       f"{callbacks(api, 'pending')}", 10)


def callbacks(api, state):
    listed = api.get("/v1/jobs/told/callbacks")["callbacks"]
    return sum(callback["state"] == state for callback in listed)


def queues(api):
    """Parcels partly acknowledged and partly in hand, an item that waits for its retry, dead ones
    with a history."""
    for put in range(3):
        api.put("parcels", [{"n": put * 10 + n} for n in range(10)])
    taken = api.receive("parcels", 14)["items"]
    api.ack("parcels", [one["receipt"] for one in taken[:9]])
    api.configure("later", max_attempts=5, backoff_ms=3_600_000)
    api.put("later", ["again"])
    fail(api, "later", "not yet")
    api.configure("bad", max_attempts=2, backoff_ms=0)
    api.put("bad", [{"n": 1, "text": "ünfit"}, {"n": 2}])
    for attempt in (1, 2):
        await_that(lambda: api.queue("bad")["ready"] == 2, "both items to be there", 10)
        for _ in range(2):
            fail(api, "bad", f"bad the {attempt}. time")


def fail(api, queue, error):
    receipt = api.receive(queue, 1, 5)["items"][0]["receipt"]
    api.post(f"/v1/queues/{queue}/nack", {"receipts": [receipt], "error": error})


def waiting(api):
    """Jobs that wait for a start, for others, one of which has ended, and linked ones. Returns
    whether this server knows links."""
    emit = "node.emit(node.job)"
    api.submit({"id": "waits", "when": "manual", "source": emit,
                "labels": {"team": "billing", "kind": "manual"}})
    api.submit({"id": "behind", "when": {"after": ["done", "waits"]}, "source": emit})
    api.submit({"id": "behind-that", "when": {"after": ["behind"]}, "source": emit})
    api.submit({"id": "stops-late", "when": "manual", "source": "pass"})
    for n in range(5):
        api.submit({"id": f"never-{n}", "when": {"after": ["stops-late"]}, "source": emit})
    api.submit({"id": "tied-a", "when": "manual", "source": emit})
    try:
        api.submit({"id": "tied-b", "when": "manual", "links": ["tied-a"], "source": emit})
    except Refused as refused:
        check(refused.status == 422, f"not only links are refused: {refused}")
        return False
    return True


def timed(api):
    """A recurring job, one that is due tomorrow, one that is due soon after the kill, and one that
    waits for its next attempt. Returns whether this server knows times."""
    emit = "node.emit(node.job)"
    try:
        api.submit({"id": "yearly", "when": {"cron": "0 0 1 1 *", "timezone": "Europe/Athens"},
                    "priority": 7, "source": emit})
    except Refused as refused:
        check(refused.status == 422, f"not only times are refused: {refused}")
        return False
    api.submit({"id": "tomorrow", "when": "P1D", "source": emit})
    api.submit({"id": "soon", "when": f"PT{HOLDS_SECONDS}S", "source": emit})
    api.submit({"id": "tries", "job_attempts": 3, "job_backoff_ms": 3_600_000,
                "restart": {"intensity": 0}, "source": TRIES})
    await_that(lambda: api.job("tries")["attempt"] == 2, "the second attempt to be planned", 10)
    return True


def empty_log(data):
    """What was written so far goes to the database: the archive stays small."""
    with closing(sqlite3.connect(data / "erlust.db", timeout=10)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def at_work(api, hold_until):
    """Jobs that run and hold items, until the recording is over; one finds no free nodes."""
    args = {"hold_until": hold_until}
    for at in range(0, WORK_ITEMS, 10):
        api.put("work", [{"n": n} for n in range(at, at + 10)])
    api.put("raw", [{"n": n} for n in range(RAW_ITEMS)])
    api.submit({"id": "work", "num_of_nodes": 2, "source": WORK, "args": args, **call_back()})
    api.submit({"id": "stage-1", "queue": "raw", "produces": ["cooked"], "source": STAGE_1,
                "args": args})
    api.submit({"id": "stage-2", "queue": "cooked", "source": "def handle(item): return item"})
    api.submit({"id": "plain", "source": PLAIN, "args": args})
    await_that(lambda: all(holds(api, queue) for queue in ("work", "raw")),
               "nodes to hold items", 10)
    api.submit({"id": "ends-late", "source": "import time; time.sleep(2)"})
    for n in range(NEXT):
        api.submit({"id": f"next-{n:02}", "when": {"after": ["ends-late"]},
                    "source": "node.emit(node.job)"})
    await_that(lambda: api.job("ends-late")["state"] == "running", "the sixth node", 10)
    api.submit({"id": "wide", "num_of_nodes": NODES_MAX, "source": "node.emit(node.rank)"})


def holds(api, queue):
    """Does nothing move any more, with an item in hand of every node?"""
    before = counts(api, queue)
    time.sleep(0.3)
    return before == counts(api, queue) and before["in_hand"] > 0 and before["consumers"] > 0


def counts(api, queue):
    """Without its rates, which fall by themselves."""
    found = api.queue(queue)
    return {name: found[name] for name in ("ready", "in_hand", "consumers", "retrying")}


def last_moment(scene):
    """A job completes, another is cancelled; before those behind them are told, kill -9."""
    api = scene.api
    scene.look()
    await_that(lambda: api.job("ends-late")["state"] == "completed", "its end", 10, 0.001)
    api.cancel("stops-late")
    scene.server.kill()


# What must hold after an upgrade

def at_rest(api, has_links, has_times):
    """What nothing of an upgrade or a start may change."""
    still = ["done", "broke", "called-off", "twice", "told", "waits", "behind", "behind-that",
             "tied-a", *(["tied-b"] if has_links else []),
             *(["yearly", "tomorrow", "tries"] if has_times else [])]
    dead = api.dead("bad")["items"]
    for item in dead:
        for time_of in ("put_at", "failed_at"):
            item.pop(time_of)
    kept = ("ready", "retrying", "dead", "config")
    shown = ("run", "state", "reason", "labels", "produces", "num_of_nodes", "queue", "when",
             *(("attempt", "job_attempts", "priority", "paused") if has_times else ()))
    return {
        "jobs": {job: {field: api.job(job)[field] for field in shown} for job in still},
        "results": {f"{job}/{run}": results(api, job, run)
                    for job, run in (("done", 1), ("twice", 1), ("twice", 2), ("told", 1))},
        "queues": {name: {field: api.queue(name)[field] for field in kept}
                   for name in ("later", "bad")},
        "dead": {"bad": dead},
        "labelled": {"team=billing": ["waits", "broke", "done"]},
    }


def results(api, job, run):
    text = api.get_text(f"/v1/jobs/{job}/results?run={run}").decode()
    return [json.loads(line)["value"] for line in text.splitlines()]


def outcomes(has_links, has_times):
    """What goes on by itself, or when it is asked to. `once`: exactly these results, in any order;
    `at_least_once`: some may be there twice."""
    once = {"work": list(range(WORK_ITEMS)), "plain": ["done"], "wide": list(range(NODES_MAX)),
            **({"soon": ["soon"]} if has_times else {}),
            **{f"next-{n:02}": [f"next-{n:02}"] for n in range(NEXT)}}
    return {
        "completes": {"once": once, "at_least_once": {"stage-2": list(range(RAW_ITEMS))}},
        "fails": {f"never-{n}": "stops-late" for n in range(5)},
        "start": {"waits": ["waits", "behind", "behind-that"],
                  **({job: [job] for job in ("tomorrow", "tries")} if has_times else {})},
        "cancel": {"tied-a": ["tied-b"] if has_links else []},
        "items": {"parcels": [{"n": n} for n in range(9, 30)]},
        "told": {"told": "job.completed", "work": "job.completed"},
    }


# The archive

def write(scene, expected):
    data = scene.directory / "killed"
    shutil.copytree(scene.data, data)
    version, pending, left = look(scene.directory / "killed", scene.directory / "looked-at")
    check(any(left.values()), "all was staged before the kill: record again")
    expected = {"schema": version, **expected, "callbacks": pending}
    OUT.mkdir(parents=True, exist_ok=True)
    archive = OUT / f"schema-{version}.tar.gz"
    archive.write_bytes(packed(data))
    lines = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
             for name, value in expected.items()]
    (OUT / f"schema-{version}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{archive}: {archive.stat().st_size:,} bytes; still to be staged: {left}; "
          f"callbacks: {len(pending['delivered'])} delivered, {len(pending['pending'])} pending")


def look(data, copy):
    """(the schema's version, callbacks, how many jobs were not staged), from a copy: whoever opens
    a database empties its log."""
    shutil.copytree(data, copy)
    with closing(sqlite3.connect(copy / "erlust.db")) as db:
        version = db.execute(
            "SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history").fetchone()[0]
        rows = db.execute("SELECT webhook_id, state, CAST(body AS TEXT) FROM callback JOIN "
                          "callback_body USING (job_serial, seq)").fetchall()
        delivered = [row[0] for row in db.execute(
            "SELECT webhook_id FROM callback WHERE state = 'delivered'")]
        left = {name: db.execute(
            "SELECT count(*) FROM job WHERE state = 'scheduled' AND id LIKE ?",
            (f"{name}-%",)).fetchone()[0] for name in ("next", "never")}
    pending = {webhook: base64.b64encode(body.encode()).decode()
               for webhook, state, body in rows if state == "pending"}
    return version, {"delivered": delivered, "pending": pending}, left


def packed(data):
    """The files, without what is of this machine: its paths, the owner, the times."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped, \
            tarfile.open(fileobj=zipped, mode="w") as tar:
        for path in sorted(data.rglob("*")):
            name = path.relative_to(data).as_posix()
            if name in LEFT_OUT or name.endswith("-shm") or not path.is_file():
                continue
            content = path.read_bytes()
            for place in (data.parent, Path.home(), ROOT):
                check(str(place).encode() not in content, f"{name} names {place}")
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
