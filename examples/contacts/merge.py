"""The merge job, one node: makes people out of matches, and one contact out of each person.

A chain of matches is not enough: a like b, and b like c, makes them one person only if a and c
don't contradict it. So groups join, strongest match first, when the pairs across them are alike on
average.
"""

from collections import Counter

from similarity import ADDRESS, Comparer, kind_of, normalise

CHAIN_SHARE = 0.5  # of the bits of a match: what the pairs across two groups need on average


def groups_of(comparer, matches):
    """Lists of the contacts that are one person, each in order; every contact is in one list."""
    group_of = {contact: [contact] for contact in range(comparer.size)}
    strongest_first = sorted(matches, key=lambda match: (-match[2], match))
    for i, j, _ in strongest_first:
        left, right = group_of[i], group_of[j]
        if left is not right and belong_together(comparer, left, right):
            left.extend(right)
            group_of.update((contact, left) for contact in right)
    distinct = {id(group): sorted(group) for group in group_of.values()}
    return sorted(distinct.values())


def belong_together(comparer, left, right):
    bits = sum(comparer.bits(i, j) for i in left for j in right)
    return bits / (len(left) * len(right)) >= CHAIN_SHARE * comparer.threshold


def merged_contact(columns, contacts):
    """One contact out of several: in each column what most say; if they differ, the fullest.

    The parts of an address come from one contact, so that no street gets into another town.
    """
    kinds = [kind_of(column) for column in columns]
    fullest_first = sorted(contacts, key=lambda contact: contact.count(""))
    meanings = [[normalise(kind, value) for kind, value in zip(kinds, contact)]
                for contact in fullest_first]
    home = fullest_first[most_agreed(meanings, [kind in ADDRESS for kind in kinds])]
    return [home[at] if kind in ADDRESS else most_said(at, fullest_first, meanings)
            for at, kind in enumerate(kinds)]


def most_agreed(meanings, which):
    """The number of the contact whose chosen columns most others agree with."""
    said = [Counter(column) for column in zip(*meanings)]

    def agreement(number):
        return sum(count[value] for count, value, chosen in zip(said, meanings[number], which)
                   if chosen and value)
    return max(range(len(meanings)), key=agreement)


def most_said(at, contacts, meanings):
    """The value of a column that most contacts have, in whatever spelling comes first."""
    said = Counter(meaning[at] for meaning in meanings if meaning[at]) or Counter([""])
    winner = said.most_common(1)[0][0]
    return next(contact[at] for contact, meaning in zip(contacts, meanings)
                if meaning[at] == winner)


def main():
    node.ready()
    columns, rows = node.args["columns"], node.args["rows"]
    groups = groups_of(Comparer(columns, rows), node.args["matches"])
    node.emit_all({"members": group, "contact": merged_contact(columns, [rows[i] for i in group])}
                  for group in groups)
