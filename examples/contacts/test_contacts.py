"""Tests of the comparison and the merge, without a server: python3 -m unittest"""

import random
import unittest
from itertools import combinations
from types import SimpleNamespace

from contacts import load, person_of, quality
from generate import COLUMNS, generate
from merge import groups_of, merged_contact
from score import pairs_of
from similarity import (Comparer, date_digits, jaro_winkler, kind_of, names_alike, normalise,
                        numbers_alike, one_slip, soundex)
from split import candidate_pairs, row_items

PEOPLE = ["first_name", "last_name", "email", "phone", "birthday", "street", "city"]
ANNA = ["Anna", "Sondergeld", "anna@example.com", "555-201-3344", "1979-04-02", "7 Kent St", "Ryde"]


def comparer_of(*contacts, columns=PEOPLE):
    """With a thousand strangers around them, so that coincidences have a price."""
    strangers = generate(1000, seed=9)[1]
    at = [COLUMNS.index(column) for column in columns]
    return Comparer(columns, [*contacts, *([row[i] for i in at] for row in strangers)])


def but(contact, **changes):
    return [changes.get(column, value) for column, value in zip(PEOPLE, contact)]


class LikenessTest(unittest.TestCase):
    def test_jaro_winkler_gives_the_published_values(self):
        for a, b, expected in (("martha", "marhta", 0.961), ("dixon", "dicksonx", 0.813),
                               ("dwayne", "duane", 0.840), ("same", "same", 1), ("ab", "xy", 0)):
            self.assertAlmostEqual(jaro_winkler(a, b), expected, places=3)

    def test_soundex_gives_the_published_values(self):
        for name, code in (("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"),
                           ("tymczak", "t522"), ("pfister", "p236"), ("", "")):
            self.assertEqual(soundex(name), code)

    def test_one_slip_is_one_letter_wrong_missing_added_or_moved(self):
        for other in ("tailor", "tylor", "taaylor", "atylor", "taylor"):
            self.assertTrue(one_slip("taylor", other), other)
        for other in ("talor2", "tlyaor", "tay", "roylat"):
            self.assertFalse(one_slip("taylor", other), other)

    def test_the_cheap_look_at_both_ends_of_a_number_never_hides_a_slip(self):
        rng = random.Random(1)
        for _ in range(2000):
            number = "".join(rng.choice("0123456789") for _ in range(8))
            at = rng.randrange(7)
            for other in (number[:at] + number[at + 1:], number[:at] + "5" + number[at:],
                          number[:at] + "5" + number[at + 1:],
                          number[:at] + number[at + 1] + number[at] + number[at + 2:]):
                self.assertEqual(numbers_alike(number, other), 0.7, (number, other))

    def test_misspelt_names_are_alike_and_different_names_are_not(self):
        for a, b in (("mccarthy", "mccattmhy"), ("emma", "emam"), ("shepherd", "shepard")):
            self.assertGreater(names_alike(a, b), 0.2, (a, b))
        self.assertEqual(names_alike("berry", "waller"), 0)

    def test_a_value_has_one_spelling_however_it_is_written(self):
        for kind, a, b in (("birth", "1979-04-02", "2/4/1979"), ("family", "O'Brien", "o brien"),
                           ("phone", "+1 555 201 3344", "555-201-3344"),
                           ("town", "Žilina", "zilina"), ("street", "7 Kent Street", "7 kent st")):
            self.assertEqual(normalise(kind, a), normalise(kind, b))
        self.assertEqual(date_digits("19790402"), "19790402")

    def test_columns_are_known_by_their_names_and_labels_are_left_alone(self):
        kinds = {"given_name": "given", "Last Name": "family", "E-mail": "mail", "Mobile": "phone",
                 "street_number": "number", "address_2": "street", "soc_sec_id": "identifier",
                 "date_of_birth": "birth", "Postal Code": "postcode", "rec_id": None,
                 "person": None, "contact_id": None, "estate": None}
        self.assertEqual({column: kind_of(column) for column in kinds}, kinds)


