"""Keys under which records that may be one person meet, so that not every pair is compared."""

from collections.abc import Iterator

from server.identity.person import Person
from sync.names import sound_of

MOST_IN_A_BLOCK = 60  # a key that more records share tells too little


def keys_of(person: Person) -> Iterator[str]:
    """Yield the keys of a record; two records of one person share at least one with near certainty."""
    yield from (f"id {each}" for each in person.ids)
    yield from (f"mail {each}" for each in person.emails)
    for each in person.emails:
        local, _, domain = each.partition("@")
        yield f"local {local}"
        yield f"mail-start {local[:4]} {domain[:3]}"
        yield f"mail-end {local[-4:]} {domain[:3]}"
        yield f"mail-sound {sound_of(local)[:6]} {domain[-6:]}"
    yield from (f"phone {each[-7:]}" for each in person.phones)
    born = person.born
    day = f"{born.month}-{born.day}" if born.month and born.day else ""
    names = [*person.given, *person.family]
    sounds = {sound_of(name) for name in names}
    if born.year and day:
        yield f"born {born.year}-{day}"
        for sound in sounds:
            yield f"name-year {sound} {born.year}"
            yield f"name-day {sound} {day}"
            yield f"name-swap {sound} {born.day}-{born.month}"
    for given in person.given[:2]:
        for family in person.family[:3]:
            one, other = sorted((sound_of(given), sound_of(family)))
            yield f"names {one} {other}"
            yield f"starts {given[:1]} {family[:3]} {person.postcode}"
    if person.house or person.street:
        yield f"street {person.house} {''.join(person.street)[:6]}"
        yield f"place {person.house} {person.postcode}"
    for name in names:
        if day:
            yield f"name-day3 {name[:3]} {born.month}"
        if person.town:
            yield f"name-town {sound_of(name)} {person.town[:5]}"
        if person.postcode:
            yield f"name-code {sound_of(name)} {person.postcode}"
        yield f"name3 {name[:3]} {born.year}" if born.year else f"name {name}"
    if not person.born.year and not person.street and not person.town:
        yield from (f"name {name}" for name in names)
