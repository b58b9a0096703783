"""The effect of a mutation on a customer's values: the one pure function that server and tablet share.

The reducer trusts that the edit may be made and wins: rights and concurrency are judged before it. It says
what changes. Server-owned values that follow from ledgers (spend, owned products, ...) are not its business.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec

from schemas.consent import ConsentEvent, ConsentStanding, consent_key, fold_event
from schemas.customer import FieldInvalid, checked, checked_entry, empty
from schemas.engagement import Note
from schemas.loyalty import HELD_FOR_MS, holder_of, redeemable
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    HoldPoints,
    LogTouchpoint,
    Mutation,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RedeemPoints,
    RemoveElement,
    RemoveEntry,
    ResolveConflict,
    RevealValue,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Said, Struct, Values
from schemas.signature import is_signature
from sync.merge_rules import RULES, Rule
from sync.state_machine import beginning_of, begun, move_of, moved

LATEST_TOUCHPOINTS = 60  # kept on the profile; all of them are on the server


class Reduction(Struct):
    """What an edit changes: the new value of each field, and the paths whose stamp moves."""

    values: Values  # changed fields only, whole values
    stamped: tuple[str, ...]  # field, or field/entry


class NotAllowedHere(ValueError):
    """The mutation does not fit the field: a set operation on a register, an edit of a computed value."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code  # a schemas.problem.ErrorCode


_REGISTERS = (Rule.PLAIN, Rule.GUARDED)
_NOTHING = Reduction(values={}, stamped=())
_TAG_BITS = (1 << 32) - 1


def paths_of(mutation: Mutation) -> tuple[str, ...]:
    """Return the paths a mutation speaks about: what its author should quote the seen revision of."""
    match mutation:
        case SetField(field=field) | ResolveConflict(keep="mine", field=str(field)):
            return (field,)
        case PutEntry(field=field, key=key) | RemoveEntry(field=field, key=key):
            return (f"{field}/{key}",)
        case AddElement(field=field, element=element) | RemoveElement(field=field, element=element):
            return (f"{field}/{element}",)
        case RecordConsent(brand=brand, channel=channel, purpose=purpose):
            return (f"consents/{consent_key(brand, channel, purpose)}",)
        case WriteNote(note_id=note_id) | WithdrawNote(note_id=note_id):
            return (f"notes/{note_id}",)
        case CreateCustomer(values=values):
            return tuple(values)
        case _:
            return _path_of_a_thing(mutation)


def fields_of(mutation: Mutation) -> tuple[str, ...]:
    """Return the fields a mutation writes: what its author must have the right to write."""
    match mutation:
        case SetField() | PutEntry() | RemoveEntry() | AddElement() | RemoveElement():
            return (mutation.field,)
        case ResolveConflict(field=field):
            return (field,) if field is not None and mutation.keep == "mine" else ()
        case CreateCustomer():
            return tuple(mutation.values)
        case WriteNote() | WithdrawNote():
            return ("notes",)
        case RecordConsent():
            return ("consents",)
        case LogTouchpoint():
            return ("touchpoints",)
        case RecordPurchase():
            return ("purchases",)
        case AdjustPoints() | RedeemPoints() | HoldPoints():
            return ("loyalty",)
        case PutProduct() | RevealValue() | CountStock() | DeclareAbsence():
            return ()
        case _:
            return tuple(path.partition("/")[0] for path in _path_of_a_thing(mutation))


def _path_of_a_thing(mutation: Mutation) -> tuple[str, ...]:
    if (beginning := beginning_of(mutation)) is not None:
        return (f"{beginning[0].field}/{beginning[1]}",)
    move = move_of(mutation)
    return (move.path,) if move is not None else ()


