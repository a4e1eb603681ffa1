"""What a fault program hands to run.py."""

from collections import namedtuple

# name: on the command line. how: the fault is injected. asserted: what has to hold in spite of it.
# run(options): plays it; returns figures for the table, or raises.
Fault = namedtuple("Fault", "name how asserted run")


class Skipped(Exception):
    """This machine can't play it; the message says why."""
