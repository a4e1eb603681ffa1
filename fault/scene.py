"""The scene of one fault: a directory, a seeded chance, a history, a server; and what has to be
true when it is over."""

import random
import shutil
import tempfile
import time
from pathlib import Path

import processes
from harness import Api, Failed, Server, await_that, check
from history import History

NODES_GONE_SECONDS = 1.0  # after their server was killed
QUIET_SECONDS = 30  # until all is as it stays; how soon is not what is tried


class Scene:
    """Used as `with Scene(…) as scene`: its directory is deleted, unless something failed."""

    def __init__(self, name, options, server_options=()):
        self.name, self.short = name, options.short
        self.random = random.Random(f"{options.seed} {name}")
        self.directory = Path(tempfile.mkdtemp(prefix=f"erlust-{name}-"))
        self.data = self.directory / "data"
        self.history = History(self.directory / "history.jsonl")
        self.server = Server(
            options.command, self.data, self.directory / "server.log", server_options)
        self.api = Api(self.server)
        self._runtimes = []  # of every life of the server, the latest last
        self._children = {}  # pid -> start time, of every child seen

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.server.is_running():
            self.look()
            self.server.kill()
        for runtime in self._runtimes:
            for pid in processes.nodes(runtime):
                processes.kill(pid)
            shutil.rmtree(runtime, ignore_errors=True)
            for cgroup in processes.cgroups(runtime):
                _remove_cgroup(cgroup)
        if kind is None:
            shutil.rmtree(self.directory)

    def start(self):
        self.server.start()
        self.look()

    def look(self):
        """Notes what this life of the server owns: its runtime directory and its children."""
        record = self.data / "runtime"
        if record.exists():
            runtime = record.read_text().strip()
            if runtime and runtime not in self._runtimes:
                self._runtimes.append(runtime)
        self._children.update(processes.children(self.server.pid))

    @property
    def runtime(self):
        """The directory where the server keeps its nodes' files."""
        return Path(self._runtimes[-1])

    def kill_server(self):
        """kill -9 at once. Returns after how many seconds the last of its nodes was gone."""
        self.look()
        self.server.kill()
        killed = time.monotonic()
        while self._left_over():
            check(time.monotonic() - killed < NODES_GONE_SECONDS,
                  f"processes outlive their killed server: {self._described()}")
            time.sleep(0.01)
        return time.monotonic() - killed

    def _held(self, queue, dead_too=False):
        """Where a queue has items: without the dead ones, if those are wanted."""
        counts = self.api.queue(queue)
        kinds = ["ready", "in_hand", "retrying"] + ([] if dead_too else ["dead"])
        return {kind: counts[kind] for kind in kinds}

    def _left_over(self):
        alive = [pid for pid, started in self._children.items()
                 if processes.is_alive(pid, started)]
        return sorted({*alive, *(pid for runtime in self._runtimes
                                 for pid in processes.nodes(runtime))})

    def _described(self):
        def words(pid):
            try:
                return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                return "(gone meanwhile)"
        return ", ".join(f"{pid} {words(pid)}" for pid in self._left_over())

    def quiet(self, empty=(), dead=()):
        """The quiescence checker, the last thing in a scene: queues empty, the server stops when it
        is asked to, and nothing of it is left. `dead` are queues whose dead items are wanted."""
        for name in (*empty, *dead):
            await_that(lambda: not any(self._held(name, name in dead).values()),
                       lambda: f"queue {name} to be empty: {self._held(name)}", QUIET_SECONDS)
        self.look()
        code = self.server.stop()
        check(code == 0, f"the server ended with {code}, not 0; its last words:\n"
              f"{self.server.last_words()}")
        try:
            await_that(lambda: not self._left_over(), "all processes to be gone", QUIET_SECONDS)
        except Failed:
            raise Failed(f"processes are left over: {self._described()}") from None
        check(self._runtimes, "the server has named no runtime directory in data/runtime")
        for runtime in self._runtimes:
            check(not Path(runtime).exists(), f"a runtime directory is left over: {runtime}")
            for what in (processes.cgroups, processes.mounts):
                left = what(runtime)
                check(not left, f"{what.__name__} of {runtime} are left over: {left}")


def _remove_cgroup(cgroup):
    """Tries for a while: the processes in it were killed a moment ago."""
    for _ in range(40):
        try:
            return cgroup.rmdir()
        except OSError:
            time.sleep(0.05)
