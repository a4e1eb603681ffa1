"""Looks for what an ended job left behind while its server, and spare nodes, go on."""

import processes
from harness import Failed, await_that

GONE_SECONDS = 15  # how soon is not what is tried
SPARES = 4  # that a server keeps for each language


class Leftovers:
    """Notes what jobs have, while they run; later, what of it is still there."""

    def __init__(self, scene):
        self.scene = scene
        self._processes = {}  # pid -> start time
        self._homes = set()
        self._first = self._directories()  # there may be some of no node

    def _directories(self):
        return {path.name for path in self.scene.runtime.glob("n[0-9]*")}

    def note(self, pid):
        """A node's process and everything below it. Returns its home, or None if it has ended."""
        below = processes.descendants(pid)
        self._processes.update(below)
        homes = (processes.home(each, self.scene.runtime) for each in below)
        home = next(filter(None, homes), None)
        if home:
            self._homes.add(home)
        return home

    def check_none(self, when):
        """No process, mount, cgroup or directory of what was noted; and what there is beside it,
        now that no job runs, is at most spares, whole and alive."""
        try:
            await_that(lambda: not self.left(), "", GONE_SECONDS, 0.05)
        except Failed:
            raise Failed(f"{when}: {GONE_SECONDS} s after its end there are left: "
                         f"{'; '.join(self.left())}") from None

    def left(self):
        runtime = self.scene.runtime
        left = [f"process {pid}" for pid, started in self._processes.items()
                if processes.is_alive(pid, started)]
        left += [f"mount {line}" for line in processes.mounts(runtime)]
        alive = set(processes.homes(runtime).values())
        idle = self._first - alive - self._homes
        here = {"processes": alive,
                "cgroups": {path.name for path in processes.cgroups(runtime)
                            if path.parent.name == runtime.name},
                "directories": self._directories() - idle}
        for kind, homes in here.items():
            left += [f"{kind} of {home}" for home in sorted(homes & self._homes)]
            if len(homes) > SPARES:
                left.append(f"{kind} of more than {SPARES} spares: {sorted(homes)}")
        if here["directories"] != here["processes"]:
            left.append(f"directories without processes, or the reverse: {here}")
        if here["cgroups"] and here["cgroups"] != here["processes"]:
            left.append(f"cgroups without processes, or the reverse: {here}")
        return left
