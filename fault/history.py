"""What a run did and saw, one JSON line an event; and the checkers that read it.

An operation begins with an `invoke` line and ends with an `ok` line, or with an `info` line when
its outcome is unknown: a time-out is never a failure. The definitions of the total-queue checker
are Jepsen's (jepsen.checker/total-queue), with multisets.
"""

import json
import threading
import time
from collections import Counter
from datetime import datetime, timezone


class History:
    """An append-only file of events. Safe for threads."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, kind, op, values):
        """`kind` is invoke, ok or info; `values` are what the operation is about, each hashable."""
        event = {"type": kind, "op": op, "values": values, "monotonic_ns": time.monotonic_ns(),
                 "at": datetime.now(timezone.utc).isoformat()}
        line = json.dumps(event, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(line)

    def invoke(self, op, values):
        self.write("invoke", op, values)

    def ok(self, op, values):
        self.write("ok", op, values)

    def info(self, op, values):
        self.write("info", op, values)

    def events(self):
        with self._lock:
            self._file.flush()
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def total_queue(self, put, take):
        return total_queue(self.events(), put, take)


class TotalQueue:
    """What went in and what came out: multisets of values. `put` and `take` name the operations.

    attempts    puts that were tried           ok          takes that were tried as puts
    enqueues    puts that were acknowledged    unexpected  takes of values never tried
    dequeues    takes                          duplicated  taken more often than tried
    lost        acknowledged, never taken      recovered   taken, though the put's outcome
                                                           was unknown
    """

    def __init__(self, attempts, enqueues, dequeues):
        self.attempts, self.enqueues, self.dequeues = attempts, enqueues, dequeues
        self.ok = dequeues & attempts
        self.unexpected = Counter({v: n for v, n in dequeues.items() if v not in attempts})
        self.duplicated = dequeues - attempts - self.unexpected
        self.lost = enqueues - dequeues
        self.recovered = self.ok - enqueues

    def is_valid(self):
        return not self.lost and not self.unexpected

    def happened(self):
        """Guards against the run in which nothing was lost because nothing was done."""
        return bool(self.enqueues) and bool(self.dequeues)

    def figures(self):
        return {name: sum(getattr(self, name).values())
                for name in ("attempts", "enqueues", "dequeues", "lost", "unexpected",
                             "duplicated", "recovered")}

    def problem(self):
        """What is wrong, in a line; empty if it is valid and something happened."""
        if not self.happened():
            return f"nothing happened: {self.figures()}"
        if not self.is_valid():
            return (f"{self.figures()}; lost: {sorted(self.lost)[:10]}, "
                    f"unexpected: {sorted(self.unexpected)[:10]}")
        return ""


def total_queue(events, put, take):
    """Checks one flow: only a run that was drained to its end can be judged."""
    attempts, enqueues, dequeues = Counter(), Counter(), Counter()
    for event in events:
        if event["op"] == put and event["type"] == "invoke":
            attempts.update(event["values"])
        elif event["op"] == put and event["type"] == "ok":
            enqueues.update(event["values"])
        elif event["op"] == take and event["type"] == "ok":
            dequeues.update(event["values"])
    return TotalQueue(attempts, enqueues, dequeues)
