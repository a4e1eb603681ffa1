"""The wall clock jumps, a day on and an hour back, while the server runs (fault F16).

A library that is loaded before the C library adds to its wall clock what a file says. Nodes don't
have it. Time that only passes (System.nanoTime) is left alone, as an administrator would.
"""

import http.client
import json
import shutil
import struct
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from urllib.parse import urlsplit

from fault import Fault, Skipped
from flow import SOURCES, Producer, settle_flow, take_results
from harness import await_that, check
from receiver import Receiver
from scene import Scene

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile long long *seconds; /* to add to the wall clock */
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_FILE"), O_RDONLY);
    seconds = mmap(0, sizeof *seconds, PROT_READ, MAP_SHARED, file, 0);
    if (seconds == MAP_FAILED) abort();
    real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (!real) begin();
    int result = real(clock, at);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += *seconds;
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""
DAY, HOUR = 86_400, 3600
SECRET = "a secret of this run"
ITEMS = 3000
SOON_SECONDS = 60  # for what is due in seconds by a clock that does not jump by an hour
END_SECONDS = 60
SLEEPS = "import time\ntime.sleep(600)"


class Deaf(Receiver):
    """Breaks the connection without an answer until told to listen."""

    def __init__(self, secret):
        super().__init__(secret)
        self.hears = False
        self.turned_away = 0
        self.skews = []  # of the webhook-timestamp to this clock, in seconds

    def take(self, headers, body):
        if not self.hears:
            self.turned_away += 1
            raise ConnectionError("deaf")
        self.skews.append(int(headers["webhook-timestamp"]) - time.time())
        super().take(headers, body)


class Clock:
    """The wall clock of a server: made by gcc from the text above."""

    def __init__(self, directory):
        compiler = shutil.which("gcc") or shutil.which("cc")
        if not compiler:
            raise Skipped("there is no C compiler")
        self.file, library = directory / "clock", directory / "clock.so"
        self.offset = 0
        self.jump(0)
        made = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o",
                               str(library), "-ldl"], input=SHIM, capture_output=True, text=True)
        if made.returncode:
            raise Skipped(f"the C compiler can't make a library here: {made.stderr[-300:]}")
        self.words = ["env", f"LD_PRELOAD={library}", f"CLOCK_FILE={self.file}"]

    def jump(self, seconds):
        self.offset += seconds
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", self.offset))


class Events(threading.Thread):
    """Reads the ids of a job's events as they come."""

    def __init__(self, scene, job_id):
        super().__init__(daemon=True)
        self.ids = []
        self._connection = http.client.HTTPConnection(
            urlsplit(scene.server.url).netloc, timeout=END_SECONDS)
        self._connection.request("GET", f"/v1/jobs/{job_id}/events", headers={
            "Authorization": f"Bearer {scene.server.token()}"})

    def run(self):
        with self._connection.getresponse() as stream:
            for line in stream:
                if line.startswith(b"id:"):
                    self.ids.append(line[3:].decode().strip())

    def check_order(self):
        self.join(10)
        check(not self.is_alive(), "the event stream of a job that has ended goes on")
        lives = {one.rpartition("-")[0] for one in self.ids}
        numbers = [int(one.rpartition("-")[2]) for one in self.ids]
        check(len(lives) == 1 and numbers == sorted(set(numbers)) and len(numbers) > 2,
              f"event ids are not in order: {self.ids}")
        return len(numbers)


def clock(options):
    if not sys.platform.startswith("linux"):
        raise Skipped("the library is for Linux")
    with Deaf(SECRET) as receiver, \
            Scene("clock", options, ("--allow-callback", receiver.address)) as scene:
        wall = Clock(scene.directory)
        scene.server.words = [*wall.words, *scene.server.words]
        scene.start()
        figures = _play(scene, wall, receiver)
        scene.quiet(empty=["in", "retry-soon", "lease-soon", "lease-later"])
        return figures


