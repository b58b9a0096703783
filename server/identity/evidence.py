"""What speaks for two records being one person, and what against it, in bits.

A bit doubles the odds. Agreement on a rare value weighs more than on a common one.
Source: Fellegi and Sunter, "A Theory for Record Linkage", 1969; frequencies after Winkler, 2000.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log2

from msgspec.structs import replace
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from schemas.record import Struct
from server.identity.person import Born, Person
from sync.names import are_two_names, is_short_form, short_initials, sound_of

CERTAIN_ID = 22.0
HOUSEHOLD = 6.0  # bits of shared address, phone and e-mail from which two people are of one household
STRANGER = -0.5  # the odds, at most, that two records with different given names are one person all the same
NAMESAKE = -0.5  # the odds, at most, that two records with nothing but a name in common are one person
BESIDE = 4.0  # bits beside the name from which they have something else in common
ALONE = 5.0  # a birth date by itself, in whatever town, names nobody
FEWEST = 1000  # a handful of records is still drawn from a town of people
MANY_USERS = 6
GENERATION_YEARS = 15  # of one name at one address: a parent and a child
TWIN = 6.5  # what one birth date is worth within a household: one pair in a hundred are twins


class Finding(Struct):
    """One reason: a field, what was found, and its weight in bits (negative speaks against)."""

    field: str
    found: str  # same, sounds, slip, short, initial, part, swapped, differs, ...
    bits: float


class Evidence(Struct):
    """All that was found about a pair."""

    findings: tuple[Finding, ...]
    bits: float


class Frequencies:
    """How common values are among the records known: what agreement on one is worth."""

    def __init__(self) -> None:
        self._count: dict[str, Counter[str]] = {
            field: Counter() for field in ("given", "family", "town", "postcode", "street")
        }
        self._total: Counter[str] = Counter()
        self._users: dict[
            str, list[str]
        ] = {}  # contact -> given names of those who use it, unlike one another
        self.records = 0

    def add(self, person: Person) -> None:
        """Count a record."""
        self.records += 1
        for field, values in (
            ("given", person.given[:1]), ("family", person.family), ("town", (person.town,)),
            ("postcode", (person.postcode,)), ("street", (" ".join(person.street),)),
        ):  # fmt: skip
            for value in values:
                if value:
                    self._count[field][value] += 1
                    self._total[field] += 1
        self.add_users(person)

    @classmethod
    def counted(cls, counts: Mapping[str, int]) -> "Frequencies":
        """Return frequencies from sums kept elsewhere: "family roux" -> 12, "all family" -> 90,000."""
        known = cls()
        for name, count in counts.items():
            field, _, value = name.partition(" ")
            if name == "all records":
                known.records = count
            elif field == "all":
                known._total[value] = count
            else:
                known._count[field][value] = count
        return known

    def add_users(self, person: Person) -> None:
        """Note who uses her e-mails and phones."""
        if person.given:
            for contact in (*person.emails, *person.phones):
                users = self._users.setdefault(contact, [])
                if len(users) < MANY_USERS and all(
                    alike(person.given[0], each) == "differs" for each in users
                ):
                    users.append(person.given[0])

    @property
    def chance(self) -> float:
        """How many bits it takes to make up for there being so many people."""
        return log2(max(FEWEST, self.records))

    def bits(self, field: str, value: str, *, least: float, most: float) -> float:
        """Return what agreement on a value is worth: the rarer the more, between two bounds."""
        count, total = self._count[field][value], self._total[field]
        return min(most, max(least, log2((total + 50) / (count + 1.0))))

    def users(self, contact: str) -> int:
        """Return how many people with unlike given names use an e-mail or a phone."""
        return len(self._users.get(contact, ()))


@lru_cache(maxsize=200_000)
def alike(one: str, other: str) -> str:
    """Return how two folded words agree: same, short, sounds, slip, initial, near or differs."""
    if one == other:
        return "same"
    if is_short_form(one, other):
        return "short"
    if len(one) == 1 or len(other) == 1:
        letter, name = sorted((one, other), key=len)
        return "initial" if letter == name[0] or letter in short_initials(name) else "differs"
    longest = max(len(one), len(other))
    distance = OSA.distance(one, other, score_cutoff=3)
    if distance == 1 and longest >= 3:
        return "slip"
    if min(len(one), len(other)) >= 3 and sound_of(one) == sound_of(other):
        return "sounds"
    if _without_vowels(one, other):
        return "sounds"
    if (distance == 2 and longest >= 6) or (distance == 3 and longest >= 10) or _jumbled(one, other):
        return "slips"
    if are_two_names(one, other):
        return "differs"
    if JaroWinkler.similarity(one, other) >= 0.93:
        return "near"
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return "short"
    return "differs"


_VOWELS = str.maketrans("", "", "aeiouyw")


def _without_vowels(one: str, other: str) -> bool:
    """Whether one word is the other as a script writes it that leaves vowels out."""
    bare = [word.translate(_VOWELS) for word in (one, other)]
    if min(len(each) for each in bare) < 3 or all(set(word) & set("aeiou") for word in (one, other)):
        return False
    sounds = ["".join(a for a, b in zip(each, " " + each, strict=False) if a != b) for each in bare]
    return sounds[0].replace("q", "k") == sounds[1].replace("q", "k")


def _jumbled(one: str, other: str) -> bool:
    """Whether two words are of the very same letters, typed out of turn."""
    return len(one) == len(other) >= 5 and one != other and sorted(one) == sorted(other)


_KEPT = {"same": 1.0, "short": 0.7, "sounds": 0.75, "slip": 0.75, "slips": 0.45, "near": 0.4, "initial": 0.2}


def _names(field: str, one: tuple[str, ...], other: tuple[str, ...], known: Frequencies) -> Finding | None:
    """Compare the words of two names; the best pairing of words counts."""
    if not one or not other:
        return None
    best: tuple[float, str] = (-99.0, "differs")
    for a in one:
        for b in other:
            how = alike(a, b)
            if how == "differs":
                continue
            worth = min(
                known.bits(field, a, least=3.0, most=12.0), known.bits(field, b, least=3.0, most=12.0)
            )
            if how != "same":
                worth = max(
                    known.bits(field, a, least=3.0, most=9.0), known.bits(field, b, least=3.0, most=9.0)
                )
                worth = min(worth, 8.0)
            best = max(best, (worth * _KEPT[how], how))
    if best[1] == "differs":
        joined = alike("".join(one), "".join(other))
        if joined not in ("differs", "initial"):
            return Finding(field=field, found=joined, bits=5.0)
        return Finding(field=field, found="differs", bits=-6.5 if field == "given" else -4.0)
    return Finding(field=field, found=best[1], bits=best[0])


def _both_names(one: Person, other: Person, known: Frequencies) -> list[Finding]:
    straight = [
        _names("given", one.given, other.given, known),
        _names("family", one.family, other.family, known),
    ]
    found = [each for each in straight if each]
    if len(found) == 2 and all(each.bits > 0 for each in found):
        return found
    crossed = [
        _names("family", one.given, other.family, known),
        _names("given", one.family, other.given, known),
    ]
    across = [each for each in crossed if each]
    if len(across) == 2 and all(each.bits > 0 and each.found != "initial" for each in across):
        total = sum(each.bits for each in across) - 2.0
        if total > sum(each.bits for each in found):
            half = total / 2
            return [Finding(field=field, found="swapped", bits=half) for field in ("given", "family")]
    if (given := straight[0]) and given.bits > 0 and _former(one, other):
        return [given, Finding(field="family", found="former", bits=4.0)]
    if len(one.given + one.family) != len(other.given + other.family) and _joined(one, other):
        return [Finding(field="family", found="joined", bits=9.0)]
    if not any(each.bits > 0 for each in found):
        sure = [each for each in across if each.found in ("same", "slip", "sounds")]
        if len(sure) == 1:
            rest = [each for each in across if each is not sure[0]]
            return [Finding(field="given", found="swapped", bits=sure[0].bits * 0.8), *rest]
    return found


def _former(one: Person, other: Person) -> bool:
    """Whether the family name of one stands between the given and the family name of the other."""
    return bool({*one.family} & {*other.given[1:]} or {*other.family} & {*one.given[1:]})


def _joined(one: Person, other: Person) -> bool:
    """Whether one record writes in a single word what the other writes in several, in either order."""
    short, long = sorted((one, other), key=lambda each: len(each.given + each.family))
    whole = "".join(short.given + short.family)
    if len(short.given + short.family) != 1 or len(whole) < 5:
        return False
    return whole in ("".join(long.given + long.family), "".join(long.family + long.given))


def _born(one: Born, other: Born) -> Finding | None:
    pairs = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return None
    if all(a == b for a, b in known):
        worth = {3: 13.0, 2: 8.5, 1: 4.0}[len(known)]
        if len(known) == 3 and one.month == 1 and one.day == 1:
            worth = 8.0
        return Finding(field="birth_date", found="same", bits=worth)
    if len(known) < 3 or one.year is None or other.year is None:
        return Finding(field="birth_date", found="differs", bits=-4.0)
    same = [a == b for a, b in known]
    if same[0] and one.month == other.day and one.day == other.month:
        return Finding(field="birth_date", found="swapped", bits=9.0)
    whole = f"{one.year:04d}{one.month:02d}{one.day:02d}", f"{other.year:04d}{other.month:02d}{other.day:02d}"
    if OSA.distance(*whole) == 1:
        return Finding(field="birth_date", found="slip", bits=5.5)
    if sum(same) == 2:
        return Finding(field="birth_date", found="part", bits=4.0 if same[0] else 2.0)
    if OSA.distance(*whole) == 2:
        return Finding(field="birth_date", found="slips", bits=-1.0)
    turned = f"{other.year:04d}{other.day:02d}{other.month:02d}"
    if OSA.distance(whole[0], turned) == 1:
        return Finding(field="birth_date", found="slips", bits=0.0)
    if abs(one.year - other.year) >= GENERATION_YEARS:
        return Finding(field="birth_date", found="differs", bits=-12.0)
    return Finding(field="birth_date", found="differs", bits=-4.5 if sum(same) == 1 else -8.0)


def _email(one: Person, other: Person, known: Frequencies) -> Finding | None:
    if not one.emails or not other.emails:
        return None
    if both := one.emails & other.emails:
        if all(is_of_a_house(each) for each in both):
            return _OF_A_HOUSE["email"]
        return _same_contact("email", min(known.users(each) for each in both), 15.0)
    best = None
    for a in one.emails:
        for b in other.emails:
            local_a, _, domain_a = a.partition("@")
            local_b, _, domain_b = b.partition("@")
            distance = OSA.distance(a, b, score_cutoff=3)
            if len(a) >= 8 and distance <= 2:
                best = Finding(field="email", found="slip", bits=10.0 if distance == 1 else 8.0)
            elif len(local_a) >= 5 and (local_a == local_b):
                named = {*one.given, *one.family, *other.given, *other.family}
                told = any(
                    len(name) > 2 and name in local_a for name in named
                )  # another of that name has it too
                best = best or Finding(field="email", found="part", bits=2.5 if told else 7.0)
            elif (
                len(local_a) >= 6
                and OSA.distance(local_a, local_b, score_cutoff=2) <= 2
                and JaroWinkler.similarity(domain_a, domain_b) > 0.8
            ):
                best = best or Finding(field="email", found="slips", bits=6.0)
    return best or Finding(field="email", found="differs", bits=-1.5)


def _phone(one: Person, other: Person, known: Frequencies) -> Finding | None:
    if not one.phones or not other.phones:
        return None
    if both := one.phones & other.phones:
        if (mails := one.emails & other.emails) and all(is_of_a_house(each) for each in mails):
            return _OF_A_HOUSE["phone"]  # it rings where that mail is read
        return _same_contact("phone", min(known.users(each) for each in both), 12.0)
    for a in one.phones:
        for b in other.phones:
            if min(len(a), len(b)) >= 7 and a[-7:] == b[-7:]:
                return Finding(field="phone", found="part", bits=8.0)
            if len(a) == len(b) and OSA.distance(a, b, score_cutoff=1) == 1:
                return Finding(field="phone", found="slip", bits=6.0)
    return Finding(field="phone", found="differs", bits=-1.0)


def is_of_a_house(email: str) -> bool:
    """Whether an address is read by whoever is on duty: "info@", "sales@". Source: RFC 2142, and French."""
    return email.partition("@")[0] in _HOUSE_MAILBOXES


_HOUSE_MAILBOXES = frozenset({
    "info", "infos", "contact", "sales", "ventes", "support", "marketing", "office", "bureau", "admin",
    "reception", "accueil", "service", "hello", "bonjour", "mail", "team", "shop", "boutique", "billing",
    "accounts", "comptabilite", "compta", "commande", "commandes", "orders", "noreply", "no-reply",
    "postmaster", "webmaster", "abuse",
})  # fmt: skip
_OF_A_HOUSE = {field: Finding(field=field, found="shared", bits=0.5) for field in ("email", "phone")}


def _same_contact(field: str, users: int, bits: float) -> Finding:
    if users < 3:
        return Finding(field=field, found="same", bits=bits)
    if users < MANY_USERS:
        return Finding(field=field, found="shared", bits=5.0)
    return Finding(field=field, found="shared", bits=0.5)  # an office, a shop, somebody's placeholder


def _words_alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return the share of the shorter street's words that the other has, slips allowed."""
    short, long = sorted((one, other), key=len)
    if not short:
        return 0.0
    left = list(long)
    hits = 0.0
    for word in short:
        match = next((each for each in left if each == word), None)
        match = match or next(
            (
                each
                for each in left
                if len(word) > 3 and alike(word, each) in ("slip", "slips", "sounds", "near")
            ),
            None,
        )
        if match is not None:
            left.remove(match)
            hits += 1
    share = hits / max(len(short), min(len(long), len(short) + 1))
    if share < 0.6 and fuzz.ratio("".join(sorted(one)), "".join(sorted(other)), score_cutoff=75):
        return 0.8
    if share < 0.6:
        a, b = "".join(one), "".join(other)
        if min(len(a), len(b)) >= 5 and (a.startswith(b) or b.startswith(a) or fuzz.ratio(a, b) >= 75):
            return 0.8
    return share


