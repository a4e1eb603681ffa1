"""Jobs with stubborn trees of processes are cancelled, or their time is over (`cancel-100`)."""

import threading
import time
from datetime import datetime

import processes
from fault import Fault
from harness import Failed, Unknown, await_that, check
from leftovers import Leftovers
from scene import Scene

MORE_SECONDS = 1.0  # than shutdown_ms, until the last process is gone
AT_ONCE = 4, 10  # jobs that are cancelled; that wait for their time to be over
SHUTDOWN_MS = 0, 50, 150, 300, 500
TREE_SECONDS = 30
TIMEOUT_MS = 6000  # of jobs that are not cancelled: time enough to start, for all at once
END_SECONDS = 30

# args: whether the node ignores SIGTERM, too. Each of its processes does something else about it.
TREE = """
import os, signal, time

def ignore():
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)

def child(stubborn, session, spin):
    if os.fork():
        return
    if session:
        os.setsid()
    if stubborn:
        ignore()
    if session and os.fork() == 0:
        os.setsid()
    while spin:
        sum(range(100_000))
        time.sleep(0.01)
    time.sleep(600)

def main():
    child(False, False, False)
    child(True, False, False)
    child(True, True, True)
    child(True, True, False)
    if node.args:
        ignore()
        node.progress(1, note="grown")
        while True:
            time.sleep(600)
    node.progress(1, note="grown")
    node.q_get()
"""
PROCESSES = 7  # the node, its four children, and two grandchildren


class Case:
    """One job from its start to the end of its last process."""

    def __init__(self, scene, leftovers, number):
        self.scene, self.leftovers, self.id = scene, leftovers, f"tree-{number}"
        self.shutdown_ms = SHUTDOWN_MS[number % len(SHUTDOWN_MS)]
        self.is_stubborn = number % 3 > 0
        self.times_out = number % 2 > 0
        self.late_ms = None  # how much longer than shutdown_ms it took

    def play(self):
        api = self.scene.api
        job = {"id": self.id, "source": TREE, "args": self.is_stubborn,
               "restart": {"shutdown_ms": self.shutdown_ms}}
        if self.times_out:
            job["timeout_ms"] = TIMEOUT_MS
        hold = api.hold(self.id)  # so that its node waits for an item
        api.submit(job)
        tree, pid = self._await_tree()
        self.leftovers.note(pid)
        if self.times_out:
            started = datetime.fromisoformat(api.job(self.id)["started_at"]).timestamp()
            asked = time.monotonic() + started + TIMEOUT_MS / 1000 - time.time()
        else:
            asked = time.monotonic()
            api.cancel(self.id)
        seconds = self.shutdown_ms / 1000 + MORE_SECONDS
        while any(processes.is_alive(*each) for each in tree.items()):
            late = time.monotonic() - asked
            if late > seconds + 5:
                raise Failed(f"{self._described()}: processes outlive it")
            time.sleep(0.005)
        self.late_ms = 1000 * (time.monotonic() - asked) - self.shutdown_ms
        self._check_exit(api.await_end(self.id, END_SECONDS))
        api.cancel(hold)

    def _await_tree(self):
        def grown():
            nodes = self.scene.api.job(self.id)["nodes"]
            node = nodes[0] if nodes else None
            if not node or not node["pid"] or (node["progress"] or {}).get("note") != "grown":
                return None
            tree = processes.descendants(node["pid"])
            return (tree, node["pid"]) if len(tree) >= PROCESSES else None
        return await_that(grown, f"the tree of {self._described()}", TREE_SECONDS, 0.02)

    def _check_exit(self, job):
        state, exit = job["state"], job["nodes"][0]["exit"]
        asked = ("failed", "timeout") if self.times_out else ("cancelled", "cancelled")
        exits = {"killed"}
        if self.times_out or not self.is_stubborn:
            exits.add(asked[1])
        check(state == asked[0] and exit in exits,
              f"{self._described()}: expected {asked[0]}, exit {' or '.join(sorted(exits))}; "
              f"got {state}, exit {exit}; reason {job['reason']}")

    def _described(self):
        return (f"{self.id} ({'timed out' if self.times_out else 'cancelled'}, shutdown_ms "
                f"{self.shutdown_ms}{', ignores SIGTERM' if self.is_stubborn else ''})")


def cancels(options):
    count = 20 if options.short else 100
    with Scene("cancel", options) as scene:
        scene.start()
        leftovers = Leftovers(scene)
        cases = [Case(scene, leftovers, number) for number in range(count)]
        scene.random.shuffle(cases)
        for times_out, at_once in enumerate(AT_ONCE):
            chosen = [case for case in cases if case.times_out == bool(times_out)]
            for at in range(0, len(chosen), at_once):
                _play(chosen[at:at + at_once])
        leftovers.check_none(f"{count} cancels")
        late = [case for case in cases if case.late_ms > 1000 * MORE_SECONDS]
        check(not late, f"{len(late)} of {count} took longer than shutdown_ms + 1 s: "
                        + ", ".join(f"{case._described()} {case.late_ms:.0f} ms" for case in late))
        scene.quiet()
        return {"jobs": count, "in time": count - len(late),
                "slowest ms after shutdown_ms": round(max(case.late_ms for case in cases))}


def _play(cases):
    errors = []

    def play(case):
        try:
            case.play()
        except (Failed, Unknown) as error:
            errors.append(error)
    threads = [threading.Thread(target=play, args=[case]) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


FAULTS = [
    Fault("cancel-100", "jobs with children, sessions of their own and ignored SIGTERM are "
          "cancelled, or their time is over; shutdown_ms from 0 to 500",
          "the whole tree is gone within shutdown_ms + 1 s, each time; exit as documented",
          cancels),
]
