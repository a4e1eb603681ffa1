"""What looks at a running server finds what it is there for, too: an answer that comes late, a
process, a cgroup and a directory that are left over on purpose."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import processes
from fault import Fault
from harness import Failed, check
from leftovers import Leftovers
from prober import SLOW_MS, Prober

LATE = 5  # the answer that comes late


def checkers(_):
    cases = [_late, _refused, _left]
    for case in cases:
        case()
    return {"cases": len(cases)}


class Slow(BaseHTTPRequestHandler):
    """Answers at once, but one answer late, and after that, if it is told to, with an error."""

    protocol_version = "HTTP/1.1"
    asked = 0
    status = 200

    def do_GET(self):
        Slow.asked += 1
        if Slow.asked == LATE:
            time.sleep(1.2 * SLOW_MS / 1000)
        self.send_response(Slow.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def _probe(status):
    Slow.asked, Slow.status = 0, status
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Prober(f"http://127.0.0.1:{server.server_port}") as prober:
            end = time.monotonic() + 5
            while Slow.asked < 2 * LATE:
                check(time.monotonic() < end, "nothing is asked")
                time.sleep(0.01)
        server.shutdown()
    return prober


def _late():
    prober = _probe(200)
    check(prober.slowest_ms() >= SLOW_MS and not prober.failures, "a late answer is not found")
    _fails(prober.check_prompt, "1 of")


def _refused():
    prober = _probe(503)
    check(len(prober.failures) == len(prober.answers), "answers that are errors are not found")
    _fails(prober.check_prompt, "503")


def _fails(call, text):
    try:
        call("on purpose")
    except Failed as error:
        check(text in str(error), f"it does not tell {text}: {error}")
    else:
        raise Failed("what is wrong on purpose is not found")


def _left():
    """A node's process that runs on, with its directory; and its cgroup, where one can be made."""
    runtime = Path(tempfile.mkdtemp(prefix="erlust-leftovers-"))
    home = runtime / "n7"
    home.mkdir()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                             env={**os.environ, processes.VARIABLE: f"{home}/sock"})
    cgroup = None
    try:
        leftovers = Leftovers(SimpleNamespace(runtime=runtime))
        end = time.monotonic() + 5
        while leftovers.note(child.pid) != "n7":
            check(time.monotonic() < end, "a node's home is not found by its environment")
        cgroup = _new_cgroup(runtime)
        found = "; ".join(leftovers.left())
        for what in (f"process {child.pid}", "processes of n7", "directories of n7",
                     *(["cgroups of n7"] if cgroup else [])):
            check(what in found, f"{what} is not found to be left over: {found}")
    finally:
        child.kill()
        child.wait()
        shutil.rmtree(runtime)
        for each in processes.cgroups(runtime):
            each.rmdir()
    check(not leftovers.left(), f"what is gone is found: {leftovers.left()}")


def _new_cgroup(runtime):
    """Of this machine's first hierarchy in which one can be made; None if there is none."""
    for hierarchy in (processes.CGROUPS / "pids", processes.CGROUPS):
        try:
            (hierarchy / runtime.name).mkdir()
            (hierarchy / runtime.name / "n7").mkdir()
            return hierarchy / runtime.name / "n7"
        except OSError:
            pass
    return None


FAULTS = [
    Fault("checkers-leftovers", "an answer late on purpose; a process, a directory and a cgroup "
          "left over on purpose", "they are found", checkers),
]
