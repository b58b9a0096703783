"""Finding a customer: what was typed, the filters, who answers, and a new person who is not there yet."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from mobile_app.effects import LookBeyond, OpenCard, PinBeyond, Search, SeekTwins, Submit
from mobile_app.screens.find.filters import Filters, facets_of
from schemas.customer import FieldInvalid, checked
from schemas.mutations import CreateCustomer
from schemas.record import Struct
from sync.summary import Summary

MOST_ROWS = 200
MOST_RECENT = 5
MOST_TWINS = 3
SHORTEST_BEYOND = 3  # letters; below it half the house answers
NAMES = ("given_name", "family_name")


class NewCustomer(Struct, frozen=True):
    """The sheet of a new person. One name is enough."""

    texts: dict[str, str] = {}  # given_name, family_name, phone, email
    problem: str = ""  # "name_missing", "value_invalid"
    twins: tuple[Summary, ...] = ()  # who of the customers here she could be


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
    scanned: bool = False  # the words are a scanned card: who holds it is opened at once
    beyond: BeyondSearch | None = None

    @property
    def may_look_beyond(self) -> bool:
        """Whether a search by the network makes sense: some words, and not asked yet."""
        asked = self.beyond.query if self.beyond else ""
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
    choice: str  # "tier:gold", "size:shoes"; once more takes it off


class FiltersKept(Struct, frozen=True):
    pass


class FiltersClosed(Struct, frozen=True):
    pass


class Scanned(Struct, frozen=True):
    """A scanner typed this: a loyalty card."""

    text: str


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


class TwinPressed(Struct, frozen=True):
    """She is there already: open her card instead of noting her down."""

    record_id: UUID


class Twins(Struct, frozen=True):
    """Who on this tablet the person being written down could be."""

    texts: dict[str, str]
    found: tuple[Summary, ...]


class Found(Struct, frozen=True):
    """The tablet's answer to a question; ``recent`` is told with each."""

    asked: Search
    rows: tuple[Summary, ...]
    recent: tuple[Summary, ...] = ()
    held: int = 0
    may_create: bool = True


class RowPressed(Struct, frozen=True):
    record_id: UUID


class CardShown(Struct, frozen=True):
    """The card pane shows this customer, or nobody."""

    record_id: UUID | None


class BackPressed(Struct, frozen=True):
    """Back to the list, where there is room for one pane."""


class Changed(Struct, frozen=True):
    """Something on the tablet changed: ask again."""


class NewPressed(Struct, frozen=True):
    pass


class NewTyped(Struct, frozen=True):
    field: str
    text: str


class NewClosed(Struct, frozen=True):
    pass


class NewKept(Struct, frozen=True):
    """Keep the new person; the view brings the id made for her."""

    record_id: UUID


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
    | BeyondPressed
    | BeyondFound
    | HitPressed
    | TwinPressed
    | Twins
    | Found
    | RowPressed
    | CardShown
    | BackPressed
    | Changed
    | NewPressed
    | NewTyped
    | NewClosed
    | NewKept
    | Emptied
)
FindEffect = Search | OpenCard | Submit | LookBeyond | PinBeyond | SeekTwins
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
            return _asking(change(model, query=query, scanned=False, beyond=_still_asked(model, query)))
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
            return _opening_the_scanned(change(found, may_create=event.may_create))
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
        case BeyondPressed() | BeyondFound() | HitPressed():
            return _beyond(model, event)
        case FiltersPressed() | FiltersTyped() | FiltersChosen() | FiltersKept() | FiltersClosed():
            return _of_filters(model, event)
        case _:
            return _of_a_new_person(model, event)


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


def _still_asked(model: FindModel, query: str) -> BeyondSearch | None:
    """Keep what was found beyond the tablet while the same is asked."""
    return model.beyond if model.beyond and model.beyond.query == query.strip() else None


def _beyond(model: FindModel, event: FindEvent) -> Decided:
    change = msgspec.structs.replace
    match event:
        case BeyondPressed() if len(model.query.strip()) >= SHORTEST_BEYOND:
            query = model.query.strip()
            return change(model, beyond=BeyondSearch(query=query)), [LookBeyond(query=query)]
        case BeyondFound(query=query, hits=hits, problem=problem) if (
            model.beyond is not None and model.beyond.query == query
        ):
            here = {row.record_id for row in model.rows}
            fresh = tuple(hit for hit in hits if hit.record_id not in here)
            found = BeyondSearch(query=query, hits=fresh, answered=not problem, problem=problem)
            return change(model, beyond=found), []
        case HitPressed(record_id=record_id):
            return change(model, selected=record_id), [PinBeyond(record_id=record_id)]
        case _:
            return model, []


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
            name = {"tier": "tier", "size": "size_category"}.get(kind, "")
            if not name:
                return model, []
            chosen = "" if getattr(model.asking, name) == value else value
            return change(model, asking=change(model.asking, **{name: chosen})), []
        case _:
            return model, []


def _asking(model: FindModel) -> Decided:
    return model, [model.search]


def _of_a_new_person(model: FindModel, event: FindEvent) -> Decided:
    change = msgspec.structs.replace
    match event:
        case NewPressed() if model.may_create:
            texts = _read_names(model.query)
            return change(model, new=NewCustomer(texts=texts)), [SeekTwins(texts=texts)] if texts else []
        case NewClosed():
            return change(model, new=None), []
        case NewTyped(field=field, text=text) if model.new is not None:
            texts = {**model.new.texts, field: text}
            typed = NewCustomer(texts=texts, twins=model.new.twins)
            return change(model, new=typed), [SeekTwins(texts=texts)]
        case Twins(texts=texts, found=found) if model.new is not None and model.new.texts == texts:
            return change(model, new=change(model.new, twins=found[:MOST_TWINS])), []
        case TwinPressed(record_id=record_id) if model.new is not None:
            there = change(model, new=None, selected=record_id, open=True)
            return there, [OpenCard(record_id=record_id)]
        case NewKept(record_id=record_id) if model.new is not None:
            values = {field: text.strip() for field, text in model.new.texts.items() if text.strip()}
            if not any(name in values for name in NAMES):
                return change(model, new=change(model.new, problem="name_missing")), []
            if not all(_fits(field, text) for field, text in values.items()):
                return change(model, new=change(model.new, problem="value_invalid")), []
            created = Submit(record_id=record_id, mutation=CreateCustomer(values=values))
            return change(model, new=None, selected=record_id, open=True), [
                created,
                OpenCard(record_id=record_id),
            ]
        case _:
            return model, []


def _fits(field: str, text: str) -> bool:
    try:
        checked(field, text)
    except FieldInvalid:
        return False
    return True


def _read_names(query: str) -> dict[str, str]:
    """Return what was searched for as the beginning of a new person: a phone, an e-mail or names."""
    text = query.strip()
    if not text:
        return {}
    if "@" in text:
        return {"email": text}
    if any(letter.isdigit() for letter in text):
        return {"phone": text}
    given, _, family = text.partition(" ")
    names = {"given_name": given, "family_name": family.strip()}
    return {field: name[:1].upper() + name[1:] for field, name in names.items() if name}
