"""Are these two contacts the same person? Spelling, likeness and evidence.

Evidence is counted in bits. If two contacts share a value that one in 256 has, that is worth 8
bits: learned from the contacts themselves, so a shared "smith" counts less than a shared
"sondergeld". Clear differences count against. A pair is a match when its bits outweigh the odds
against any two contacts being one person, which grow with the number of contacts.

Only columns whose names say what they hold (COLUMN_WORDS) are compared; all others are ignored.
This file travels with every job, in front of the node's own source.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache
from math import log2

COLUMN_WORDS = {  # what a column is: the first kind of which a word begins a word of its name
    "mail": ("mail", "email"),
    "phone": ("phone", "mobile", "tel"),
    "identifier": ("soc_sec", "social_sec", "ssn", "passport", "tax_id"),
    "birth": ("birth", "dob"),
    "given": ("given", "first_name", "firstname", "forename"),
    "family": ("surname", "last_name", "lastname", "family"),
    "number": ("street_number", "house_number"),
    "postcode": ("postcode", "post_code", "postal", "zip"),
    "town": ("suburb", "city", "town"),
    "street": ("street", "address"),
    "region": ("state", "region", "province"),
}

# What agreement on a property is worth at most, and what a clear difference costs, in bits.
# A family shares its name, its house and often its phone: none of them may decide alone.
MOST = {"identifier": 12, "mail": 12, "phone": 9, "birth": 10, "given": 8, "family": 9,
        "street": 9, "number": 4, "postcode": 6, "town": 5, "region": 2}
DIFFERENT = {"identifier": -4, "mail": -2, "phone": -2, "birth": -5, "given": -4, "family": -3,
             "street": -2, "number": -1, "postcode": -1, "town": -1, "region": -1}
ADDRESS = ("street", "number", "postcode", "town", "region")
HOME_LEAST = -4  # phone and address in all: people move
RELATIVE_MOST = 4  # what the family name alone is worth, without the given name
NAMES_SWAPPED = -1
SAFETY = 3  # bits beyond even odds: about one wrong match in ten that only just pass

NICKNAMES = {nick: names.split()[0] for names in (
    "alexander alex sandy xander", "andrew andy drew", "anthony tony", "benjamin ben benny",
    "catherine cathy kate katie", "charles charlie chuck", "christopher chris kit",
    "daniel dan danny", "david dave davy", "edward ed eddie ted", "elizabeth liz beth betty eliza",
    "frederick fred freddie", "gregory greg", "jacob jake", "james jim jimmy jamie",
    "jennifer jen jenny", "john jack johnny", "joseph joe joey", "joshua josh",
    "margaret maggie meg peggy", "matthew matt", "michael mike mick micky", "nicholas nick nicky",
    "patricia pat patty trish", "peter pete", "rebecca becky", "richard rick dick rich",
    "robert bob rob bobby", "samuel sam", "susan sue susie", "thomas tom tommy", "victoria vicky",
    "william bill will billy liam") for nick in names.split()}
STREET_TYPES = frozenset(
    "street st road rd avenue ave place pl crescent cres circuit cct drive dr court ct close cl "
    "lane ln way boulevard blvd".split())


# ---------------------------------------------------------------- how a value is written

def kind_of(column):
    """What a column holds, by its name; None if it is not compared."""
    name = "_" + re.sub(r"[^a-z]+", "_", column.lower())
    for kind, words in COLUMN_WORDS.items():
        if any("_" + word in name for word in words):
            return kind
    return None


def normalise(kind, text):
    """One spelling for what is the same: no case, accents, punctuation, spaces or prefixes."""
    text = text.strip().lower()
    if not text:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    if kind == "birth":
        return date_digits(text)
    if kind == "phone":
        return re.sub(r"\D", "", text)[-9:]  # without the country or the trunk prefix
    if kind == "mail":
        return text
    words = re.findall(r"[a-z0-9]+", text)
    if kind == "street":
        words = [word for word in words if word not in STREET_TYPES] or words
    return "".join(words)


def date_digits(text):
    """1979-04-02, 19790402 and 2/4/1979 are all 19790402."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    return "".join(part.zfill(2) for part in parts)


