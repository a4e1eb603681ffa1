"""The disk fails to keep what was written: one fsync answers EIO, the next ones succeed (fault F9).

After a failed fsync the kernel may have thrown the bytes away, and the next fsync says nothing of
it. So a server that goes on promises what is perhaps not there: it has to end, and to answer
nobody who waited.
"""

import os
import shutil
import subprocess

from fault import Fault, Skipped
from flow import SOURCES, settle_flow, take_results
from harness import Refused, Unknown, await_that, check
from scene import Scene

BATCH = 20
PUTS_MOST = 2000
ENDED_SECONDS = 10
FSYNCS_FIRST, FSYNCS_LAST = 30, 150  # which of the writer's fsyncs fails, in this range
END_SECONDS = 60


def fsync_error(options):
    if not shutil.which("strace"):
        raise Skipped("strace is not installed")
    probe = subprocess.run([*_strace("/dev/null", 1), "true"], capture_output=True, text=True)
    if probe.returncode:
        raise Skipped(f"strace can't inject a fault here: {probe.stderr.strip()[-200:]}")
    rounds = 1 if options.short else 10
    with Scene("fsync-error", options) as scene:
        plain = scene.server.words
        hold, put, during = None, 0, []
        for number in range(rounds):
            trace = scene.directory / f"trace-{number}"
            fails = scene.random.randint(FSYNCS_FIRST, FSYNCS_LAST)
            scene.server.words = [*_strace(trace, fails), *plain]
            scene.start()
            if hold is None:
                hold = scene.api.hold("in")
                scene.api.submit({"id": "work", "queue": "in", "num_of_nodes": 2,
                                  "source": SOURCES["handle"]})
            put, answer = _put_until_it_fails(scene, put)
            during.append(answer)
            _check_ended(scene, trace)
        scene.server.words = plain
        scene.start()
        scene.api.cancel(hold)
        job = scene.api.await_end("work", END_SECONDS)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        take_results(scene, "work")
        figures = settle_flow(scene)
        check(not figures["duplicated"], f"a result was kept twice: {figures}")
        scene.quiet(empty=["in"])
        return {"failed fsyncs": rounds, "items": figures["enqueues"],
                "recovered": figures["recovered"],
                "the put meanwhile": " ".join(sorted(set(during)))}


def _strace(trace, fails):
    """The words before a command each thread of which has its n-th fsync fail, once. Only these
    calls are traced, so that the server is as fast as ever."""
    calls = "fsync,fdatasync"
    return ["strace", "-f", "--seccomp-bpf", "-o", str(trace), "-e", f"trace={calls}",
            "-e", f"inject={calls}:error=EIO:when={fails}"]


def _put_until_it_fails(scene, first):
    """Puts batches; the number of the next item, and what the failed put was answered."""
    at, answer = first, None
    for _ in range(PUTS_MOST):
        values = list(range(at, at + BATCH))
        at += BATCH
        scene.history.invoke("put", values)
        try:
            scene.api.put("in", [{"n": n, "work": 0} for n in values])
            scene.history.ok("put", values)
            check(answer is None, f"a put was accepted after one had been answered {answer}: "
                                  "what is on the disk is unknown since")
        except (Refused, Unknown) as error:
            scene.history.info("put", values)
            answer = answer or (str(error.status) if isinstance(error, Refused) else "nothing")
            if not scene.server.is_running():
                return at, answer
    raise AssertionError(f"no fsync failed in {PUTS_MOST} puts" if answer is None else
                         f"the server is alive, {PUTS_MOST} puts after a failed fsync")


def _check_ended(scene, trace):
    check("(INJECTED)" in trace.read_text(), "no fsync was made to fail")
    await_that(lambda: not scene.server.is_running(), "the server to end", ENDED_SECONDS)
    code = scene.server.process.returncode
    check(code not in (0, None), f"the server ended with {code} after a failed fsync")
    check("fsync" in scene.server.last_words() and "erlust.db" in scene.server.last_words(),
          f"its last words do not say why: {scene.server.last_words()}")
    scene.kill_server()  # it is gone; so have its nodes to be


FAULTS = [
    Fault("fsync-error", "strace lets one fsync of the server's writer answer EIO, under load",
          "nothing is accepted after it; the server ends, not with 0, and says why; after a start "
          "everything that was ever accepted is there; no result twice", fsync_error),
]
