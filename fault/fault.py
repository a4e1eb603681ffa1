"""What a fault program hands to run.py."""

from collections import namedtuple

# name: on the command line. how: the fault is injected. asserted: what has to hold in spite of it.
# run(options): plays it; returns figures for the table, or raises. aside: it mostly waits, so it
# is played beside the others.
Fault = namedtuple("Fault", "name how asserted run aside", defaults=[False])


class Skipped(Exception):
    """This machine can't play it; the message says why."""
