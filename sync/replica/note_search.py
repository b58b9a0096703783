"""Search in the notes on a tablet: whose notes hold all the words asked for, as far as their reader may read.

What may be read is asked of the card itself, at each search: what is kept here only says where to look.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

import msgspec

from schemas.identity import fold
from schemas.visibility import NOTES, Level
from sync.replica import outbox, records
from sync.replica.store import Store
from sync.summary import Summary

AT_ONCE = 500  # customers whose notes are read in one go
EXCERPT = 90  # characters of a note that are shown
_BEFORE = 24  # of them before the word


class NoteHit(msgspec.Struct, frozen=True):
    """A customer, and the place in her newest note that answers."""

    who: Summary
    excerpt: str


class _Note(msgspec.Struct):
    text: str = ""


class _Values(msgspec.Struct):
    notes: list[_Note] | str | None = None  # a masked one has a fixed shape


class _Body(msgspec.Struct):
    values: _Values = msgspec.field(default_factory=_Values)


_decoder = msgspec.json.Decoder(_Body)


class NoteSearch:
    """The notes of one person's store, folded: read once, some at a time, and again where they changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folded: dict[UUID, str] = {}
        self._left: list[UUID] | None = None  # customers whose notes are not read yet; None before the first
        self._changed: set[UUID] = set()

    def changed(self, record_ids: Iterable[UUID]) -> None:
        """Look at these anew: something of them changed."""
        self._changed.update(record_ids)

    def read_some(self) -> bool:
        """Read the notes of some customers; return whether there are more to read."""
        connection = self._store.connection
        if self._left is None:
            self._left = records.held(connection, "customer")
            self._changed |= outbox.queued_records(connection)
        some, self._left = self._left[:AT_ONCE], self._left[AT_ONCE:]
        for record_id, body in records.notes_among(connection, some):
            notes = _decoder.decode(body).values.notes
            said = fold(" ".join(note.text for note in notes)) if isinstance(notes, list) else ""
            if said:
                self._folded[record_id] = f"{self._folded.get(record_id, '')} {said}"
        return bool(self._left)

    def find(self, query: str, limit: int) -> list[NoteHit]:
        """Return whose notes hold every word of the query or a longer one, the newest note first.

        All must have been read before.
        """
        words = fold(query).split()
        if not words:
            return []
        named = {who for who, text in self._folded.items() if all(word in text for word in words)}
        found = [hit for who in named | self._changed if (hit := self._hit(who, words)) is not None]
        found.sort(key=lambda each: (-each[0], each[1].who.record_id))
        return [hit for _, hit in found[:limit]]

    def _hit(self, record_id: UUID, words: Collection[str]) -> tuple[int, NoteHit] | None:
        who, card = self._store.summary(record_id), self._store.card(record_id)
        if who is None or card is None or card.levels.get(NOTES, Level.HIDDEN) < Level.READ:
            return None
        for note in card.values.get(NOTES) or ():  # the newest first
            folded = fold(note["text"])
            if all(word in folded for word in words):
                return note["at"], NoteHit(who=who, excerpt=excerpt(note["text"], words))
        return None


def excerpt(text: str, words: Collection[str]) -> str:
    """Return the part of a note around the first word asked for, in one line."""
    spoken = text.split()
    at = next((n for n, word in enumerate(spoken) if any(each in fold(word) for each in words)), 0)
    first = at
    while first > 0 and sum(map(len, spoken[first - 1 : at])) < _BEFORE:
        first -= 1
    line = " ".join(spoken[first:])
    cut = line if len(line) <= EXCERPT else line[:EXCERPT].rsplit(" ", 1)[0] + "…"
    return f"…{cut}" if first else cut
