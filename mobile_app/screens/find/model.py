"""Finding a customer: what was typed, the filters, who answers, and a new person who is not there yet."""

from uuid import UUID

import msgspec

from mobile_app.effects import OpenCard, Search, Submit
from schemas.customer import FieldInvalid, checked
from schemas.mutations import CreateCustomer
from schemas.record import Struct
from sync.summary import Summary

MOST_ROWS = 200
MOST_RECENT = 5
NAMES = ("given_name", "family_name")


class NewCustomer(Struct, frozen=True):
    """The sheet of a new person. One name is enough."""

    texts: dict[str, str] = {}  # given_name, family_name, phone, email
    problem: str = ""  # "name_missing", "value_invalid"


class FindModel(Struct, frozen=True):
    """What the list shows."""

    query: str = ""
    mine: bool = False
    birthdays: bool = False
    month: str = ""  # MM, the month that birthdays are looked for in
    rows: tuple[Summary, ...] = ()
    recent: tuple[Summary, ...] = ()  # seen last, shown while nothing is asked
    held: int = 0  # customers on this tablet
    answered: bool = False  # the first answer has come
    selected: UUID | None = None
    open: bool = False  # where there is room for one pane: the card rather than the list
    new: NewCustomer | None = None
    may_create: bool = True

    @property
    def asks_nothing(self) -> bool:
        """Whether neither words nor filters narrow the list."""
        return not (self.query.strip() or self.mine or self.birthdays)

    @property
    def search(self) -> Search:
        """The question that the words and filters ask."""
        facets = (("mine",) if self.mine else ()) + (
            (f"birthday:{self.month}",) if self.birthdays and self.month else ()
        )
        return Search(query=self.query, facets=facets, limit=MOST_ROWS)


class Entered(Struct, frozen=True):
    """The screen came to the front, in this month (MM)."""

    month: str


class Typed(Struct, frozen=True):
    query: str


class EveryonePressed(Struct, frozen=True):
    """All on this tablet."""


class MinePressed(Struct, frozen=True):
    pass


class BirthdaysPressed(Struct, frozen=True):
    pass


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
    | MinePressed
    | BirthdaysPressed
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
FindEffect = Search | OpenCard | Submit


def update(model: FindModel, event: FindEvent) -> tuple[FindModel, list[FindEffect]]:
    """Decide what the list shows and asks for."""
    change = msgspec.structs.replace
    match event:
        case Entered(month=month):
            return _asking(change(model, month=month))
        case Typed(query=query):
            return (model, []) if query == model.query else _asking(change(model, query=query))
        case EveryonePressed():
            return _asking(change(model, mine=False, birthdays=False))
        case MinePressed():
            return _asking(change(model, mine=not model.mine))
        case BirthdaysPressed():
            return _asking(change(model, birthdays=not model.birthdays))
        case Changed():
            return model, [model.search]
        case Found() if event.asked != model.search:
            return model, []  # an answer to what is no longer asked
        case Found():
            recent = event.recent[:MOST_RECENT]
            found = change(model, rows=event.rows, recent=recent, held=event.held, answered=True)
            return change(found, may_create=event.may_create), []
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
        case _:
            return _of_a_new_person(model, event)


def _asking(model: FindModel) -> tuple[FindModel, list[FindEffect]]:
    return model, [model.search]


def _of_a_new_person(model: FindModel, event: FindEvent) -> tuple[FindModel, list[FindEffect]]:
    change = msgspec.structs.replace
    match event:
        case NewPressed() if model.may_create:
            return change(model, new=NewCustomer(texts=_read_names(model.query))), []
        case NewClosed():
            return change(model, new=None), []
        case NewTyped(field=field, text=text) if model.new is not None:
            texts = {**model.new.texts, field: text}
            return change(model, new=NewCustomer(texts=texts)), []
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
