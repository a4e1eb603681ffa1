"""Contacts in and out: CSV files, who is really who, and how good a merge is."""

import csv
import re
from collections import Counter, namedtuple

from generate import generate
from similarity import kind_of

Table = namedtuple("Table", "columns rows truth")  # truth: one label a row, or None
Quality = namedtuple("Quality", "precision recall")
TRUTH_COLUMN = "person"


class BadInput(Exception):
    """The file can't be used; the message says why."""


def load(path=None, truth_from=TRUTH_COLUMN):
    """The contacts of a CSV file, or generated ones.

    The truth is taken out of the table at once, so that neither the comparison nor the server ever
    sees it.
    """
    columns, rows = read_csv(path) if path else generate()
    truth = None
    if truth_from in columns:
        at = columns.index(truth_from)
        truth = [person_of(row[at]) for row in rows]
        columns = columns[:at] + columns[at + 1:]
        rows = [row[:at] + row[at + 1:] for row in rows]
    elif truth_from != TRUTH_COLUMN:
        raise BadInput(f"--truth-from {truth_from}: the columns are {', '.join(columns)}")
    if not any(map(kind_of, columns)):
        raise BadInput(f"none of the columns {', '.join(columns)} can be compared; "
                       "COLUMN_WORDS in similarity.py lists the names that are known")
    return Table(columns, rows, truth)


def read_csv(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            columns, *rows = [[value.strip() for value in row]
                              for row in csv.reader(file, skipinitialspace=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"can't read {path}: {error}") from error
    except ValueError:
        raise BadInput(f"{path} is empty") from None
    for number, row in enumerate(rows, 2):
        if len(row) != len(columns):
            raise BadInput(f"{path}, record {number}: {len(row)} values, "
                           f"but there are {len(columns)} columns")
    return columns, rows


def write_csv(path, columns, people):
    """One line a person; `merged_from` are the numbers of the rows it was made from, from 1."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, "merged_from"])
        for person in people:
            numbers = " ".join(str(member + 1) for member in person["members"])
            writer.writerow([*person["contact"], numbers])


def person_of(label):
    """Copies are often labelled as such: rec-17-org and rec-17-dup-2 are both rec-17."""
    return re.sub(r"-(org|dup)\b.*", "", label)


def quality(groups, truth):
    """Precision and recall over all pairs of contacts, not only over those that were compared."""
    group_of = {member: number for number, group in enumerate(groups) for member in group}
    merged = [group_of[row] for row in range(len(truth))]
    right = pairs_within(zip(merged, truth))
    return Quality(share(right, pairs_within(merged)), share(right, pairs_within(truth)))


def pairs_within(labels):
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def share(part, whole):
    return part / whole if whole else 1.0
