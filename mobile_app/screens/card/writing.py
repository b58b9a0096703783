"""Writing to a customer from the card: by what means, from which text, and whether it may be. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mobile_app.screens.card.contacting import answer_for
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.shown import CardModel
from schemas.consent import ContactChannel, Purpose, consent_key
from schemas.contact import ContactAnswer
from schemas.messages import (
    LONGEST_MESSAGE,
    TYPED,
    Pressed,
    Template,
    filled,
    pressed,
)
from schemas.mutations import Mutation, SendMessage
from schemas.note_guard import NoteVerdict, judge_note
from schemas.record import Struct

OWN = "own"  # no template: in the seller's own words
TOO_MUCH = ContactAnswer(allowed=False, reason="pressure")


class Draft(Struct, frozen=True):
    """A message as far as the sheet says it."""

    channel: str
    purpose: Purpose
    answer: ContactAnswer
    pressed: Pressed
    template: Template | None
    language: str
    subject: str
    preview: str  # as she will read it; empty while nothing is said
    needs_words: bool  # nothing is said yet


class Unwritten(Exception):
    """The sheet does not say enough, something that may not be said, or it may not be written at all."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def may_write(model: CardModel) -> bool:
    """Whether the reader may write to her at all."""
    return model.writes("messages")


def channels(model: CardModel) -> tuple[str, ...]:
    """Return the means that one types by."""
    return tuple(each.value for each in TYPED)


def offered(model: CardModel, channel: str) -> tuple[Template, ...]:
    """Return the texts there are for a channel, by code."""
    brand = model.directory.brand
    held = [
        each
        for each in model.templates
        if not each.retired and each.brand == brand and ContactChannel(channel) in each.channels
    ]
    return tuple(sorted(held, key=lambda each: each.code))


def draft(model: CardModel, sheet: Sheet) -> Draft:
    """Return what the sheet says, whether it may be written, and how it will read."""
    assert model.card is not None
    values, brand = model.card.values, model.directory.brand
    channel = sheet.texts.get("channel", TYPED[0].value)
    held = offered(model, channel)
    code = sheet.texts.get("template", held[0].code if held else OWN)
    template = next((each for each in held if each.code == code), None)
    purpose = template.purpose if template is not None else Purpose.SERVICE
    much = pressed(
        values.get("messages") or {},
        brand=brand,
        purpose=purpose,
        now=model.now_ms,
        rules=model.pressure,
    )
    answer = answer_for(model, consent_key(brand, channel, purpose))
    if answer.allowed and much.full:
        answer = TOO_MUCH
    language, subject, text = "", "", ""
    if template is not None:
        language, words = template.text_for(values.get("language"))
        names = {"name": addressed(values), "me": model.directory.person(model.directory.me)}
        text, subject = filled(words.text, **names), filled(words.subject, **names)
    own = "\n".join(" ".join(line.split()) for line in sheet.texts.get("text", "").split("\n")).strip()
    preview = "\n\n".join(part for part in (text, own) if part)[:LONGEST_MESSAGE]
    return Draft(
        channel=channel,
        purpose=purpose,
        answer=answer,
        pressed=much,
        template=template,
        language=language,
        subject=subject,
        preview=preview,
        needs_words=not preview,
    )


def addressed(values: Mapping[str, Any]) -> str:
    """Return how she is addressed: by her title and name, else by what is known of it."""
    title, given, family = (values.get(name) or "" for name in ("title", "given_name", "family_name"))
    if title and family:
        return f"{title} {family}"
    return given or family


def writing(model: CardModel, sheet: Sheet, *, fresh: UUID) -> Mutation:
    """Return the message a sheet means.

    Raises:
        Unwritten: it may not be written, says nothing, or says what may not be said.
    """
    said = draft(model, sheet)
    if not said.answer.allowed or not may_write(model):
        raise Unwritten("not_allowed")
    if said.needs_words:
        raise Unwritten("value_missing")
    if judge_note(said.preview).verdict is NoteVerdict.REFUSE:
        raise Unwritten("note_refused")
    return SendMessage(
        message_id=fresh,
        brand=model.directory.brand,
        channel=ContactChannel(said.channel),
        purpose=said.purpose,
        text=said.preview,
        subject=said.subject if said.channel == ContactChannel.EMAIL else "",
        template=said.template.code if said.template is not None else None,
        version=said.template.version if said.template is not None else 0,
        language=said.language,
    )
