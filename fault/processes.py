"""Looks at processes through /proc: which are nodes of a server, and which it left behind.

A node may run in a sandbox, where paths, pids and users are its own. From outside it is known by
its cgroup, by its mounts or by its environment: each names the server's runtime directory and, in
it, the node's own, `n` and a number: its *home*.
"""

import os
import re
import signal
from pathlib import Path

VARIABLE = "ERLUST_SOCKET"
CGROUPS = Path("/sys/fs/cgroup")
LIBRARY = b"erlust_node"  # in the command line of a process that runs a node


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def environment(pid):
    """{} for a process that is gone, a zombie, or another user's."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def homes(runtime):
    """{pid: its home} of all processes that live in this runtime directory: nodes, and whatever
    they started."""
    found = {pid: home(pid, runtime) for pid in pids()}
    return {pid: node for pid, node in found.items() if node}


def home(pid, runtime):
    """A process's home, as "n7"; None if it has none in this runtime directory."""
    pattern = re.compile(rf"/{re.escape(Path(runtime).name)}/(n\d+)\b".encode())
    for file in ("cgroup", "environ", "mountinfo"):
        match = pattern.search(_bytes(f"/proc/{pid}/{file}"))
        if match:
            return match[1].decode()
    return None


def _bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def nodes(runtime):
    return sorted(homes(runtime))


def cgroups(runtime):
    """All cgroups of a runtime directory, in every hierarchy, the innermost first."""
    name, found = Path(runtime).name, []
    for directory, _, _ in os.walk(CGROUPS, topdown=False):
        if name in Path(directory).parts:
            found.append(Path(directory))
    return found


def mounts(runtime):
    """The mounts of this machine's namespace that are in a runtime directory, or of it."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if f"/{Path(runtime).name}" in line]


def descendants(ancestor):
    """{pid: start time} of a living process and everything below it."""
    alive = {pid: is_a for pid in pids() if (is_a := identity(pid))}
    found, new = {}, [ancestor] if ancestor in alive else []
    while new:
        found.update((pid, alive[pid][1]) for pid in new)
        new = [pid for pid, (parent, _) in alive.items() if parent in new and pid not in found]
    return found


def program(pid):
    """The process that runs a node's library, at `pid` (the API's) or below it, where there are
    the sandbox's own processes in between; None if there is none (yet)."""
    if _runs_node(pid):
        return pid
    return next(filter(_runs_node, sorted(descendants(pid))), None)


def _runs_node(pid):
    words = _bytes(f"/proc/{pid}/cmdline").split(b"\0")
    return b"python" in words[0] and any(LIBRARY in word for word in words)


def identity(pid):
    """(parent, start time) of a living process; None for one that is gone or a zombie. Both pid and
    start time together name a process for ever."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else (int(fields[1]), int(fields[19]))


def children(parent):
    """{pid: start time} of the living children of a process."""
    found = {}
    for pid in pids():
        is_a = identity(pid)
        if is_a and is_a[0] == parent:
            found[pid] = is_a[1]
    return found


def maker(pid):
    """(id, name) of the thread that made a process and is still there; None if it is not."""
    status = identity(pid)
    for thread in Path(f"/proc/{status[0]}/task").iterdir() if status else ():
        if str(pid).encode() in _bytes(thread / "children").split():
            return int(thread.name), _bytes(thread / "comm").decode().strip()
    return None


def is_alive(pid, started):
    is_a = identity(pid)
    return bool(is_a) and is_a[1] == started


def rss_bytes(pid):
    """Resident memory of a process; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0][1]) * 1024 if lines else 0


def has_item_in_hand(pid):
    """Whether a node's hand file says so: its first number is not 0 (see clients/PROTOCOL.md)."""
    node = program(pid)
    path = environment(node).get("ERLUST_HAND") if node else None
    return bool(path) and any(_bytes(f"/proc/{node}/root{path}")[:8])


def kill(pid):
    """kill -9; False if it was gone already."""
    return _signal(pid, signal.SIGKILL)


def freeze(pid):
    return _signal(pid, signal.SIGSTOP)


def thaw(pid):
    return _signal(pid, signal.SIGCONT)


def _signal(pid, number):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False