def reduce(values: Mapping[str, Any], mutation: Mutation, said: Said) -> Reduction:
    """Return what a mutation changes in a customer's values. Reads nothing else, changes nothing in place.

    Applying one mutation twice gives the same values as once.

    Raises:
        FieldInvalid: a value does not fit its field.
        NotAllowedHere: the operation does not fit the field's rule.
    """
    match mutation:
        case CreateCustomer():
            return _create(mutation, said)
        case SetField(field=field, value=value) | ResolveConflict(keep="mine", field=str(field), value=value):
            _require(field, *_REGISTERS)
            return _one(field, checked(field, value), field)
        case AddElement(field=field, element=element):
            return _add(values, field, element, said)
        case RemoveElement():
            return _remove(values, mutation)
        case PutEntry(field=field, key=key, value=value):
            _require(field, Rule.KEYED)
            held = dict(values.get(field) or {})
            held[key] = checked_entry(field, value)
            return _one(field, held, f"{field}/{key}")
        case RemoveEntry(field=field, key=key):
            _require(field, Rule.KEYED)
            held = dict(values.get(field) or {})
            held.pop(key, None)
            return _one(field, held, f"{field}/{key}")
        case WriteNote():
            return _write_note(values, mutation, said)
        case WithdrawNote():
            return _withdraw_note(values, mutation)
        case RecordConsent():
            return _consent(values, mutation, said)
        case LogTouchpoint():
            return _touchpoint(values, mutation)
        case AdjustPoints() | RedeemPoints() | HoldPoints():
            return _points(values, mutation, said)
        case RecordPurchase() | ResolveConflict() | RevealValue():
            return _NOTHING
        case PutProduct() | CountStock() | DeclareAbsence():
            return _NOTHING
        case _:
            return _of_a_thing(values, mutation, said)


def _create(mutation: CreateCustomer, said: Said) -> Reduction:
    values: Values = {}
    stamped: list[str] = []
    for field, value in mutation.values.items():
        rule = RULES.get(field)
        if rule in _REGISTERS:
            values[field] = checked(field, value)
            stamped.append(field)
        elif rule is Rule.KEYED:
            values[field] = checked(field, value)
            stamped += [f"{field}/{key}" for key in values[field]]
        elif rule is Rule.ADD_WINS:
            elements = checked(field, {element: [adder_tag(said.mid)] for element in _words(field, value)})
            values[field] = elements
            stamped += [f"{field}/{element}" for element in elements]
        else:
            raise NotAllowedHere(field, "field_read_only" if rule else "field_invalid")
    return Reduction(values=values, stamped=tuple(stamped))


def _words(field: str, value: Any) -> Collection[str]:
    """Return the elements a set is given; a single word is none, though it has letters."""
    if isinstance(value, str) or not isinstance(value, Collection):
        raise FieldInvalid(field, "Expected `array`")
    if not all(isinstance(element, str) for element in value):
        raise FieldInvalid(field, "Expected `array` of `str`")
    return value


def adder_tag(mid: UUID) -> str:
    """Return what an addition leaves in its set: the end of the mutation's id, still an id to its readers.

    It only has to tell additions of one element apart, and every replica is sent it.
    """
    return str(UUID(int=mid.int & _TAG_BITS))


def _add(values: Mapping[str, Any], field: str, element: str, said: Said) -> Reduction:
    _require(field, Rule.ADD_WINS)
    held = dict(values.get(field) or {})
    held[element] = sorted({*held.get(element, ()), adder_tag(said.mid)})
    return _one(field, checked(field, held), f"{field}/{element}")


def _remove(values: Mapping[str, Any], mutation: RemoveElement) -> Reduction:
    field, element = mutation.field, mutation.element
    _require(field, Rule.ADD_WINS)
    held = dict(values.get(field) or {})
    seen = {adder_tag(mid) for mid in mutation.seen}
    left = sorted(each for each in held.pop(element, ()) if adder_tag(UUID(each)) not in seen)
    if left:
        held[element] = left
    return _one(field, held, f"{field}/{element}")


def _write_note(values: Mapping[str, Any], mutation: WriteNote, said: Said) -> Reduction:
    notes = list(values.get("notes") or ())
    if any(note["note_id"] == str(mutation.note_id) for note in notes):
        return _NOTHING
    note = Note(
        note_id=mutation.note_id,
        text=mutation.text,
        level=mutation.level,
        author=said.author,
        at=said.hlc >> 16,
        store=mutation.store or said.store,
    )
    notes.append(_json(note))
    notes.sort(key=lambda held: (held["at"], held["note_id"]), reverse=True)
    return _one("notes", checked("notes", notes), f"notes/{mutation.note_id}")


def _withdraw_note(values: Mapping[str, Any], mutation: WithdrawNote) -> Reduction:
    notes = [
        {**note, "text": "", "withdrawn": True} if note["note_id"] == str(mutation.note_id) else note
        for note in values.get("notes") or ()
    ]
    return _one("notes", notes, f"notes/{mutation.note_id}")


