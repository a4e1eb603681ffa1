"""Makes contacts as they pile up in real address books: people more than once, and misspelt.

The last column, `person`, says who is who, so that the merge, which never sees it, can be judged.
The same count and seed make the same contacts.

    python3 generate.py > contacts.csv
    python3 generate.py --count 20000 --seed 7 --out contacts.csv
"""

import argparse
import csv
import random
import sys
from collections import Counter, namedtuple

from similarity import NICKNAMES

COLUMNS = ["contact_id", "first_name", "last_name", "email", "phone", "birthday", "street",
           "postcode", "city", "person"]
Place = namedtuple("Place", "street postcode city")

GIVEN = """alexander amelia andrew anthony aisha benjamin bridget carlos catherine charles charlotte
    chloe christopher claire daniel david deborah dimitra edward elena elizabeth emma fatima florian
    francesca frederick george georgia gregory hannah harriet helen ines isabella jacob james
    jennifer john joseph joshua katarina laura lydia margaret maria matthew michael miriam mohammed
    nicholas nikos olivia oscar patricia pauline peter philip priya rebecca richard robert samuel
    sarah sofia sophie stephen susan thomas valerie victoria vincent walter william yusuf
    zoe""".split()
COMMON_FAMILIES = """ahmed anderson bailey brown campbell clarke cooper costa dimitriou evans
    fischer garcia green hall harris hughes jackson johnson jones kaur khan kowalski lee martin
    meyer miller mitchell morris murphy nguyen papadopoulos patel phillips roberts robinson rossi
    schmidt singh smith taylor thompson walker white williams wilson wright young""".split()
BEGINNINGS = """ash bar black bram brook cal carl chester clif cran dal dun east el fair farn glen
    graf green hal ham harl hart hazel hol hunt kim king lang lin mal mar mill nor oak pem pres rad
    red rock ruther san shel sil stan sut thorn wal wat wel west whit win wood""".split()
ENDINGS = """berry bridge brook burn bury by combe croft dale den field ford gate grove ham hurst
    ington land ley more shaw stead ston thorpe ton ville wick wood worth""".split()
STREET_TYPES = {"street": "st", "road": "rd", "avenue": "ave", "lane": "ln", "close": "cl",
                "drive": "dr", "place": "pl", "crescent": "cres"}
SOUNDS = [("ph", "f"), ("ck", "k"), ("c", "k"), ("ie", "y"), ("ei", "ie"), ("y", "i"), ("th", "t"),
          ("ai", "ay"), ("ss", "s"), ("ll", "l"), ("tt", "t"), ("z", "s"), ("ou", "u"), ("w", "v")]
NICKNAMES_OF = {}
for nick, formal in NICKNAMES.items():
    if nick != formal:
        NICKNAMES_OF.setdefault(formal, []).append(nick)


# ---------------------------------------------------------------- people

class People:
    """Invents people, about one in eight of them a relative of the one before."""

    def __init__(self, rng):
        self.rng = rng
        self.count = 0
        self.last = None
        self.mails = Counter()
        self.cities = [self.place_name() for _ in range(120)]

    def next(self):
        rng, self.count = self.rng, self.count + 1
        given, home = rng.choice(GIVEN), self.home()
        relative = rng.random() < 0.13 and self.last and self.last["first_name"] != given
        family = self.last["last_name"] if relative else self.family()
        person = {
            "first_name": given, "last_name": family,
            "email": self.mail(given, family), "phone": self.phone(),
            "birthday": self.birthday(), **home._asdict(), "person": str(self.count)}
        if relative:
            person.update({column: self.last[column] for column in Place._fields})
            if rng.random() < 0.3:
                person["phone"] = self.last["phone"]  # the telephone in the hall
        self.last = person
        return person

    def place_name(self):
        return self.rng.choice(BEGINNINGS) + self.rng.choice(ENDINGS)

    def family(self):
        return self.rng.choice(COMMON_FAMILIES) if self.rng.random() < 0.3 else self.place_name()

    def home(self):
        number, street_type = self.rng.randint(1, 180), self.rng.choice(list(STREET_TYPES))
        city = self.rng.randrange(len(self.cities))
        postcode = str(10000 + 700 * city + self.rng.randrange(40))
        return Place(f"{number} {self.place_name()} {street_type}", postcode, self.cities[city])

    def birthday(self):
        year, month, day = (self.rng.randint(*r) for r in ((1930, 2008), (1, 12), (1, 28)))
        return f"{year}-{month:02}-{day:02}"

    def phone(self):
        return f"555-{self.rng.randint(200, 999)}-{self.rng.randint(0, 9999):04}"

    def mail(self, given, family):
        """An address that nobody else has."""
        name = self.rng.choice([f"{given}.{family}", f"{given[0]}{family}", f"{family}{given[:3]}"])
        domain = self.rng.choice(["example.com", "example.net", "example.org"])
        self.mails[name] += 1
        return f"{name}{self.mails[name] if self.mails[name] > 1 else ''}@{domain}"


