"""What the server itself takes: time to start, memory, the size of its jar."""

import time
from pathlib import Path

from measure import Table, spread, verdict
from stage import Stage, processes
import statistics

IDLE_SECONDS = 5
START_SECONDS_MOST, RSS_MIB_MOST, JAR_MIB_MOST = 1.5, 150, 40


def measure_server(command, runs):
    starts, sizes, jar = [], [], None
    with Stage(command):
        pass  # the launcher may build, and make its start-up cache
    for _ in range(runs):
        stage = Stage(command)
        started = time.monotonic()
        with stage:
            starts.append(time.monotonic() - started)
            time.sleep(IDLE_SECONDS)
            sizes.append(processes.rss_bytes(stage.server.pid) / 2**20)
            jar = jar or jar_of(stage.server.pid)
    jar_mib = jar.stat().st_size / 2**20
    rows = [["from exec to `listening on`, s", *spread(starts, "{:.2f}")],
            [f"resident memory after {IDLE_SECONDS} s idle, MiB", *spread(sizes)],
            ["jar, MiB", f"{jar_mib:.1f}", "", ""]]
    return Table("The server", ["what", "median", "min", "max"], rows, [
        verdict("Start", statistics.median(starts), START_SECONDS_MOST, " s"),
        verdict("Memory", statistics.median(sizes), RSS_MIB_MOST, " MiB"),
        verdict("Jar", jar_mib, JAR_MIB_MOST, " MiB")])


def jar_of(pid):
    """The jar that a Java process runs."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return Path(words[words.index("-jar") + 1]).resolve()