def _parted(whole: Person, other: Person) -> Person:
    """Return a record whose address is written in one piece with the parts in it that the other names."""
    words = whole.street
    postcode = next((each for each in words if each.startswith(other.postcode)), "") if other.postcode else ""
    town = other.town if other.town and other.town in "".join(words) else ""
    if len(postcode) < 4 and not town:
        return whole
    house = other.house if other.house in words else ""
    rest = tuple(each for each in words if each not in (postcode, house) and not (town and each in town))
    return replace(
        whole,
        street=rest or words,
        house=house or whole.house,
        postcode=other.postcode if len(postcode) >= 4 else "",
        town=town,
    )


def _address(one: Person, other: Person, known: Frequencies) -> list[Finding]:
    if one.street and not one.postcode and not one.town:
        one = _parted(one, other)
    elif other.street and not other.postcode and not other.town:
        other = _parted(other, one)
    found: list[Finding] = []
    if one.street and other.street:
        share = _words_alike(one.street, other.street)
        same_house = one.house and other.house and one.house == other.house
        one_door = same_house and one.postcode and one.postcode == other.postcode
        if one_door and ({*one.street} <= {*other.street} or {*other.street} <= {*one.street}):
            share = max(share, 0.6)  # the building's name stands beside the street in one of them
        if share >= 0.6:
            worth = known.bits("street", " ".join(one.street), least=4.0, most=9.0) * (
                0.85 if share < 1 else 1.0
            )
            if one.house and other.house:
                if same_house:
                    worth += 3.0
                elif OSA.distance(one.house, other.house) <= 1:
                    worth += 0.5
                else:
                    worth -= 2.0
            found.append(Finding(field="address", found="same" if share == 1 else "slip", bits=worth))
        else:
            found.append(Finding(field="address", found="differs", bits=-2.0))
    place = 0.0
    how = ""
    if one.postcode and other.postcode:
        if one.postcode == other.postcode:
            place, how = known.bits("postcode", one.postcode, least=2.0, most=7.0), "same"
        elif OSA.distance(one.postcode, other.postcode) == 1:
            place, how = 2.0, "slip"
        else:
            place, how = -1.5, "differs"
    if one.town and other.town:
        verdict = alike(one.town, other.town)
        if verdict == "same":
            place, how = (
                max(place, 0.0)
                + known.bits("town", one.town, least=1.0, most=6.0) * (0.5 if place > 0 else 1.0),
                "same",
            )
        elif verdict in ("slip", "slips", "sounds", "near"):
            place, how = max(place, 0.0) + 2.5, "slip"
        else:
            place, how = place - 1.5, how or "differs"
    if how:
        found.append(Finding(field="town", found=how, bits=place))
    return found


