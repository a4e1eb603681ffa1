"""What a store full of scheduled jobs costs: the server at rest, lists, and single jobs."""

import os
import random
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from measure import Table, ratio, spread
from stage import Stage

FEW, BULK = 1_000, 10_000
IDLE_SECONDS = 10
CALLS = 100
DELAYED = 20
RATIO_MOST = 1.2
KINDS = ['{"cron": "0 3 * * *", "timezone": "Europe/Athens"}', '"2099-01-01T00:00:00Z"',
         '"P3000D"', '"manual"']
PATHS = {
    "GET /v1/jobs?limit=100": lambda n: "/v1/jobs?limit=100",
    "GET /v1/jobs?state=scheduled&label=team=a&limit=100":
        lambda n: "/v1/jobs?state=scheduled&label=team=a&limit=100",
    "GET /v1/jobs/{id}, of a random one": lambda n: f"/v1/jobs/s{random.randrange(n)}",
}


def measure_schedule(command, runs, many):
    """Two servers side by side, one with few scheduled jobs and one with many, asked in turns."""
    random.seed(1)
    with ExitStack() as stack:
        stages = {count: stack.enter_context(Stage(command)) for count in (FEW, many)}
        filled = {count: fill(stage, count) for count, stage in stages.items()}
        samples = {}
        for _ in range(runs):
            both(samples, "the server at rest: CPU ms a second, the stager and all else", stages,
                 lambda stage, _: cpu_ms_a_second(stage.server.pid), 1)
            for name, path in PATHS.items():
                both(samples, f"{name}, ms", stages,
                     lambda stage, count, path=path: call_ms(stage, path(count)), CALLS)
        both(samples, "from the end of a delay to the start of the job, ms", stages,
             lambda stage, _: late_ms(stage), DELAYED)
    rows = [[name, *spread(of[FEW], "{:,.2f}"), *spread(of[many], "{:,.2f}"),
             f"{ratio(of[many], of[FEW]):.2f}"] for name, of in samples.items()]
    return Table(f"{many:,} scheduled jobs in the store, against {FEW:,}",
                 ["what", f"median of {FEW:,}", "min", "max", f"median of {many:,}", "min", "max",
                  "ratio"], rows,
                 [f"The ratio is the median of those of samples taken one after the other; target: "
                  f"at most {RATIO_MOST}. The {many:,} jobs were submitted in bulk, "
                  f"{many / filled[many]:,.0f} a second."])


def both(samples, name, stages, sample, times):
    of = samples.setdefault(name, {count: [] for count in stages})
    for _ in range(times):
        for count, stage in stages.items():
            of[count].append(sample(stage, count))


def fill(stage, count):
    """How many seconds it took."""
    started = time.monotonic()
    for first in range(0, count, BULK):
        lines = [f'{{"id": "s{n}", "when": {KINDS[n % len(KINDS)]}, "source": "pass", '
                 f'"labels": {{"team": "{"ab"[n % 2]}"}}}}'
                 for n in range(first, min(first + BULK, count))]
        stage.api.call("POST", "/v1/jobs", "\n".join(lines).encode(), "application/x-ndjson")
    return time.monotonic() - started


def cpu_ms_a_second(pid):
    before = cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(pid) - before) * 1000 / IDLE_SECONDS


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def call_ms(stage, path):
    stage.api.get_text("/livez")  # the connection may have been idle for too long
    started = time.perf_counter()
    stage.api.call("GET", path)
    return (time.perf_counter() - started) * 1000


def late_ms(stage):
    job_id = f"late{random.getrandbits(60)}"
    stage.submit(job_id, "pass", when="PT1S")
    job = stage.await_end(job_id)
    waited = instant(job["started_at"]) - instant(job["created_at"])
    return waited.total_seconds() * 1000 - 1000


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
