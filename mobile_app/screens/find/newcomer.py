"""Somebody new: she is written down, writes herself down, or is found to be here already. Pure."""

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from mobile_app.effects import OpenCard, SeekTwins, Submit, TurnTablet
from schemas import details_link
from schemas.consent import ContactChannel, Purpose
from schemas.customer import FieldInvalid, checked
from schemas.mutations import CreateCustomer, SendMessage
from schemas.record import Struct
from sync.summary import Summary

if TYPE_CHECKING:
    from mobile_app.screens.find.model import FindModel

MOST_TWINS = 3
NAMES = ("given_name", "family_name")
_ADDRESS = {ContactChannel.EMAIL: "email", ContactChannel.SMS: "phone"}


class NewCustomer(Struct, frozen=True):
    """The sheet of a new person. One name is enough."""

    texts: dict[str, str] = {}  # given_name, family_name, phone, email
    problem: str = ""  # "name_missing", "address_missing", "value_invalid"
    twins: tuple[Summary, ...] = ()  # who of the customers here she could be


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


class NewLinked(Struct, frozen=True):
    """Write her a link, by which she writes herself down; the view brings the ids made for both."""

    record_id: UUID
    message_id: UUID
    language: str  # the tablet's


class NewHanded(Struct, frozen=True):
    """Hand her the tablet: she writes herself down; the view brings the id made for her."""

    record_id: UUID


class TwinPressed(Struct, frozen=True):
    """She is there already: open her card instead of noting her down."""

    record_id: UUID


class Twins(Struct, frozen=True):
    """Who on this tablet the person being written down could be."""

    texts: dict[str, str]
    found: tuple[Summary, ...]


NewcomerEvent = NewPressed | NewTyped | NewClosed | NewKept | NewLinked | NewHanded | TwinPressed | Twins
NewcomerEffect = OpenCard | SeekTwins | Submit | TurnTablet


def of_a_newcomer(model: "FindModel", event: object) -> "tuple[FindModel, list[NewcomerEffect]]":
    """Decide what becomes of the sheet of somebody new."""
    change = msgspec.structs.replace
    match event:
        case NewPressed() if model.may_create:
            found = any(row.record_id == model.selected for row in model.rows)
            texts = {} if found else _read_names(model.query)  # whom it was about has her card already
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
        case NewHanded(record_id=record_id) if model.new is not None:
            begun = dict(model.new.texts)
            return change(model, new=None), [TurnTablet(record_id=record_id, begun=begun)]
        case NewLinked() if model.new is not None and model.links_of:
            return _with_a_link(model, model.new, event)
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


def _with_a_link(
    model: "FindModel", new: NewCustomer, event: NewLinked
) -> "tuple[FindModel, list[NewcomerEffect]]":
    """Note down what is known of her, and write to her by it; both wait for the line as every edit does."""
    change = msgspec.structs.replace
    values = {field: text.strip() for field, text in new.texts.items() if text.strip()}
    means = next((each for each in details_link.CHANNELS if _ADDRESS[each] in values), None)
    if means is None:
        return change(model, new=change(new, problem="address_missing")), []
    if not all(_fits(field, text) for field, text in values.items()):
        return change(model, new=change(new, problem="value_invalid")), []
    language, said = details_link.said_in(event.language)
    message = SendMessage(
        message_id=event.message_id,
        brand=model.links_of,
        channel=means,
        purpose=Purpose.SERVICE,
        text=said.text,
        subject=said.subject if means is ContactChannel.EMAIL else "",
        template=details_link.TEMPLATE,
        language=language,
    )
    return change(model, new=None, selected=event.record_id, open=True), [
        Submit(record_id=event.record_id, mutation=CreateCustomer(values=values)),
        Submit(record_id=event.record_id, mutation=message),
        OpenCard(record_id=event.record_id),
    ]


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
