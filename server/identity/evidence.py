"""What speaks for two records being one person, and what against it, in bits.

A bit doubles the odds. Agreement on a rare value weighs more than on a common one.
Source: Fellegi and Sunter, "A Theory for Record Linkage", 1969; frequencies after Winkler, 2000.
"""

from rapidfuzz.distance import OSA

from schemas.record import Struct
from server.identity.addresses import addresses
from server.identity.contacts import email, phone
from server.identity.frequencies import Finding, Frequencies
from server.identity.likeness import alike
from server.identity.person import Born, Person

CERTAIN_ID = 22.0
HOUSEHOLD = 6.0  # bits of shared address, phone and e-mail from which two people are of one household
STRANGER = -0.5  # the odds, at most, that two records with different given names are one person all the same
NAMESAKE = -0.5  # the odds, at most, that two records with nothing but a name in common are one person
BESIDE = 4.0  # bits beside the name from which they have something else in common
ALONE = 5.0  # a birth date by itself, in whatever town, names nobody
GENERATION_YEARS = 15  # of one name at one address: a parent and a child
TWIN = 6.5  # what one birth date is worth within a household: one pair in a hundred are twins


class Evidence(Struct):
    """All that was found about a pair."""

    findings: tuple[Finding, ...]
    bits: float


_KEPT = {
    "same": 1.0, "short": 0.7, "begins": 0.7, "sounds": 0.75, "slip": 0.75, "slips": 0.45, "near": 0.4,
    "initial": 0.2,
}  # fmt: skip
_PART = 0.3  # of what a shared word is worth where the words beside it differ


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
    if field == "given" and best[1] == "same" and _begin_alike(one, other):
        return Finding(field=field, found="part", bits=best[0] * _PART)
    return Finding(field=field, found=best[1], bits=best[0])


def _begin_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether given names of several words share one and part in the next: "Jean Paul", "Jean Pierre"."""
    mine, theirs = set(one) - set(other), set(other) - set(one)
    if not mine or not theirs:
        return False
    return all(alike(a, b) == "differs" for a in mine for b in theirs)


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
    shared = [each for each in (email(one, other, known), phone(one, other, known)) if each]
    shared += addresses(one, other, known)
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