def _play(scene, wall, receiver):
    api = scene.api
    hold = api.hold("in")
    told = {"callback_url": receiver.url, "security_hash": SECRET}
    api.submit({"id": "work", "queue": "in", "num_of_nodes": 2, "source": SOURCES["handle"],
                "timeout_ms": HOUR * 1000 // 2, **told})
    events = Events(scene, "work")
    events.start()
    api.submit({"id": "later", "when": "manual", "source": "node.emit(1)", **told})
    api.submit({"id": "last", "when": {"after": ["later"]}, "source": "node.emit(1)", **told})

    producer = Producer(scene, "in", ITEMS, 30, 2000)
    producer.start()
    later = _lease(scene, "lease-later", HOUR // 2)
    _fail(scene, "retry-later", HOUR * 1000 // 2)
    _jump(scene, wall, DAY)
    soon, failed = _lease(scene, "lease-soon", 3), _fail(scene, "retry-soon", 3000)
    api.submit({"id": "short", "source": SLEEPS, "timeout_ms": 3000})
    api.submit({"id": "told-again", "source": "node.emit(1)", **told})
    await_that(lambda: receiver.turned_away, "a callback", SOON_SECONDS)
    _jump(scene, wall, -HOUR)
    receiver.hears = True

    _check_later(scene, later)
    _check_soon(scene, soon, failed)
    api.post("/v1/jobs/later/start")
    producer.finish(END_SECONDS)
    api.cancel(hold)
    return _judge(scene, wall, receiver, events)


def _jump(scene, wall, seconds):
    """The jump is seen by the server, or there was nothing to test."""
    time.sleep(scene.random.uniform(0.2, 0.7))
    wall.jump(seconds)
    job_id = f"jumped-{seconds}"
    scene.api.submit({"id": job_id, "when": "manual", "source": "pass"})
    at = datetime.fromisoformat(scene.api.job(job_id)["created_at"].replace("Z", "+00:00"))
    skew = (at - datetime.now(timezone.utc)).total_seconds()
    check(abs(skew - wall.offset) < 60,
          f"the server's wall clock should be {wall.offset} s off, and is {skew:.0f} s")
    time.sleep(0.5)


def _take(scene, queue, seconds):
    """The one item of a queue, taken with a lease."""
    wish = {"max": 1, "lease_s": seconds}
    got = scene.api.post(f"/v1/queues/{queue}/receive", wish)["items"]
    check(len(got) == 1, f"expected the item of {queue}, got {got}")
    return queue, got[0]


def _lease(scene, queue, seconds):
    scene.api.put(queue, [1])
    return _take(scene, queue, seconds)


def _fail(scene, queue, backoff_ms):
    scene.api.configure(queue, backoff_ms=backoff_ms)
    _, item = _lease(scene, queue, 60)
    scene.api.post(f"/v1/queues/{queue}/nack", {"receipts": [item["receipt"]]})
    await_that(lambda: scene.api.queue(queue)["retrying"], "the failure to be stored",
               SOON_SECONDS)
    return queue


def _check_later(scene, lease):
    """What is due in half an hour: the day on has not made it due."""
    queue, item = lease
    acked = scene.api.ack(queue, [item["receipt"]])["acknowledged"]
    check(acked == 1, "the jump ended a lease of half an hour")
    counts = scene.api.queue("retry-later")
    check(counts["retrying"] == 1, f"the jump made a retry due half an hour early: {counts}")
    work = scene.api.job("work")
    check(work["state"] in ("available", "running"),
          f"the jump ended a job with a timeout of half an hour: {work['reason']}")
    check(scene.api.job("later")["state"] == "scheduled", "a manual job started by itself")


def _check_soon(scene, lease, failed):
    """What was due in three seconds: the hour back has not put it off."""
    for queue in (lease[0], failed):
        again = await_that(lambda: scene.api.receive(queue, 1)["items"],
                           f"the item of {queue} to come again", SOON_SECONDS, 0.1)
        check(again[0]["attempt"] == 2, f"{queue}: it came again, but is not marked: {again}")
        scene.api.ack(queue, [again[0]["receipt"]])
    short = scene.api.await_end("short", SOON_SECONDS)
    check(short["state"] == "failed" and "timeout" in short["reason"],
          f"a job with a timeout of 3 s is {short['state']}: {short['reason']}")


def _judge(scene, wall, receiver, events):
    api = scene.api
    told = {(job, "completed") for job in ("work", "later", "last", "told-again")}
    for job_id, _ in told:
        job = api.await_end(job_id, END_SECONDS)
        check(job["state"] == "completed" and job["run"] == 1,
              f"{job_id} is {job['state']}, run {job['run']}: {job['reason']}")
    take_results(scene, "work")
    flow = settle_flow(scene)
    check(not flow["duplicated"], f"a result was kept twice: {flow}")
    for job_id in ("later", "last"):
        check(len(list(api.results(job_id))) == 1, f"{job_id} did not run exactly once")
    await_that(lambda: set(receiver.ends()) == told,
               lambda: f"a callback of each end; there are {receiver.ends()}", END_SECONDS, 0.2)
    check(not receiver.badly_signed, f"{receiver.badly_signed} callbacks were badly signed")
    check(not receiver.changed(), f"bodies that were not the same each time: {receiver.changed()}")
    off = [skew for skew in receiver.skews if abs(skew - wall.offset) > 60]
    check(not off, f"webhook-timestamps that are not the wall clock's: {off}")
    api.call("DELETE", "/v1/queues/retry-later/items")
    return {"jumps": "+86,400 s, -3,600 s", "items": flow["enqueues"],
            "events in order": events.check_order(), "callbacks": receiver.posts,
            "of them sent again": receiver.turned_away}


FAULTS = [
    Fault("clock", "the server's wall clock jumps a day on, then an hour back, under load (a "
          "library loaded before the C library)",
          "leases, retries and time-outs come when they would have, none early, none late; a "
          "callback is tried again as soon; jobs start once; callbacks are signed by the wall "
          "clock; events in order", clock, aside=True),
]
