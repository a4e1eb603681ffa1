"""The split job, one node: decides which contacts are worth comparing and puts them to the queue.

An item of the queue is either {"pairs": [[i, j], …]} or {"rows": [first, end]}, which stands for
each contact of those rows with every contact before it. Putting the same items again, after a
restart, does no harm: the same matches are found twice.
"""

from collections import defaultdict
from itertools import combinations

from similarity import NICKNAMES, Comparer, soundex

PAIRS_PER_ITEM = 100
ROWS_COMPARISONS_PER_ITEM = 5000
BLOCK_MOST = 50  # what more contacts than these have in common says little


def block_keys(comparer):
    """For every contact the keys under which its likes are looked for.

    One slip of the pen changes some of them, but seldom all: the numbers as they are, and names by
    their sound, each beside something else.
    """
    exact = enumerate(comparer.each("identifier", "mail", "phone", "birth"))
    keys = [set() for _ in range(comparer.size)]
    for column, (_, values) in exact:
        for own, value in zip(keys, values):
            if value:
                own.add((column, value))
    columns = map(comparer.joined, ("given", "family", "street", "number", "postcode", "town"))
    for own, (given, family, street, number, postcode, town) in zip(keys, zip(*columns)):
        given, family = soundex(NICKNAMES.get(given, given)), soundex(family)
        if given and family:
            own.add(("names", *sorted((given, family))))
        own.update((name, postcode) for name in (given, family) if name and postcode)
        if family and town:
            own.add((family, soundex(town)))
        if street:
            own.add((street[:6], number))
    return keys


def candidate_pairs(comparer):
    """The pairs that share a key, each once, in order."""
    blocks = defaultdict(list)
    for contact, keys in enumerate(block_keys(comparer)):
        for key in keys:
            blocks[key].append(contact)
    pairs = set()
    for block in blocks.values():
        if len(block) <= BLOCK_MOST:
            pairs.update(combinations(block, 2))
    return sorted(pairs)


def items_of(comparer, all_pairs=False):
    """The items of the queue, and how many comparisons they are together."""
    if all_pairs:
        return list(row_items(comparer.size)), comparer.size * (comparer.size - 1) // 2
    pairs = candidate_pairs(comparer)
    return [{"pairs": pairs[start:start + PAIRS_PER_ITEM]}
            for start in range(0, len(pairs), PAIRS_PER_ITEM)], len(pairs)


def row_items(size):
    """Ranges of rows with about the same number of comparisons each: later rows have more."""
    first = comparisons = 0
    for row in range(size):
        comparisons += row
        if comparisons >= ROWS_COMPARISONS_PER_ITEM or row == size - 1:
            yield {"rows": [first, row + 1]}
            first, comparisons = row + 1, 0


def main():
    node.ready()
    queue = node.q_connect()
    comparer = Comparer(node.args["columns"], node.args["rows"])
    items, comparisons = items_of(comparer, node.args["all_pairs"])
    node.q_put_all(queue, items)
    node.emit({"items": len(items), "comparisons": comparisons})
