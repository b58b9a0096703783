"""Where to look when the names on this tablet are not enough: in its notes, and in the whole house. Pure."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from mobile_app.effects import LookBeyond, PinBeyond, SearchNotes
from schemas.record import Struct
from sync.replica.note_search import NoteHit

if TYPE_CHECKING:
    from mobile_app.screens.find.model import FindModel

SHORTEST_BEYOND = 3  # letters; below it half the house answers


class Hit(Struct, frozen=True):
    """Somebody found beyond the tablet, as far as this role may see her."""

    record_id: UUID
    values: dict[str, Any]


class BeyondSearch(Struct, frozen=True):
    """A search among all customers of the house, by the network."""

    query: str
    hits: tuple[Hit, ...] = ()
    answered: bool = False
    problem: str = ""  # a stable code


class NoteSearch(Struct, frozen=True):
    """A search in the notes on this tablet."""

    query: str
    hits: tuple[NoteHit, ...] = ()
    answered: bool = False


class BeyondPressed(Struct, frozen=True):
    """Search by the network, among all customers of the house."""


class BeyondFound(Struct, frozen=True):
    """The server's answer, or why there is none."""

    query: str
    hits: tuple[Hit, ...] = ()
    problem: str = ""


class HitPressed(Struct, frozen=True):
    """Fetch this customer onto the tablet and open her card."""

    record_id: UUID


class NotesPressed(Struct, frozen=True):
    """Search in the notes on this tablet."""


class NotesFound(Struct, frozen=True):
    """Whose notes hold all these words."""

    query: str
    hits: tuple[NoteHit, ...] = ()


FurtherEvent = BeyondPressed | BeyondFound | HitPressed | NotesPressed | NotesFound
FurtherEffect = LookBeyond | PinBeyond | SearchNotes


def still_asked(model: "FindModel", query: str) -> BeyondSearch | None:
    """Keep what was found beyond the tablet while the same is asked."""
    return model.beyond if model.beyond and model.beyond.query == query.strip() else None


def notes_still_asked(model: "FindModel", query: str) -> NoteSearch | None:
    """Keep what was found in the notes while the same is asked."""
    return model.notes if model.notes and model.notes.query == query.strip() else None


def of_further(model: "FindModel", event: FurtherEvent) -> "tuple[FindModel, list[FurtherEffect]]":
    """Decide what is looked for, and what was found."""
    query = model.query.strip()
    change = msgspec.structs.replace
    match event:
        case BeyondPressed() if len(query) >= SHORTEST_BEYOND:
            return change(model, beyond=BeyondSearch(query=query)), [LookBeyond(query=query)]
        case BeyondFound(query=asked, hits=hits, problem=problem) if (
            model.beyond is not None and model.beyond.query == asked
        ):
            here = {row.record_id for row in model.rows}
            fresh = tuple(hit for hit in hits if hit.record_id not in here)
            found = BeyondSearch(query=asked, hits=fresh, answered=not problem, problem=problem)
            return change(model, beyond=found), []
        case HitPressed(record_id=record_id):
            return change(model, selected=record_id), [PinBeyond(record_id=record_id)]
        case NotesPressed() if len(query) >= SHORTEST_BEYOND:
            return change(model, notes=NoteSearch(query=query)), [SearchNotes(query=query)]
        case NotesFound(query=asked, hits=hits) if model.notes is not None and model.notes.query == asked:
            return change(model, notes=NoteSearch(query=asked, hits=hits, answered=True)), []
        case _:
            return model, []
