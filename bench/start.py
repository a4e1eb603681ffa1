"""How long a node takes to start: from the POST of its job to the first line of user code."""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from measure import Table, real_python, spread, verdict
from stage import Stage

WARM_UP = 20  # jobs that are not counted: the server's own code is cold at first
PER_SERVER = 20
SETTLE_SECONDS = 0.3  # between two samples: nothing else is to run, and the spares are there again
SPARE_MS_MAX = 10
BURST, CONNECTIONS = 200, 8
WIDE = 64

SOURCE = """import time
now = time.time_ns()
node.emit(now)
"""


def measure_start(command, runs):
    """Interleaved: the interpreter alone, a server with spares, one without, and again."""
    python, first, spare, cold, burst, wide = [], [], [], [], [], []
    executable = real_python()
    for _ in range(runs):
        python += [interpreter_ms(executable) for _ in range(PER_SERVER)]
        with Stage(command) as stage:
            stage.api.get_text("/livez")
            time.sleep(5 * SETTLE_SECONDS)
            first.append(first_line_ms(stage, "first"))
            spare += settled(stage, "spare")
            burst.append(per_second(stage, BURST))
            time.sleep(5 * SETTLE_SECONDS)
            wide.append(all_running_ms(stage, WIDE))
        with Stage(command, ["--spares", "0"]) as stage:
            cold += settled(stage, "cold")
        with Stage(command) as stage:
            isolation = stage.api.get("/v1/info")["isolation"]
    rows = [[f"{os.path.basename(executable)} -c pass, from spawn to end", *row(python)],
            ["a job that gets a spare", *row(spare)],
            ["the first job of a server, a spare", *row(first)],
            ["a job without spares: the sandbox and the interpreter start", *row(cold)],
            [f"{WIDE} nodes of one job, until the last one's first line", *row(wide)],
            [f"{BURST} jobs of one node in a burst: first lines a second", *row(burst)]]
    return Table("From POST /v1/jobs to the first line of user code, ms",
                 ["what", "samples", "median", "min", "max"], rows,
                 [f"Isolation: {isolation}. A server keeps 4 spares unless told otherwise; "
                  f"{WARM_UP} jobs before the counted ones.",
                  verdict("A job that gets a spare", statistics.median(spare), SPARE_MS_MAX,
                          " ms")])


def row(samples):
    return [str(len(samples)), *spread(samples, "{:,.1f}")]


def interpreter_ms(executable):
    started = time.monotonic()
    pid = os.posix_spawn(executable, [executable, "-c", "pass"], os.environ)
    os.waitpid(pid, 0)
    return (time.monotonic() - started) * 1000


def settled(stage, name):
    samples = []
    for n in range(WARM_UP + PER_SERVER):
        time.sleep(SETTLE_SECONDS)
        samples.append(first_line_ms(stage, f"{name}-{n}"))
    return samples[WARM_UP:]


def first_line_ms(stage, job_id):
    return all_running_ms(stage, 1, job_id)


def all_running_ms(stage, nodes, job_id="wide"):
    started = time.time_ns()
    stage.submit(job_id, SOURCE, num_of_nodes=nodes)
    stage.await_end(job_id)
    return (max(stage.values(job_id)) - started) / 1e6


def per_second(stage, jobs):
    """Submits them all at once, and looks when the last one ran its first line."""
    names = [f"burst-{n}" for n in range(jobs)]
    started = time.time_ns()
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        list(connections.map(lambda name: stage.submit(name, SOURCE), names))
    for name in names:
        stage.await_end(name)
    last = max(stage.values(name)[0] for name in names)
    return jobs / ((last - started) / 1e9)
