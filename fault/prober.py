"""Asks a server GET /livez all the time, and says how long each answer took.

A process of its own, with one connection: it shares no lock with the harness, so what it measures
is the server. Where it may, it takes a high priority: it must not be the one that is late.
"""

import http.client
import json
import os
import subprocess
import sys
import time

from harness import check

EVERY_SECONDS = 0.02
SLOW_MS = 100.0
GIVE_UP_SECONDS = 10
PRIORITY = -10


class Prober:
    """Used as `with Prober(url) as prober`; then `prober.answers` are the times in ms, each."""

    def __init__(self, url):
        self.address = url.partition("//")[2].rstrip("/")
        self.answers = []
        self.failures = []

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__, self.address], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        check(self._process.stdout.readline() == "ready\n", "the prober did not start")
        return self

    def __exit__(self, kind, *_):
        said, _ = self._process.communicate()  # the end of its input ends it
        if kind is not None:
            return  # what happened matters more than how fast the answers were
        code = self._process.returncode
        check(code == 0, f"the prober itself ended with {code}; what it said: {said!r}")
        report = json.loads(said)
        self.answers, self.failures = report["answers"], report["failures"]

    def check_prompt(self, when):
        """Each answer came, and came in time."""
        check(self.answers, f"{when}: nothing was asked")
        check(not self.failures, f"{when}: GET /livez failed: {self.failures[:3]}")
        check(not self.late(),
              f"{when}: {len(self.late())} of {len(self.answers)} answers to GET /livez took "
              f"{SLOW_MS:.0f} ms or more: {sorted(self.late())[-5:]}")

    def late(self):
        return [round(ms) for ms in self.answers if ms >= SLOW_MS]

    def slowest_ms(self):
        return max(self.answers, default=0.0)


def main(address):
    try:
        os.nice(PRIORITY)
    except OSError:
        pass  # not root: with the priority of everybody
    connection = http.client.HTTPConnection(address, timeout=GIVE_UP_SECONDS)
    answers, failures = [], []
    print("ready", flush=True)
    os.set_blocking(0, False)
    while sys.stdin.buffer.raw.read(1) is None:  # b"" at its end
        began = time.monotonic()
        try:
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failures.append(f"status {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            failures.append(repr(error))
            connection.close()
        took = time.monotonic() - began
        answers.append(round(1000 * took, 1))
        time.sleep(max(0.0, EVERY_SECONDS - took))
    print(json.dumps({"answers": answers, "failures": failures}))


if __name__ == "__main__":
    main(sys.argv[1])