def _consent(values: Mapping[str, Any], mutation: RecordConsent, said: Said) -> Reduction:
    if mutation.signature and not is_signature(mutation.signature):
        raise FieldInvalid("consents", "not a signature")
    key = consent_key(mutation.brand, mutation.channel, mutation.purpose)
    held = dict(values.get("consents") or {})
    before = msgspec.convert(held[key], ConsentStanding) if key in held else None
    held[key] = _json(fold_event(before, consent_event(mutation, said)))
    return _one("consents", held, f"consents/{key}")


def consent_event(mutation: RecordConsent, said: Said) -> ConsentEvent:
    """Return the ledger's line for what a customer said."""
    return ConsentEvent(
        event_id=said.mid,
        brand=mutation.brand,
        channel=mutation.channel,
        purpose=mutation.purpose,
        state=mutation.state,
        at=said.hlc >> 16,
        knows=mutation.knows,
        wording=mutation.wording,
        wording_hash=mutation.wording_hash,
        language=mutation.language,
        how=mutation.how,
        signature=mutation.signature,
        author=said.author,
        store=said.store,
        device=said.device,
        confirms=mutation.confirms,
    )


def _touchpoint(values: Mapping[str, Any], mutation: LogTouchpoint) -> Reduction:
    held = list(values.get("touchpoints") or ())
    said_now = _json(mutation.touchpoint)
    if any(each["touchpoint_id"] == said_now["touchpoint_id"] for each in held):
        return _NOTHING
    held.append(said_now)
    held.sort(key=lambda each: (each["at"], each["touchpoint_id"]), reverse=True)
    return _one("touchpoints", checked("touchpoints", held[:LATEST_TOUCHPOINTS]), "touchpoints")


def _points(values: Mapping[str, Any], mutation: Mutation, said: Said) -> Reduction:
    """Return her standing after points were given, spent or set aside; the ledger has the last word."""
    standing = values.get("loyalty")
    if not isinstance(standing, Mapping):
        return _NOTHING
    points, at = int(standing["points"]), said.hlc >> 16
    held, holder = dict(standing.get("held") or {}), holder_of(said.device, said.author)
    match mutation:
        case AdjustPoints(points=given):
            points += given
        case RedeemPoints(points=spent):
            points = max(0, points - spent)
            if holder in held:
                held[holder] = {**held[holder], "points": max(0, held[holder]["points"] - spent)}
        case HoldPoints(points=wanted) if holder is not None:
            aside = min(wanted, redeemable(standing, holder=holder, at=at))
            held[holder] = {"points": aside, "until": at + HELD_FOR_MS}
    changed = {
        **standing,
        "points": points,
        "held": {who: each for who, each in held.items() if each["points"]},
    }
    path = "loyalty/held" if isinstance(mutation, HoldPoints) else "loyalty"
    return Reduction(values={"loyalty": checked("loyalty", changed)}, stamped=(path,))


def _of_a_thing(values: Mapping[str, Any], mutation: Mutation, said: Said) -> Reduction:
    """Begin a thing that goes from state to state, or move one. One that is there already begins once."""
    if (beginning := beginning_of(mutation)) is not None:
        machine, key, facts = beginning
        held = dict(values.get(machine.field) or {})
        if key in held:
            return _NOTHING
        thing = begun(machine, facts, said)
    else:
        move = move_of(mutation)
        assert move is not None
        machine, key = move.machine, move.key
        held = dict(values.get(machine.field) or {})
        if key not in held:
            raise NotAllowedHere(machine.field, "precondition")
        thing = moved(held[key], move, said)
        if thing == held[key]:
            return _NOTHING
    held[key] = checked_entry(machine.field, thing)
    return _one(machine.field, held, f"{machine.field}/{key}")


def _require(field: str, *rules: Rule) -> None:
    rule = RULES.get(field)
    if rule is None:
        raise FieldInvalid(field, "unknown field")
    if rule not in rules:
        raise NotAllowedHere(field, "field_read_only" if rule is Rule.SERVER_OWNED else "field_invalid")


def _one(field: str, value: Any, path: str) -> Reduction:
    return Reduction(values={field: value}, stamped=(path,))


_json: Callable[[Struct], Any] = lambda fact: msgspec.json.decode(msgspec.json.encode(fact))  # noqa: E731


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """Return the value a path names: a field's, or one entry's; what is absent is None or empty."""
    field, _, entry = path.partition("/")
    value = values.get(field, empty(field))
    if not entry:
        return value
    if field == "notes":
        return next((note for note in value if note["note_id"] == entry), None)
    return None if value is None else value.get(entry)
