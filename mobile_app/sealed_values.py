"""Masked values that a tablet took along, each sealed for its reader's PIN, in a file of their own.

The file belongs to one entitlement and one reveal key: under another it is gone before anybody can ask.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from mobile_app.sealed_files import read_file, replace_file, sealed_with, unsealed_with
from schemas.record import Struct
from schemas.sealed import SealedValue, as_bytes, opened, purpose_of
from sync.sealed_box import BoxBroken, open_box

FRESH_MS = 86_400_000  # older ones are asked for again when there is a line
PURPOSE = b"sealed values"


class Boxes(Struct):
    """One customer's sealed values, and when the server sealed them (wall milliseconds UTC)."""

    at: int
    boxes: dict[str, str]  # field -> box


class _Kept(Struct):
    belongs: bytes  # the name of the entitlement, and the key it was sealed for
    people: dict[UUID, Boxes] = {}


class SealedValues:
    """One person's sealed values on this tablet."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open the file; ``key`` is that of his store: a list of ids is nobody else's business either."""
        self._path = path
        self._key = key

    def belong_to(self, belongs: bytes, is_here: Callable[[UUID], bool]) -> None:
        """Forget what was sealed for another entitlement or key, and who is not on this tablet any more."""
        kept = self._read()
        if kept.belongs != belongs:
            self.forget()
        elif gone := {each for each in kept.people if not is_here(each)}:
            people = {each: boxes for each, boxes in kept.people.items() if each not in gone}
            self._write(msgspec.structs.replace(kept, people=people))

    def put(self, belongs: bytes, values: Iterable[SealedValue], *, at: int) -> None:
        """Keep what the server sealed; a customer's values replace those before."""
        kept = self._read()
        people: dict[UUID, Boxes] = dict(kept.people) if kept.belongs == belongs else {}
        fresh: dict[UUID, dict[str, str]] = {}
        for each in values:
            fresh.setdefault(each.customer_id, {})[each.field] = each.box
        people |= {customer_id: Boxes(at=at, boxes=boxes) for customer_id, boxes in fresh.items()}
        self._write(_Kept(belongs=belongs, people=people))

    def wanting(self, customers: Iterable[UUID], *, now: int) -> list[UUID]:
        """Return those of whom nothing fresh is here."""
        people = self._read().people
        return [each for each in customers if each not in people or now - people[each].at > FRESH_MS]

    def of(self, belongs: bytes, customer_id: UUID, field: str) -> tuple[str, int] | None:
        """Return a value's box and when it was sealed, or None where it was not taken along."""
        kept = self._read()
        boxes = kept.people.get(customer_id) if kept.belongs == belongs else None
        if boxes is None or field not in boxes.boxes:
            return None
        return boxes.boxes[field], boxes.at

    def forget(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> _Kept:
        content = read_file(self._path)
        if content is None:
            return _Kept(belongs=b"")
        try:
            return msgspec.msgpack.decode(unsealed_with(self._key, content, bound_to=PURPOSE), type=_Kept)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return _Kept(belongs=b"")

    def _write(self, kept: _Kept) -> None:
        replace_file(self._path, sealed_with(self._key, msgspec.msgpack.encode(kept), bound_to=PURPOSE))


def value_in(
    box: str, private: bytes, *, customer_id: UUID, field: str, device_id: UUID, associate_id: UUID
) -> object:
    """Return the value in a box.

    Raises:
        BoxBroken: it was sealed for another key, person, tablet or value, or altered.
    """
    purpose = purpose_of(customer_id, field, device_id=device_id, associate_id=associate_id)
    try:
        return opened(open_box(private, as_bytes(box), purpose=purpose))
    except (ValueError, msgspec.MsgspecError) as error:
        raise BoxBroken from error
