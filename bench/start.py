"""How long a node takes to start: from the POST of its job to the first line of user code."""

import os
import time

from measure import Table, real_python, spread, verdict
from stage import Stage
import statistics

WARM_PER_SERVER = 6
SERVERS_PER_RUN = 1
SETTLE_SECONDS = 0.3  # between two samples: nothing else is to run
COLD_FACTOR, COLD_EXTRA_MS = 1.5, 10

SOURCE = """import time
now = time.time_ns()
node.emit(now)
"""


def measure_start(command, runs):
    """Interleaved: the interpreter alone, the first job of a server, more jobs, and again."""
    python, cold, warm = [], [], []
    executable = real_python()
    for _ in range(runs * SERVERS_PER_RUN):
        python.append(interpreter_ms(executable))
        with Stage(command) as stage:
            stage.api.get_text("/livez")
            time.sleep(SETTLE_SECONDS)
            cold.append(first_line_ms(stage, "cold"))
            for n in range(WARM_PER_SERVER):
                time.sleep(SETTLE_SECONDS)
                python.append(interpreter_ms(executable))
                time.sleep(SETTLE_SECONDS)
                warm.append(first_line_ms(stage, f"warm-{n}"))
    most = COLD_FACTOR * statistics.median(python) + COLD_EXTRA_MS
    target = f"{COLD_FACTOR} × python3 + {COLD_EXTRA_MS} ms"
    rows = [["python3 -c pass, from spawn to end", str(len(python)), *spread(python, "{:.1f}")],
            ["later jobs of a server", str(len(warm)), *spread(warm, "{:.1f}")],
            ["the first job of a server", str(len(cold)), *spread(cold, "{:.1f}")]]
    return Table("From POST /v1/jobs to the first line of user code, ms",
                 ["what", "samples", "median", "min", "max"], rows,
                 ["Every job starts an interpreter of its own: none is kept ready.",
                  verdict(f"Later jobs against {target}", statistics.median(warm), most, " ms"),
                  verdict(f"The first job against {target}", statistics.median(cold), most,
                          " ms")])


def interpreter_ms(executable):
    started = time.monotonic()
    pid = os.posix_spawn(executable, [executable, "-c", "pass"], os.environ)
    os.waitpid(pid, 0)
    return (time.monotonic() - started) * 1000


def first_line_ms(stage, job_id):
    started = time.time_ns()
    stage.submit(job_id, SOURCE)
    stage.await_end(job_id)
    [first_line] = stage.values(job_id)
    return (first_line - started) / 1e6
