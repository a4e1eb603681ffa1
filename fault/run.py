"""Plays faults against a real server, and counts what was lost.

    python3 fault/run.py                 all of them, in full
    python3 fault/run.py --short         all of them, small: some 3 minutes; `make test` runs this
    python3 fault/run.py poison --seed 7 --server "java -jar target/erlust.jar serve"

The seed is printed first: the same seed chooses the same moments. What fails keeps its directory,
with the server's log and the history. Ends with 0 if everything passed.
"""

import argparse
import random
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import amqp_clients
import amqp_kills
import callback_faults
import cancels
import clock
import corrupt_store
import disk_full
import drain
import duplicate_submits
import fsync_error
import hostile
import huge
import isolation
import many_submits
import node_kills
import pause
import pdeathsig
import poison
import server_kills
import test_checkers
import test_leftovers
import two_servers
import unresponsive
import upgrade
from fault import Skipped
from harness import Failed, server_command

LOADS = (test_checkers, test_leftovers, pdeathsig, node_kills, server_kills, poison, disk_full,
         callback_faults, huge, drain, isolation, clock, pause, many_submits, amqp_clients,
         amqp_kills)
LIGHT = (unresponsive, two_servers, duplicate_submits, fsync_error, corrupt_store, upgrade)
PUNCTUAL = (hostile, cancels)  # measure short times
FAULTS = [fault for module in LOADS + LIGHT + PUNCTUAL for fault in module.FAULTS]
ASIDE_AT_ONCE = 3


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # and clean up
    print(f"seed {options.seed}", flush=True)
    outcomes = play_all(chosen(options.names), options)
    print()
    for fault, outcome, figures, seconds in outcomes:
        report(fault, outcome, figures, seconds)
    failed = sum(outcome == "FAILED" for _, outcome, *_ in outcomes)
    skipped = sum(outcome == "skipped" for _, outcome, *_ in outcomes)
    print(f"{len(outcomes) - failed - skipped} passed, {failed} failed"
          + (f" ({skipped} skipped)" if skipped else ""))
    return 1 if failed else 0


def chosen(names):
    """The faults with these names, or whose names begin so; all if there are no names."""
    for name in names:
        if not any(fault.name.startswith(name) for fault in FAULTS):
            sys.exit(f"no fault is called {name}; there are " +
                     ", ".join(fault.name for fault in FAULTS))
    return [fault for fault in FAULTS
            if not names or any(fault.name.startswith(name) for name in names)]


def play_all(faults, options):
    """[(fault, outcome, figures or why not, seconds)]: one after the other; beside them, from the
    start, the light ones and those that mostly wait; the punctual ones alone, when all have ended.
    """
    outcomes = []
    aside = ThreadPoolExecutor(ASIDE_AT_ONCE)
    try:
        begun = {fault: aside.submit(play, fault, options) for fault in faults if is_aside(fault)}
        for fault in sorted(faults, key=turn):
            print(f"{fault.name} …", end=" ", flush=True)
            outcome, figures, seconds = begun[fault].result() if fault in begun else play(
                fault, options)
            print(f"{outcome} ({seconds:.1f} s)", flush=True)
            if outcome == "FAILED":
                print(figures, flush=True)
            outcomes.append((fault, outcome, figures, seconds))
    finally:
        aside.shutdown(cancel_futures=True)
    return outcomes


def is_aside(fault):
    return fault.aside or is_of(LIGHT, fault)


def turn(fault):
    return 2 if is_of(PUNCTUAL, fault) else int(is_aside(fault))


def is_of(modules, fault):
    return any(fault in module.FAULTS for module in modules)


def play(fault, options):
    """(outcome, figures or why not, seconds)."""
    started = time.monotonic()
    try:
        outcome, figures = "passed", fault.run(options)
    except Skipped as why:
        outcome, figures = "skipped", str(why)
    except Failed as why:
        outcome, figures = "FAILED", f"{why}\n{where(why)}"
    except Exception:
        outcome, figures = "FAILED", traceback.format_exc()
    return outcome, figures, time.monotonic() - started


def where(error):
    """The innermost fault program's line, for a report that needs no whole traceback."""
    return "".join(traceback.format_tb(error.__traceback__)[-3:]).rstrip()


def report(fault, outcome, figures, seconds):
    print(f"{outcome:8}{fault.name:22}{seconds:6.1f} s  {fault.how}")
    print(f"{'':16}asserted: {fault.asserted}")
    if isinstance(figures, dict):
        figures = ", ".join(f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value}"
                            for name, value in figures.items())
    else:
        figures = figures.splitlines()[0]
    print(f"{'':16}figures:  {figures}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="which faults, by name or how it begins (all)")
    parser.add_argument("--short", action="store_true", help="smaller numbers")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000),
                        help="for the moments and victims (a new one each time)")
    parser.add_argument("--server", help="the command that starts a server, without --port and "
                                         "--data (ERLUST_SERVER, or ./erlust serve)")
    options = parser.parse_args()
    options.command = server_command(options.server)
    return options


if __name__ == "__main__":
    sys.exit(main())
