"""Looks at processes through /proc: which are nodes of a server, and which it left behind."""

import os
import signal
from pathlib import Path

VARIABLE = "ERLUST_SOCKET"


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def environment(pid):
    """{} for a process that is gone, a zombie, or another user's."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def nodes(runtime):
    """The pids of all processes whose environment has a socket in this runtime directory: nodes,
    and whatever they started."""
    return [pid for pid in pids() if environment(pid).get(VARIABLE, "").startswith(f"{runtime}/")]


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
    try:
        hand = Path(environment(pid).get("ERLUST_HAND", "")).read_bytes()
    except OSError:
        return False
    return any(hand[:8])


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
