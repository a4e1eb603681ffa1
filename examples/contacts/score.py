"""The score job, as many nodes as you like: each takes items from the queue and compares.

`handle` is called with one item at a time; what it returns becomes one result of the job, kept in
the same step as the item's acknowledgement. A node that dies loses nothing: its item goes to
another node.
"""

from functools import lru_cache

from similarity import Comparer


def matches_in(comparer, item):
    """[[i, j, bits], …] for the pairs of an item that are one person."""
    matches = []
    for i, j in pairs_of(item):
        bits = comparer.match(i, j)
        if bits is not None:
            matches.append([i, j, round(bits, 1)])
    return matches


def pairs_of(item):
    if "pairs" in item:
        return item["pairs"]
    first, end = item["rows"]
    return ((i, j) for i in range(first, end) for j in range(i))


@lru_cache(maxsize=None)
def comparer():
    """Made once a node, from the contacts that came with the job."""
    return Comparer(node.args["columns"], node.args["rows"])


def handle(item):
    return matches_in(comparer(), item)
