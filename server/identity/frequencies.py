"""How common values are: what it is worth to agree on one, in bits."""

from collections import Counter
from collections.abc import Mapping
from math import log2

from schemas.record import Struct
from server.identity.likeness import alike
from server.identity.person import Person

FEWEST = 1000  # a handful of records is still drawn from a town of people
MANY_USERS = 6


class Finding(Struct):
    """One reason: a field, what was found, and its weight in bits (negative speaks against)."""

    field: str
    found: str  # same, sounds, slip, short, initial, part, swapped, differs, ...
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
