"""The tablet turned to the customer: her own details, what she allows, the words of each, her signature.

Nothing here but what is hers. She ticks, nothing is ticked for her; what she confirms is kept at once, and
the tablet is locked before she reads the thanks: the way back is the seller's PIN. Somebody who is not known
yet writes herself down.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from mobile_app.effects import HandBack, Submit
from mobile_app.screens.card.undo import consent
from mobile_app.screens.customer_side.details import Detail, edits_of, is_changed, problem_of
from schemas.consent import ConsentState, ContactChannel, Purpose, consent_key
from schemas.ids import NOBODY
from schemas.mutations import RecordConsent
from schemas.record import Struct, Values
from schemas.signature import is_signature
from schemas.wording import Wording, in_force, wording_hash

HOW = "signature"
HOW_WITHDRAWN = "screen"
DETAILS, CONSENTS = "details", "consents"  # the two pages
_CHANNELS = tuple(ContactChannel)
_PURPOSES = tuple(Purpose)


class Line(Struct, frozen=True):
    """One thing she may allow, in the words that are in force, and whether she does."""

    key: str  # brand/channel/purpose
    channel: str
    text: str
    version: str
    language: str
    allowed: bool


class CustomerSideModel(Struct, frozen=True):
    """What she sees."""

    record_id: UUID = NOBODY
    name: str = ""
    lines: tuple[Line, ...] = ()
    ticked: frozenset[str] = frozenset()  # what she says yes to now; never any to begin with
    withdrawn: frozenset[str] = frozenset()  # what she takes back now
    strokes: tuple[tuple[int, ...], ...] = ()
    details: tuple[Detail, ...] = ()  # what she may write about herself
    is_new: bool = False  # nobody knows her yet: what she writes makes her
    page: str = CONSENTS
    problem: str = ""  # "unsigned", "name_missing", "value_invalid"
    over: bool = False  # the tablet is locked; there is nothing of her on it any more
    kept: bool = False  # she confirmed something
    lost: bool = False  # she confirmed something that the tablet could not keep
    values: Values = {}  # her consents, to quote the withdrawals that stand; never shown

    @property
    def says(self) -> bool:
        """Whether she changed anything."""
        return bool(self.ticked or self.withdrawn or self.writes)

    @property
    def writes(self) -> bool:
        """Whether she wrote something about herself."""
        return self.is_new or any(is_changed(each) for each in self.details)


class Turned(Struct, frozen=True):
    """The seller turned the tablet: these are her lines."""

    record_id: UUID
    name: str
    lines: tuple[Line, ...]
    values: Values
    details: tuple[Detail, ...] = ()
    is_new: bool = False


class DetailTyped(Struct, frozen=True):
    """She writes a line about herself."""

    field: str
    text: str


class DetailsPressed(Struct, frozen=True):
    """She wants to see her details, to correct them."""


class LinePressed(Struct, frozen=True):
    key: str


class Signed(Struct, frozen=True):
    """All strokes on the pad so far, on the sheet of ``schemas.signature``."""

    strokes: tuple[tuple[int, ...], ...]


class SignatureErased(Struct, frozen=True):
    pass


class ConfirmPressed(Struct, frozen=True):
    pass


class LeavePressed(Struct, frozen=True):
    """She gives the tablet back without a word."""


class TimeOver(Struct, frozen=True):
    """Nobody touched the tablet for a while, or its screen went dark."""


class NotKept(Struct, frozen=True):
    """The tablet had no room for what she confirmed, or was shut at that moment."""


CustomerSideEvent = (
    Turned
    | DetailTyped
    | DetailsPressed
    | LinePressed
    | Signed
    | SignatureErased
    | ConfirmPressed
    | LeavePressed
    | TimeOver
    | NotKept
)
CustomerSideEffect = Submit | HandBack
Decided = tuple[CustomerSideModel, list[CustomerSideEffect]]


def update(model: CustomerSideModel, event: CustomerSideEvent) -> Decided:
    """Decide what she sees, and what of it is kept."""
    change = msgspec.structs.replace
    match event:
        case Turned():
            return _turned(event), []
        case LeavePressed() if model.over:  # the thanks are read
            return model, [HandBack()]
        case NotKept() if model.kept:
            return change(model, kept=False, lost=True), []
        case _ if model.over:
            return model, []
        case LeavePressed() | TimeOver():
            return CustomerSideModel(over=True), [HandBack()]
        case DetailTyped(field=field, text=text):
            written = tuple(
                change(each, text=text) if each.field == field else each for each in model.details
            )
            return change(model, details=written, problem=""), []
        case DetailsPressed() if model.details:
            return change(model, page=DETAILS, problem=""), []
        case LinePressed(key=key):
            return _pressed(model, key), []
        case Signed(strokes=strokes):
            return change(model, strokes=strokes, problem=""), []
        case SignatureErased():
            return change(model, strokes=(), problem=""), []
        case ConfirmPressed() if problem := problem_of(model.details):
            return change(model, page=DETAILS, problem=problem), []
        case ConfirmPressed() if model.page == DETAILS and model.lines:
            return change(model, page=CONSENTS, problem=""), []
        case ConfirmPressed() if not model.says:
            return CustomerSideModel(over=True), [HandBack()]
        case ConfirmPressed() if model.ticked and not is_signature(model.strokes):
            return change(model, problem="unsigned"), []
        case ConfirmPressed():
            said = (*edits_of(model.details, is_new=model.is_new), *_said(model))
            kept = [Submit(record_id=model.record_id, mutation=each) for each in said]
            return CustomerSideModel(over=True, kept=True), [*kept, HandBack()]
        case _:
            return model, []


def _turned(event: Turned) -> CustomerSideModel:
    return CustomerSideModel(
        record_id=event.record_id,
        name=event.name,
        lines=event.lines,
        values=event.values,
        details=event.details,
        is_new=event.is_new,
        page=DETAILS if event.is_new or (not event.lines and event.details) else CONSENTS,
    )


def _pressed(model: CustomerSideModel, key: str) -> CustomerSideModel:
    line = next((each for each in model.lines if each.key == key), None)
    if line is None:
        return model
    if line.allowed:
        return msgspec.structs.replace(model, withdrawn=model.withdrawn ^ {key}, problem="")
    return msgspec.structs.replace(model, ticked=model.ticked ^ {key}, problem="")


def _said(model: CustomerSideModel) -> list[RecordConsent]:
    said = []
    for line in model.lines:
        if line.key in model.withdrawn:
            no = consent(model.values, key=line.key, state=ConsentState.WITHDRAWN, language=line.language)
            said.append(msgspec.structs.replace(no, how=HOW_WITHDRAWN))
        elif line.key in model.ticked:
            yes = consent(model.values, key=line.key, state=ConsentState.GRANTED, language=line.language)
            said.append(
                msgspec.structs.replace(
                    yes,
                    how=HOW,
                    wording=line.version,
                    wording_hash=wording_hash(line.version, line.language, line.text),
                    signature=model.strokes,
                )
            )
    return said


def lines_of(
    values: Values,
    wordings: Iterable[Wording],
    *,
    brand: str,
    language: str,
    now: int,
) -> tuple[Line, ...]:
    """Return what she is asked, in the order of purposes and channels: whatever has words in force.

    Args:
        values: the customer's, as the seller holds them.
        language: hers.
        now: wall milliseconds UTC.
    """
    held = tuple(wordings)
    consents = values.get("consents") or {}
    lines = []
    for purpose in _PURPOSES:
        for channel in _CHANNELS:
            wording = in_force(held, brand=brand, channel=channel, purpose=purpose, now=now)
            if wording is None:
                continue
            key = consent_key(brand, channel, purpose)
            shown_in, text = wording.text_for(language)
            lines.append(
                Line(
                    key=key,
                    channel=channel.value,
                    text=text,
                    version=wording.version,
                    language=shown_in,
                    allowed=(consents.get(key) or {}).get("state") == ConsentState.GRANTED,
                )
            )
    return tuple(lines)
