"""Finding a customer: what was typed, the filters, who answers, and a new person who is not there yet."""

from datetime import date
from uuid import UUID

import msgspec

from mobile_app.effects import OpenCard, Search
from mobile_app.screens.find.filters import Filters, facets_of
from mobile_app.screens.find.further import (
    SHORTEST_BEYOND,
    BeyondFound,
    BeyondPressed,
    BeyondSearch,
    FurtherEffect,
    FurtherEvent,
    HitPressed,
    NoteSearch,
    NotesFound,
    NotesPressed,
    notes_still_asked,
    of_further,
    still_asked,
)
from mobile_app.screens.find.newcomer import NewcomerEffect, NewcomerEvent, NewCustomer, of_a_newcomer
from schemas.record import Struct
from sync.summary import Summary

MOST_ROWS = 200
MOST_RECENT = 5


class FindModel(Struct, frozen=True):
    """What the list shows."""

    query: str = ""
    filters: Filters = Filters()
    asking: Filters | None = None  # the sheet of filters, as far as it is filled in
    today: date = date(2000, 1, 1)
    rows: tuple[Summary, ...] = ()
    recent: tuple[Summary, ...] = ()  # seen last, shown while nothing is asked
    held: int = 0  # customers on this tablet
    answered: bool = False  # the first answer has come
    selected: UUID | None = None
    open: bool = False  # where there is room for one pane: the card rather than the list
    new: NewCustomer | None = None
    may_create: bool = True
    links_of: str = ""  # the brand in whose name somebody may be written a link; empty for nobody's
    scanned: bool = False  # the words are a scanned card: who holds it is opened at once
    beyond: BeyondSearch | None = None
    notes: NoteSearch | None = None

    @property
    def may_look_beyond(self) -> bool:
        """Whether a search by the network makes sense: some words, and not asked yet."""
        asked = self.beyond.query if self.beyond else ""
        return len(self.query.strip()) >= SHORTEST_BEYOND and self.query.strip() != asked

    @property
    def may_search_notes(self) -> bool:
        """Whether a search in the notes makes sense: some words, and not searched for yet."""
        asked = self.notes.query if self.notes else ""
        return len(self.query.strip()) >= SHORTEST_BEYOND and self.query.strip() != asked

    @property
    def asks_nothing(self) -> bool:
        """Whether neither words nor filters narrow the list."""
        return not (self.query.strip() or self.filters.narrow)

    @property
    def search(self) -> Search:
        """The question that the words and filters ask."""
        facets = facets_of(self.filters, today=self.today)
        return Search(query=self.query, facets=facets, limit=MOST_ROWS)


class Entered(Struct, frozen=True):
    """The screen came to the front, on this day."""

    today: date


class Typed(Struct, frozen=True):
    query: str


class EveryonePressed(Struct, frozen=True):
    """All on this tablet."""


class FilterPressed(Struct, frozen=True):
    """A filter on or off: ``mine``, ``my_store``, ``birthdays``, ``lapsed``; others are taken off."""

    name: str


class FiltersPressed(Struct, frozen=True):
    """More filters, please."""


class FiltersTyped(Struct, frozen=True):
    key: str  # size, like
    text: str


class FiltersChosen(Struct, frozen=True):
    choice: str  # "tier:gold", "size:shoes", "fits:38"; once more takes it off


class FiltersKept(Struct, frozen=True):
    pass


class FiltersClosed(Struct, frozen=True):
    pass


class Scanned(Struct, frozen=True):
    """A scanner typed this: a loyalty card."""

    text: str


class Found(Struct, frozen=True):
    """The tablet's answer to a question; ``recent`` is told with each."""

    asked: Search
    rows: tuple[Summary, ...]
    recent: tuple[Summary, ...] = ()
    held: int = 0
    may_create: bool = True
    links_of: str = ""


class RowPressed(Struct, frozen=True):
    record_id: UUID


class CardShown(Struct, frozen=True):
    """The card pane shows this customer, or nobody."""

    record_id: UUID | None


class BackPressed(Struct, frozen=True):
    """Back to the list, where there is room for one pane."""


class Changed(Struct, frozen=True):
    """Something on the tablet changed: ask again."""


class Emptied(Struct, frozen=True):
    """The person left: nothing of the customers stays on the screen."""


FindEvent = (
    Entered
    | Typed
    | EveryonePressed
    | FilterPressed
    | FiltersPressed
    | FiltersTyped
    | FiltersChosen
    | FiltersKept
    | FiltersClosed
    | Scanned
    | FurtherEvent
    | NewcomerEvent
    | Found
    | RowPressed
    | CardShown
    | BackPressed
    | Changed
    | Emptied
)
FindEffect = Search | OpenCard | FurtherEffect | NewcomerEffect
Decided = tuple[FindModel, list[FindEffect]]


