"""Measures Erlust on this machine, each figure beside what it is compared with, in the same run.

    python3 bench/run.py                      everything: some ten minutes
    python3 bench/run.py items start          only these: items, backlog, submits, start,
                                              contacts, schedule, amqp, server
    python3 bench/run.py --record             writes bench/RESULTS.md
    python3 bench/run.py --server "java -jar target/erlust.jar serve" --runs 3

Only ratios mean something: absolute figures are those of this machine at this moment.
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

import measure
from all_pairs import measure_contacts
from amqp import measure_amqp
from footprint import measure_server
from harness import ROOT, server_command
from items import measure_backlog, measure_items
from schedule import measure_schedule
from start import measure_start
from submits import measure_submits

BENCHES = {
    "items": lambda options: measure_items(options.command, options.runs, options.items),
    "backlog": lambda options: measure_backlog(options.command, options.runs, options.backlog,
                                               options.items),
    "submits": lambda options: measure_submits(options.command, options.runs, options.jobs),
    "start": lambda options: measure_start(options.command, options.runs),
    "contacts": lambda options: measure_contacts(options.command, options.runs, os.cpu_count()),
    "schedule": lambda options: measure_schedule(options.command, options.runs, options.scheduled),
    "amqp": lambda options: measure_amqp(options.command, options.runs, options.amqp_items),
    "server": lambda options: measure_server(options.command, options.runs),
}


def main():
    options = arguments()
    parts = []
    for name in options.names or BENCHES:
        print(f"{name} …", file=sys.stderr, flush=True)
        text = as_markdown(BENCHES[name](options))
        print(text, flush=True)
        parts.append(text)
    if options.record:
        path = Path(__file__).with_name("RESULTS.md")
        path.write_text(head(options) + "\n" + "\n".join(parts), encoding="utf-8")
        print(f"written to {path}", file=sys.stderr)


def as_markdown(table):
    lines = [f"## {table.title}", "", "| " + " | ".join(table.columns) + " |",
             "|" + "---|" * len(table.columns)]
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    return "\n".join([*lines, "", *table.notes, ""])


def head(options):
    return f"""# Results

Made by `python3 bench/run.py --record` on {date.today()}. Only the ratios mean something: absolute
figures are those of one machine at one moment. Run it on yours. Medians of {options.runs} runs, in
which what is compared was measured in turns.

| | |
|---|---|
| machine | {os.cpu_count()} cores ({processor()}), {memory_gib():.0f} GiB |
| kernel | {platform.system()} {platform.release()} |
| Python | {python_version()} |
| Java | {java_version()} |
| Erlust | {git_version()} |
"""


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def python_version():
    return subprocess.run([measure.real_python(), "--version"], check=True, capture_output=True,
                          text=True).stdout.split()[1]


def java_version():
    finder = ROOT / ".mvn" / "find-jdk"
    found = subprocess.run([finder, "java"], capture_output=True, text=True)
    java = Path(found.stdout.strip() or os.environ.get("JAVA_HOME", "/usr")) / "bin" / "java"
    said = subprocess.run([java, "--version"], capture_output=True, text=True)
    return said.stdout.splitlines()[0] if said.stdout else "unknown"


def git_version():
    said = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                          capture_output=True, text=True)
    return said.stdout.strip() or "unknown"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="NAME",
                        help=f"what to measure: {', '.join(BENCHES)} (all)")
    parser.add_argument("--runs", type=int, default=5, help="of each (5)")
    parser.add_argument("--items", type=int, default=300_000, help="of a run of items (300,000)")
    parser.add_argument("--amqp-items", type=int, default=100_000,
                        help="of a run of items over RabbitMQ (100,000)")
    parser.add_argument("--scheduled", type=int, default=1_000_000,
                        help="scheduled jobs in the fuller store (1,000,000)")
    parser.add_argument("--backlog", type=int, default=3_000_000,
                        help="items that wait in the large backlog (3,000,000)")
    parser.add_argument("--jobs", type=int, default=10_000,
                        help="that are submitted in a run (10,000)")
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    parser.add_argument("--server", help="the command that starts a server, without --port and "
                                         "--data (ERLUST_SERVER, or ./erlust serve)")
    options = parser.parse_args()
    options.command = server_command(options.server)
    return options


if __name__ == "__main__":
    main()
