"""What addresses say for two records being one person, however they are written, and against it."""

from msgspec.structs import replace
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from server.identity.frequencies import Finding, Frequencies
from server.identity.likeness import alike
from server.identity.person import Person


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


def addresses(one: Person, other: Person, known: Frequencies) -> list[Finding]:
    """Compare streets, and the places they are in."""
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
