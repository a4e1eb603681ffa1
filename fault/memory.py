"""Whether a server's memory grows: its resident memory, and what is alive in its heap."""

import re
import statistics
import subprocess
import threading
from pathlib import Path

import processes
from harness import check

MIB = 1 << 20
RESIDENT_BYTES = 640 * MIB  # a heap of 512 MiB, and the machine under it
GROWN_LIVE_BYTES = 32 * MIB
SAMPLE_SECONDS = 0.25


class Watch(threading.Thread):
    """From its making to `finish()`."""

    def __init__(self, pid, with_heap):
        super().__init__(daemon=True)
        self.pid, self.over, self.samples = pid, threading.Event(), []
        self.live_before = live_bytes(pid) if with_heap else None
        self.start()

    def run(self):
        while not self.over.wait(SAMPLE_SECONDS):
            self.samples.append(processes.rss_bytes(self.pid))

    def finish(self):
        """Checks that it is bounded and flat. Returns figures."""
        self.over.set()
        self.join()
        most = max(self.samples)
        check(most < RESIDENT_BYTES, f"the server had {most >> 20} MiB of memory")
        part = max(1, len(self.samples) // 4)
        first, last = (statistics.median(each) for each in
                       (self.samples[part:2 * part] or self.samples, self.samples[-part:]))
        figures = {"resident MiB": f"{int(first) >> 20} then {int(last) >> 20}, "
                                   f"at most {most >> 20}"}
        if self.live_before:
            live = live_bytes(self.pid)
            check(live < self.live_before + GROWN_LIVE_BYTES, f"{live >> 20} MiB are alive in the "
                  f"heap, {self.live_before >> 20} were before")
            figures["live heap MiB"] = f"{self.live_before >> 20} then {live >> 20}"
        return figures


def live_bytes(pid):
    """What is left in the heap after a collection; None without the JDK's jcmd."""
    try:
        jcmd = Path(f"/proc/{pid}/exe").resolve().parent / "jcmd"
        subprocess.run([jcmd, str(pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
        said = subprocess.run([jcmd, str(pid), "GC.heap_info"], check=True, encoding="utf-8",
                              stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    used = re.findall(r"total (\d+)K, used (\d+)K", said)  # not those of metaspace
    return sum(int(each) for _, each in used) * 1024 if used else None
