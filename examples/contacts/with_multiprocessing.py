"""The same work without Erlust: multiprocessing.Pool on one machine, for comparison.

    python3 with_multiprocessing.py
    python3 with_multiprocessing.py --processes 4 --all-pairs contacts.csv

Same comparison, same items, same merge. What it has not got: contacts that come over HTTP, a
process that dies without hanging the rest, work that survives a restart, a look from outside.
"""

import argparse
import multiprocessing
import sys
import time

from contacts import TRUTH_COLUMN, BadInput, load, quality
from merge import groups_of
from score import matches_in
from similarity import Comparer
from split import items_of

comparer = None  # of this process


def prepare(columns, rows):
    global comparer
    comparer = Comparer(columns, rows)


def compare(item):
    return matches_in(comparer, item)


def main():
    options = arguments()
    try:
        table = load(options.csv, options.truth_from)
    except BadInput as error:
        sys.exit(f"error: {error}")
    contacts = table.columns, table.rows[:options.first]
    started = time.monotonic()
    whole = Comparer(*contacts)
    items, comparisons = items_of(whole, options.all_pairs)
    with multiprocessing.Pool(options.processes, prepare, contacts) as pool:
        found = pool.imap_unordered(compare, items)
        matches = [match for matches in found for match in matches]
    compared = time.monotonic()
    groups = groups_of(whole, matches)
    print(f"{whole.size:,} contacts are {len(groups):,} people; "
          f"{comparisons:,} comparisons in {len(items):,} items, {options.processes} processes")
    print(f"{compared - started:.2f} s to split and compare, "
          f"{comparisons / (compared - started):,.0f} comparisons a second; "
          f"{time.monotonic() - compared:.2f} s to merge")
    if table.truth:
        precision, recall = quality(groups, table.truth[:options.first])
        print(f"precision {precision:.4f}, recall {recall:.4f}, over all pairs of contacts")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", nargs="?", help="a file of contacts (5,000 generated ones)")
    parser.add_argument("--processes", type=int, default=2, help="how many (2)")
    parser.add_argument("--all-pairs", action="store_true", help="compare each with each")
    parser.add_argument("--first", type=int, help="only so many contacts of the file")
    parser.add_argument("--truth-from", default=TRUTH_COLUMN, metavar="COLUMN",
                        help=f"the column that says who is who, never compared ({TRUTH_COLUMN})")
    return parser.parse_args()


if __name__ == "__main__":
    main()
