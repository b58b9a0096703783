"""Who worked on this tablet, for the first screen: kept sealed; nothing of customers."""

from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from mobile_app.account import Me
from mobile_app.keystore import Keystore
from mobile_app.sealed_files import read_file, replace_file, sealed_with, unsealed_with
from schemas.record import Struct

FACES, FACES_BEFORE = "faces", "people.json"


class Person(Struct, frozen=True):
    """A face on the first screen."""

    associate_id: UUID
    code: str
    name: str
    role: str
    stores: tuple[str, ...] = ()
    used_at: float = 0.0  # seconds since 1970, for the order of faces only


def person_of(code: str, me: Me, now: float) -> Person:
    """Return who signed in with this code."""
    return Person(
        associate_id=me.associate_id,
        code=code,
        name=me.display_name,
        role=me.role,
        stores=me.stores,
        used_at=now,
    )


class Faces:
    """The people of one tablet, in its folder."""

    def __init__(self, folder: Path, keystore: Keystore) -> None:
        self._folder = folder
        self._keystore = keystore

    def all(self) -> list[Person]:
        """Return everybody; of a file that cannot be opened nobody."""
        content = read_file(self._folder / FACES)
        if content is None:  # a tablet of the first release kept them in the clear
            before = read_file(self._folder / FACES_BEFORE)
            return [] if before is None else msgspec.json.decode(before, type=list[Person])
        try:
            opened = unsealed_with(self._keystore.device_key(), content, bound_to=b"faces")
        except (InvalidTag, ValueError):
            return []
        return msgspec.json.decode(opened, type=list[Person])

    def remember(self, person: Person) -> None:
        """Keep a person, in place of what was known of him."""
        self._keep([person, *self._others(person.associate_id)])

    def forget(self, associate_id: UUID) -> None:
        """Keep everybody else."""
        self._keep(self._others(associate_id))

    def _others(self, associate_id: UUID) -> list[Person]:
        return [one for one in self.all() if one.associate_id != associate_id]

    def _keep(self, people: list[Person]) -> None:
        content = msgspec.json.encode(people)
        replace_file(
            self._folder / FACES, sealed_with(self._keystore.device_key(), content, bound_to=b"faces")
        )
        (self._folder / FACES_BEFORE).unlink(missing_ok=True)
