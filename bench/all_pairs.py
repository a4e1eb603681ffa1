"""A whole application: examples/contacts compares all pairs, and so does multiprocessing."""

import re
import subprocess
import sys
import time

from measure import Table, ratio, real_python, spread, verdict
from stage import Stage
from harness import ROOT, check

EXAMPLE = ROOT / "examples" / "contacts"
CONTACTS = 2000
RATIO_MOST = 1.15


def measure_contacts(command, runs, workers):
    """Both do the same comparisons and find the same people; only what carries the work differs."""
    sys.path.insert(0, str(EXAMPLE))
    from contacts import load
    columns, rows, _ = load()
    rows = rows[:CONTACTS]
    erlust, pool = [], []
    with Stage(command) as stage:
        with_erlust(stage, "warm-up", columns, rows, workers)
        for run in range(runs):
            seconds, people = with_multiprocessing(workers)
            pool.append(seconds)
            seconds, found = with_erlust(stage, f"run-{run}", columns, rows, workers)
            erlust.append(seconds)
            check(found == people, f"Erlust found {found} people, multiprocessing {people}")
    comparisons = CONTACTS * (CONTACTS - 1) // 2
    share = ratio(erlust, pool)
    table = [["multiprocessing.Pool", *spread(pool, "{:.2f}"), "1"],
             ["Erlust", *spread(erlust, "{:.2f}"), f"{share:.2f}"]]
    return Table(f"All pairs of {CONTACTS:,} contacts ({comparisons:,} comparisons, {workers} "
                 "processes), s", ["what", "median", "min", "max", "ratio"], table,
                 ["From the first job's POST to the last comparison's acknowledgement, against "
                  "what with_multiprocessing.py says of the same part of its work. One run on the "
                  "server is made before and not counted.",
                  verdict("Ratio", share, RATIO_MOST)])


def with_multiprocessing(workers):
    """(seconds to split and compare, people found)."""
    words = [real_python(), "with_multiprocessing.py", "--all-pairs", "--processes", str(workers),
             "--first", str(CONTACTS)]
    done = subprocess.run(words, cwd=EXAMPLE, check=True, capture_output=True, text=True)
    seconds = re.search(r"([\d.]+) s to split and compare", done.stdout).group(1)
    people = re.search(r"contacts are ([\d,]+) people", done.stdout).group(1)
    return float(seconds), int(people.replace(",", ""))


def with_erlust(stage, name, columns, rows, workers):
    """The same, as the example's application does it, without its callbacks."""
    from app import distinct, source_of
    from merge import groups_of
    from similarity import Comparer
    contacts = {"columns": columns, "rows": rows}
    started = time.monotonic()
    stage.submit(f"{name}-split", source_of("split.py"), queue=name, produces=[name],
                 args={**contacts, "all_pairs": True})
    stage.submit(f"{name}-score", source_of("score.py"), queue=name, num_of_nodes=workers,
                 args=contacts)
    stage.await_end(f"{name}-score")
    seconds = time.monotonic() - started
    matches = distinct(stage.values(f"{name}-score"))
    return seconds, len(groups_of(Comparer(columns, rows), matches))