# ---------------------------------------------------------------- how alike two values are

@lru_cache(maxsize=1 << 18)
def jaro_winkler(a, b):
    """From 0 (nothing in common) to 1 (equal); a common beginning counts extra."""
    if a == b:
        return 1.0
    window = max(len(a), len(b)) // 2 - 1
    free = list(b)
    common_a = []
    places = []
    for at, letter in enumerate(a):
        for other in range(max(0, at - window), min(len(b), at + window + 1)):
            if free[other] == letter:
                free[other] = None
                common_a.append(letter)
                places.append(other)
                break
    if not common_a:
        return 0.0
    places.sort()
    moved = sum(letter != b[at] for letter, at in zip(common_a, places)) // 2
    common = len(common_a)
    jaro = (common / len(a) + common / len(b) + (common - moved) / common) / 3
    prefix = 0
    while prefix < min(4, len(a), len(b)) and a[prefix] == b[prefix]:
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


@lru_cache(maxsize=1 << 16)
def soundex(name):
    """The sound of an English name: its first letter and three digits, smith = smyth = s530."""
    codes = [SOUND.get(letter, "") for letter in name]
    kept, before = [], codes[0] if codes else ""
    for letter, code in zip(name[1:], codes[1:]):
        if code and code != before:
            kept.append(code)
        if letter not in "hw":
            before = code
    return name and name[0] + "".join(kept)[:3].ljust(3, "0")