def update(model: FindModel, event: FindEvent) -> Decided:
    """Decide what the list shows and asks for."""
    change = msgspec.structs.replace
    match event:
        case Entered(today=today):
            return _asking(change(model, today=today))
        case Typed(query=model.query):
            return model, []
        case Typed(query=query):
            further = {"beyond": still_asked(model, query), "notes": notes_still_asked(model, query)}
            return _asking(change(model, query=query, scanned=False, **further))
        case Scanned(text=text):
            return _asking(change(model, query=text, scanned=True, filters=Filters(), open=False))
        case EveryonePressed():
            return _asking(change(model, filters=Filters()))
        case FilterPressed(name=name) if name in _SWITCHES:
            filters = change(model.filters, **{name: not getattr(model.filters, name)})
            return _asking(change(model, filters=filters))
        case FilterPressed(name=name) if name in _VALUES:
            return _asking(change(model, filters=change(model.filters, **_VALUES[name])))
        case Changed():
            return model, [model.search]
        case Found() if event.asked != model.search:
            return model, []  # an answer to what is no longer asked
        case Found():
            recent = event.recent[:MOST_RECENT]
            found = change(model, rows=event.rows, recent=recent, held=event.held, answered=True)
            return _opening_the_scanned(change(found, may_create=event.may_create, links_of=event.links_of))
        case RowPressed(record_id=record_id):
            return change(model, selected=record_id, open=True), [OpenCard(record_id=record_id)]
        case CardShown(record_id=None):
            return change(model, selected=None, open=False), []
        case CardShown(record_id=record_id):
            return change(model, selected=record_id, open=True), []
        case BackPressed():
            return change(model, open=False), []
        case Emptied():
            return FindModel(), []
        case BeyondPressed() | BeyondFound() | HitPressed() | NotesPressed() | NotesFound():
            found_further, wanted = of_further(model, event)
            return found_further, [*wanted]
        case FiltersPressed() | FiltersTyped() | FiltersChosen() | FiltersKept() | FiltersClosed():
            return _of_filters(model, event)
        case _:
            written, said = of_a_newcomer(model, event)
            return written, [*said]


_SWITCHES = ("mine", "my_store", "birthdays", "lapsed")
_VALUES: dict[str, dict[str, str]] = {
    "tier": {"tier": ""},
    "size": {"size": "", "size_category": ""},
    "like": {"like": ""},
}


def _opening_the_scanned(model: FindModel) -> Decided:
    """Open the card of who holds the scanned loyalty card; look further where nobody here does."""
    if not model.scanned:
        return model, []
    read = msgspec.structs.replace(model, scanned=False)
    if not model.rows:
        return update(read, BeyondPressed())
    code = _code_of(model.query)
    holders = [row for row in model.rows if row.loyalty_card and _code_of(row.loyalty_card) == code]
    if len(holders) != 1 and len(model.rows) != 1:
        return read, []
    record_id = (holders or list(model.rows))[0].record_id
    opened = msgspec.structs.replace(read, query="", selected=record_id, open=True)
    return opened, [OpenCard(record_id=record_id), opened.search]


def _code_of(text: str) -> str:
    return "".join(text.casefold().split())


def _of_filters(model: FindModel, event: FindEvent) -> Decided:
    change = msgspec.structs.replace
    match event:
        case FiltersPressed():
            return change(model, asking=model.filters), []
        case FiltersClosed():
            return change(model, asking=None), []
        case FiltersKept() if model.asking is not None:
            return _asking(change(model, filters=model.asking, asking=None))
        case FiltersTyped(key=key, text=text) if model.asking is not None and key in ("size", "like"):
            if getattr(model.asking, key) == text:
                return model, []
            return change(model, asking=change(model.asking, **{key: text})), []
        case FiltersChosen(choice=choice) if model.asking is not None:
            kind, _, value = choice.partition(":")
            name = {"tier": "tier", "size": "size_category", "fits": "size"}.get(kind, "")
            if not name:
                return model, []
            chosen = "" if getattr(model.asking, name) == value else value
            other = {"size": ""} if kind == "size" else {}  # a size of shoes says nothing of gloves
            return change(model, asking=change(model.asking, **{**other, name: chosen})), []
        case _:
            return model, []


def _asking(model: FindModel) -> Decided:
    return model, [model.search]
