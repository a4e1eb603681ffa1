"""The checkers find what they are there for: one that is always content proves nothing."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes
from fault import Fault
from harness import check
from history import History


def checkers(_):
    cases = [_lost, _unexpected, _duplicated, _recovered, _nothing, _left_over]
    for case in cases:
        case()
    return {"cases": len(cases)}


def _judge(*events):
    """A total queue of these (type, op, values)."""
    with tempfile.TemporaryDirectory() as directory:
        history = History(Path(directory) / "history.jsonl")
        for event in events:
            history.write(*event)
        return history.total_queue("put", "take")


def _lost():
    flow = _judge(("invoke", "put", [1, 2]), ("ok", "put", [1, 2]), ("ok", "take", [1]))
    check(flow.lost == {2: 1} and flow.problem(), "an item that never came out is not found")


def _unexpected():
    flow = _judge(("invoke", "put", [1]), ("ok", "put", [1]), ("ok", "take", [1, 9]))
    check(flow.unexpected == {9: 1} and flow.problem(), "an item from nowhere is not found")


def _duplicated():
    flow = _judge(("invoke", "put", [1]), ("ok", "put", [1]), ("ok", "take", [1]),
                  ("ok", "take", [1]))
    check(flow.duplicated == {1: 1} and not flow.problem(), "a duplicate is counted, no failure")


def _recovered():
    flow = _judge(("invoke", "put", [1, 2]), ("ok", "put", [1, 2]), ("invoke", "put", [3]),
                  ("info", "put", [3]), ("invoke", "put", [4]), ("info", "put", [4]),
                  ("ok", "take", [1, 2, 3]))
    check(flow.recovered == {3: 1} and not flow.problem(),
          "of two puts whose outcome is unknown, one happened: that is recovered, and no failure")


def _nothing():
    check(_judge(("invoke", "put", [1]), ("info", "put", [1])).problem(), "nothing is no success")


def _left_over():
    """A grandchild in a session of its own is found by its environment, and gone when it is."""
    runtime = tempfile.gettempdir() + "/erlust-no-such-runtime"
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True,
        env={**os.environ, processes.VARIABLE: f"{runtime}/n1/sock"})
    try:
        started = processes.identity(child.pid)[1]
        end = time.monotonic() + 5
        while processes.nodes(runtime) != [child.pid]:  # it has the environment once it has exec'ed
            check(time.monotonic() < end, "a node that is left over is not found")
        check(processes.children(os.getpid()).get(child.pid) == started, "a child is not found")
    finally:
        processes.kill(child.pid)
        child.wait()
    check(not processes.nodes(runtime) and not processes.is_alive(child.pid, started),
          "a process that is gone is found")


FAULTS = [
    Fault("checkers", "histories with a known fault, and a process left over on purpose",
          "the checkers find it", checkers),
]