def _ids(one: Person, other: Person) -> list[Finding]:
    if both := one.ids & other.ids:
        return [Finding(field=next(iter(both)).rpartition(":")[0], found="same", bits=CERTAIN_ID)]
    kinds = {each.rpartition(":")[0] for each in one.ids} & {each.rpartition(":")[0] for each in other.ids}
    return [Finding(field=kind, found="differs", bits=-9.0) for kind in sorted(kinds)]


def compare(one: Person, other: Person, known: Frequencies) -> Evidence:
    """Return what speaks for and against two records being one person."""
    names = _both_names(one, other, known)
    born = _born(one.born, other.born)
    ids = _ids(one, other)
    own: list[Finding] = [*names, *ids]
    if born:
        own.append(born)
    if one.generation and other.generation and one.generation != other.generation:
        own.append(Finding(field="generation", found="differs", bits=-24.0))
    if one.gender and other.gender and one.gender != other.gender:
        own.append(Finding(field="title", found="differs", bits=-5.0))
    shared = [each for each in (_email(one, other, known), _phone(one, other, known)) if each]
    shared += _address(one, other, known)
    given = next((each for each in names if each.field == "given"), None)
    findings = [*own, *shared]
    bits = sum(each.bits for each in own)
    common = sum(each.bits for each in shared)
    strangers = given is not None and given.found == "differs"
    nameless = not names and not any(each.field == "email" and each.found == "same" for each in shared)
    if (strangers or nameless) and common >= HOUSEHOLD and not any(each.found == "same" for each in ids):
        family = next((each.bits for each in names if each.field == "family"), 0.0)
        dated = min(TWIN, born.bits) if born else 0.0
        rest = bits - max(0.0, family) - (born.bits if born else 0.0)
        surplus = bits + common - (known.chance + STRANGER + rest + dated)
        if surplus > 0:
            findings.append(Finding(field="household", found="family", bits=-surplus))
            common -= surplus
    certain = any(each.found == "same" for each in ids)
    beside = sum(max(0.0, each.bits) for each in (*shared, *([born] if born else [])))
    for name, found, limit in (
        ("given", strangers and not certain, STRANGER),
        ("name", bool(names) and beside < BESIDE and not certain, NAMESAKE),
    ):
        over = bits + common - (known.chance + limit)
        if found and over > 0:
            findings.append(Finding(field=name, found="alone", bits=-over))
            common -= over
    if born and born.bits > 0 and not any(each.bits > 0 for each in (*names, *ids, *shared[:-1])):
        findings.append(Finding(field="birth_date", found="alone", bits=-ALONE))
        bits -= ALONE
    return Evidence(findings=tuple(findings), bits=bits + common)