# ---------------------------------------------------------------- what goes wrong with a copy

def misspelt(rng, text):
    """One wrong, missing, added or moved letter (or digit)."""
    if len(text) < 2:
        return text
    at = rng.randrange(len(text) - 1)
    letter = rng.choice("0123456789" if text[at].isdigit() else "abcdefghijklmnopqrstuvwxyz")
    return rng.choice([text[:at] + letter + text[at + 1:], text[:at] + text[at + 1:],
                       text[:at] + letter + text[at:],
                       text[:at] + text[at + 1] + text[at] + text[at + 2:]])


def typing_error(rng, contact, people):
    """In any column; a hand slips twice in one word now and then."""
    column = rng.choice(COLUMNS[1:-1])
    for _ in range(1 if rng.random() < 0.85 else 2):
        contact[column] = misspelt(rng, contact[column])


def missing(rng, contact, people):
    contact[rng.choice(COLUMNS[1:-1])] = ""


def heard_on_the_phone(rng, contact, people):
    """Written as it sounds: filip meier for philip meyer."""
    column = rng.choice(["first_name", "last_name", "city"])
    fitting = [(a, b) for a, b in SOUNDS if a in contact[column]]
    if fitting:
        contact[column] = contact[column].replace(*rng.choice(fitting))


def nickname(rng, contact, people):
    given = contact["first_name"]
    contact["first_name"] = rng.choice(NICKNAMES_OF.get(given, [given[:1]]))


def names_swapped(rng, contact, people):
    contact["first_name"], contact["last_name"] = contact["last_name"], contact["first_name"]


def day_and_month_swapped(rng, contact, people):
    parts = contact["birthday"].split("-")
    if len(parts) == 3:
        contact["birthday"] = f"{parts[0]}-{parts[2]}-{parts[1]}"


def moved(rng, contact, people):
    contact.update(people.home()._asdict())


def married(rng, contact, people):
    contact["last_name"] = people.family()


def other_mail(rng, contact, people):
    contact["email"] = people.mail(contact["first_name"] or "me", contact["last_name"])


def other_phone(rng, contact, people):
    contact["phone"] = people.phone()


ERRORS = {typing_error: 40, missing: 18, heard_on_the_phone: 8, nickname: 8, other_mail: 6,
          other_phone: 6, moved: 6, names_swapped: 3, day_and_month_swapped: 3, married: 2}


def written_differently(rng, contact):
    """Not wrong, but another custom: capitals, national dates, telephone and street styles."""
    style = rng.randrange(3)
    if style == 1:
        for column in ("first_name", "last_name", "city"):
            contact[column] = contact[column].title()
        contact["birthday"] = "/".join(reversed(contact["birthday"].split("-")))
        contact["phone"] = contact["phone"] and "+1 " + contact["phone"].replace("-", " ")
    if style == 2:
        words = contact["street"].split(" ")
        contact["street"] = " ".join(STREET_TYPES.get(word, word) for word in words)
        contact["last_name"] = contact["last_name"].upper()


# ---------------------------------------------------------------- the address book

def generate(count=5000, seed=1):
    """The column names and `count` rows, in which about half the people occur more than once."""
    rng = random.Random(seed)
    people, contacts = People(rng), []
    while len(contacts) < count:
        person = people.next()
        for copy in range(rng.choices([1, 2, 3, 4, 5], [48, 26, 14, 8, 4])[0]):
            contact = dict(person)
            for _ in range(rng.choice([0, 1, 1, 2, 2, 3]) if copy else 0):
                rng.choices(list(ERRORS), list(ERRORS.values()))[0](rng, contact, people)
            written_differently(rng, contact)
            contacts.append(contact)
    del contacts[count:]
    rng.shuffle(contacts)
    rows = [[contact.get(column, "") for column in COLUMNS] for contact in contacts]
    for number, row in enumerate(rows, 1):
        row[0] = f"c{number}"
    return COLUMNS, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000, help="how many contacts (5000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other contacts (1)")
    parser.add_argument("--out", help="the CSV file to write (standard output)")
    options = parser.parse_args()
    columns, rows = generate(options.count, options.seed)
    target = open(options.out, "w", newline="", encoding="utf-8") if options.out else sys.stdout
    with target:
        csv.writer(target, lineterminator="\n").writerows([columns, *rows])


if __name__ == "__main__":
    main()