SOUND = {letter: str(code) for code, letters in enumerate(
    ("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters}


def one_slip(a, b):
    """Whether one wrong, missing, added or moved letter makes a into b."""
    if abs(len(a) - len(b)) > 1:
        return False
    start, end_a, end_b = 0, len(a), len(b)
    while start < min(end_a, end_b) and a[start] == b[start]:
        start += 1
    while min(end_a, end_b) > start and a[end_a - 1] == b[end_b - 1]:
        end_a, end_b = end_a - 1, end_b - 1
    rest_a, rest_b = a[start:end_a], b[start:end_b]
    return len(rest_a) <= 1 and len(rest_b) <= 1 or len(rest_a) == 2 and rest_a == rest_b[::-1]


def names_alike(a, b):
    """0 for different names, up to 1 for equal ones."""
    if a[0] != b[0] and a[-1] != b[-1]:
        return 0.0  # cheap, and nearly always right: a slip seldom hits both ends of a name
    if len(a) == 1 or len(b) == 1:
        return 0.2 if a[0] == b[0] else 0.0  # an initial
    likeness = jaro_winkler(a, b) if a < b else jaro_winkler(b, a)
    if likeness > 0.87:
        return 1 - 4 * (1 - likeness)
    return 0.3 if soundex(a) == soundex(b) else 0.0


def given_alike(a, b):
    """As names_alike, but knows that Bill is William."""
    if NICKNAMES.get(a, a) == NICKNAMES.get(b, b):
        return 0.85
    return names_alike(a, b)


def numbers_alike(a, b):
    """0, or 0.7 for numbers or dates that are one slip of the pen apart."""
    if a[:3] != b[:3] and a[-3:] != b[-3:] and len(a) > 6:
        return 0.0  # cheap, and exact: a slip leaves one end of a long number as it was
    if one_slip(a, b) or len(a) == 8 and a == b[:4] + b[6:] + b[4:6]:  # day and month swapped
        return 0.7
    return 0.0


def mails_alike(a, b):
    """As numbers_alike; the ends looked at first are longer, because so many end in gmail.com."""
    return 0.3 if (a[:3] == b[:3] or a[-13:] == b[-13:]) and one_slip(a, b) else 0.0


def streets_alike(a, b):
    """How much of the shorter address is in the longer one, in whatever order of its lines."""
    grams_a, grams_b = letter_pairs(a), letter_pairs(b)
    shared = len(grams_a & grams_b) / (min(len(grams_a), len(grams_b)) or 1)
    return (shared - 0.4) / 0.6 if shared > 0.5 else 0.0


@lru_cache(maxsize=1 << 17)
def letter_pairs(text):
    """The set of pairs of neighbouring letters."""
    return frozenset(map("".join, zip(text, text[1:])))


# ---------------------------------------------------------------- what likeness is worth

ALIKE = {"identifier": numbers_alike, "mail": mails_alike, "phone": numbers_alike,
         "birth": numbers_alike, "given": given_alike, "family": names_alike,
         "street": streets_alike, "number": numbers_alike, "postcode": numbers_alike,
         "town": names_alike, "region": one_slip}


class Property:
    """One kind of value, and what it is worth in bits that two contacts agree on it."""

    def __init__(self, kind, values):
        counts = Counter(value for value in values if value)
        total = sum(counts.values())
        self.most = MOST[kind]
        self.different = DIFFERENT[kind]
        self.alike = ALIKE[kind]
        self.worth = {value: min(self.most, log2(total / n)) for value, n in counts.items()}
        self.worth[""] = 0.0  # unknown on both sides

    def bits(self, a, b):
        if a == b:
            return self.worth[a]
        if not a or not b:
            return 0.0
        share = self.alike(a, b)
        if not share:
            return self.different
        return share * min(self.worth.get(a, self.most), self.worth.get(b, self.most))


class Names:
    """The given and the family name together, because people swap them."""

    def __init__(self, given, family):
        self.given, self.family = Property("given", given), Property("family", family)
        self.most = self.given.most + self.family.most

    def bits(self, a, b):
        given_a, family_a = a
        given_b, family_b = b
        given = self.given.bits(given_a, given_b)
        family = self.family.bits(family_a, family_b)
        if given < 0 and given_a[0] == family_b[:1]:
            swapped = self.given.bits(given_a, family_b)
            if swapped > 0:
                given, family = swapped, self.family.bits(family_a, given_b) + NAMES_SWAPPED
        return given + min(family, RELATIVE_MOST + max(given, 0))


class Home:
    """Telephone and address together: one house explains them all, so their sum has a limit.

    With a family name they stay short of a match: a family shares all that.
    """

    def __init__(self, parts, threshold):
        self.most = threshold - RELATIVE_MOST - 1
        self.parts = [Property(kind, values).bits for kind, values in parts]

    def bits(self, a, b):
        bits = sum(part(x, y) for part, x, y in zip(self.parts, a, b))
        return max(HOME_LEAST, min(self.most, bits))


class Comparer:
    """Compares the contacts of one table: its column names, and its rows as lists of texts."""

    def __init__(self, columns, rows):
        self.size = len(rows)
        self.threshold = log2(max(2, self.size)) + SAFETY
        self.values = defaultdict(list)  # kind -> the normalised values of each of its columns
        for at, column in enumerate(columns):
            kind = kind_of(column)
            if kind:
                self.values[kind].append([normalise(kind, row[at]) for row in rows])
        names = self.joined("given"), self.joined("family")
        home = self.each("phone") + [(kind, self.joined(kind)) for kind in ADDRESS]
        alone = self.each("identifier", "birth", "mail")
        properties = [Property(kind, values) for kind, values in alone]
        properties += [Names(*names), Home(home, self.threshold)]
        self.contacts = list(zip(*(values for _, values in alone), zip(*names),
                                 zip(*(values for _, values in home))))
        self.compare = [one.bits for one in properties]
        still_most = [sum(one.most for one in properties[at + 1:]) for at in range(len(properties))]
        self.hopeless = [self.threshold - most for most in still_most]

    def each(self, *kinds):
        """(kind, values) of every column of these kinds."""
        return [(kind, values) for kind in kinds for values in self.values[kind]]

    def joined(self, kind):
        """All columns of a kind as one, such as the lines of an address."""
        return ["".join(values) for values in zip(*self.values[kind])] or [""] * self.size

    def bits(self, i, j):
        """The evidence that contacts i and j are one person; negative: that they are not."""
        both = zip(self.compare, self.contacts[i], self.contacts[j])
        return sum(compare(a, b) for compare, a, b in both)

    def match(self, i, j):
        """The bits of a match; None as soon as what is left can't make it one."""
        bits = 0.0
        for compare, a, b, hopeless in zip(
                self.compare, self.contacts[i], self.contacts[j], self.hopeless):
            bits += compare(a, b)
            if bits < hopeless:
                return None
        return bits