class ComparerTest(unittest.TestCase):
    def test_slips_nicknames_and_moves_do_not_hide_a_person(self):
        kate = but(ANNA, first_name="Catherine")
        for one, other in ((ANNA, but(ANNA, first_name="Ana", birthday="1979-02-04")),
                           (ANNA, but(ANNA, street="12 Elm Road", city="Cork", phone="")),
                           (kate, but(kate, first_name="Kate", email="kate@example.net")),
                           (ANNA, but(ANNA, first_name="Sondergeld", last_name="Anna", email=""))):
            self.assertIsNotNone(comparer_of(one, other).match(0, 1), other)

    def test_a_family_in_one_house_with_one_telephone_stays_several_people(self):
        sister = but(ANNA, first_name="Ruth", email="ruth@example.com", birthday="1981-11-23")
        mother = but(ANNA, first_name="Ingrid", email="", birthday="")
        for other in (sister, mother, but(mother, first_name="")):
            self.assertIsNone(comparer_of(ANNA, other).match(0, 1), other)

    def test_rare_names_count_more_than_common_ones(self):
        smith = but(ANNA, last_name="Smith")
        comparer = comparer_of(smith, smith, ANNA, ANNA)
        self.assertGreater(comparer.bits(2, 3), comparer.bits(0, 1))

    def test_giving_up_early_never_changes_the_answer(self):
        columns, rows = generate(300, seed=5)
        comparer = Comparer(columns, rows)
        for i, j in combinations(range(300), 2):
            bits = comparer.bits(i, j)
            self.assertEqual(comparer.match(i, j), bits if bits >= comparer.threshold else None)

    def test_contacts_without_any_known_column_match_nobody(self):
        self.assertIsNone(Comparer(["colour"], [["red"], ["red"]]).match(0, 1))


class SplitAndMergeTest(unittest.TestCase):
    def test_blocking_keeps_nearly_all_true_pairs_and_few_others(self):
        columns, rows = generate(2000, seed=3)
        pairs = candidate_pairs(Comparer(columns, rows))
        same = {(i, j) for i, j in combinations(range(2000), 2) if rows[i][-1] == rows[j][-1]}
        self.assertGreater(len(same & set(pairs)) / len(same), 0.995)
        self.assertLess(len(pairs), 10 * len(same))
        self.assertEqual(len(pairs), len(set(pairs)))

    def test_row_items_stand_for_every_pair_exactly_once(self):
        for size in (0, 1, 2, 250):
            pairs = [pair for item in row_items(size) for pair in pairs_of(item)]
            self.assertEqual(sorted(pairs), sorted((i, j) for i in range(size) for j in range(i)))

    def test_a_chain_does_not_join_contacts_that_contradict_each_other(self):
        evidence = {(0, 1): 20, (1, 2): 20, (0, 2): -30}
        comparer = SimpleNamespace(size=4, threshold=15,
                                   bits=lambda i, j: evidence[min(i, j), max(i, j)])
        self.assertEqual(groups_of(comparer, [[0, 1, 20], [1, 2, 19]]), [[0, 1], [2], [3]])
        evidence[0, 2] = 5
        self.assertEqual(groups_of(comparer, [[0, 1, 20], [1, 2, 19]]), [[0, 1, 2], [3]])

    def test_a_merged_contact_takes_what_most_say_and_one_address(self):
        moved = but(ANNA, street="9 Hill Lane", city="Cork", phone="")
        misspelt = but(ANNA, last_name="Sondergel", city="ryde")
        merged = merged_contact(PEOPLE, [moved, misspelt, ANNA])
        self.assertEqual(merged[1], "Sondergeld")
        self.assertEqual(merged[5:], ["7 Kent St", "ryde"])

    def test_quality_counts_pairs_of_contacts(self):
        precision, recall = quality([[0, 1, 2], [3]], ["a", "a", "b", "b"])
        self.assertEqual((precision, recall), (1 / 3, 1 / 2))
        self.assertEqual(person_of("rec-17-dup-2"), person_of("rec-17-org"))


class GeneratorTest(unittest.TestCase):
    def test_the_same_seed_makes_the_same_contacts(self):
        self.assertEqual(generate(200, seed=4), generate(200, seed=4))
        self.assertNotEqual(generate(200, seed=4), generate(200, seed=5))

    def test_it_makes_as_many_contacts_as_asked_with_people_more_than_once(self):
        columns, rows = generate(500)
        self.assertEqual((columns, len(rows)), (COLUMNS, 500))
        self.assertLess(len({row[-1] for row in rows}), 350)

    def test_the_truth_never_stays_in_the_table(self):
        table = load()
        self.assertNotIn("person", table.columns)
        self.assertEqual({len(row) for row in table.rows}, {len(table.columns)})
        self.assertEqual(len(table.truth), 5000)


if __name__ == "__main__":
    unittest.main()
