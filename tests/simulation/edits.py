"""What people write: at the tablets, at head office, and what no sound app writes."""

from typing import Any
from uuid import UUID

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.ids import uuid7
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CreateCustomer,
    Envelope,
    LogTouchpoint,
    Mutation,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Channel
from sync.replica import outbox
from tests.simulation import exchange
from tests.simulation.replica import Replica
from tests.simulation.staff import BRAND, OFFICE
from tests.simulation.world import World

CONSENT = f"{BRAND}/sms/marketing"


def edit(world: World, replica: Replica, record_id: UUID, b: int, c: int) -> None:
    card = replica.store.card(record_id)
    made = _mutation(world, replica, record_id, dict(card.values) if card else {}, b, c)
    if made is None:
        return
    record_id, mutation, facts = made
    try:
        envelope = replica.store.submit(record_id, mutation, wall_ms=replica.wall_ms())
    except ValueError as refused:
        world.note(f"  not taken: {refused}")
        return
    knew = replica.knows(record_id, str(facts.get("field")))
    met = replica.store.meta.entitlement is not None
    world.wrote(replica, envelope.mutation_id, record_id, {"knew": knew, "met": met, **facts})
    if isinstance(mutation, CreateCustomer):
        world.created.append(record_id)
    world.note(f"  {replica.name} wrote {facts['kind']} {facts.get('field')}")


def _mutation(
    world: World, replica: Replica, record_id: UUID, values: dict[str, Any], b: int, c: int
) -> tuple[UUID, Mutation, dict[str, Any]] | None:
    match c % 16:
        case 0 | 1:
            field = ("town", "payment_preference", "language")[b % 3]
            if field == "language":
                return record_id, SetField(field=field, value="fr"), {"kind": "plain", "field": field}
            return _set(world, record_id, field, world.word())
        case 2 | 3:
            field = ("phone", "email", "given_name", "address")[b % 4]
            if field == "phone":
                return _set(world, record_id, field, world.phone())
            word = world.word()
            value: Any = {
                "email": f"{word}@canary.fr",
                "address": {"line1": word, "city": "Nice"},
            }.get(field, word)
            return _set(world, record_id, field, value, word)
        case 4 | 5:
            field, element = (("likes", "bleu"), ("likes", "lin"), ("tags", "vip"))[b % 3]
            facts = {"kind": "add", "field": field, "key": element}
            return record_id, AddElement(field=field, element=element), facts
        case 6:
            field, element = (("likes", "bleu"), ("likes", "lin"), ("tags", "vip"))[b % 3]
            seen = (values.get(field) or {}).get(element) or []
            if not isinstance(seen, list):
                return None
            removal = RemoveElement(field=field, element=element, seen=tuple(map(UUID, seen)))
            facts = {"kind": "remove", "field": field, "key": element, "seen": list(seen)}
            return record_id, removal, facts
        case 7 | 8:
            word = world.word()
            entry = PutEntry(field="sizes", key=("shoes", "top")[b % 2], value={"value": word})
            facts = {"kind": "put", "field": "sizes", "words": [word], "fields": {"sizes": word}}
            return record_id, entry, facts
        case 9:
            entry_gone = RemoveEntry(field="sizes", key=("shoes", "top")[b % 2])
            return record_id, entry_gone, {"kind": "drop", "field": "sizes"}
        case 10 | 11:
            return _note_of(world, replica, record_id, b)
        case 12:
            mine = [
                note
                for note in values.get("notes") or ()
                if note["author"] == str(world.house.people[replica.code].associate_id)
            ]
            if not mine:
                return None
            note_id = mine[b % len(mine)]["note_id"]
            return (
                record_id,
                WithdrawNote(note_id=UUID(note_id)),
                {"kind": "withdraw", "field": "notes", "key": note_id},
            )
        case 13:
            return _consent(world, record_id, values, c >> 4)
        case 14:
            if b % 2:
                points = b % 50 - 25
                adjust = AdjustPoints(points=points, reason="geste")
                return record_id, adjust, {"kind": "points", "field": "loyalty", "value": points}
            word = world.word()
            touchpoint = Touchpoint(
                touchpoint_id=replica.store.new_id(replica.wall_ms()),
                at=world.house.now_ms,
                kind=TouchpointKind.CALL,
                channel=Channel.STORE,
                summary=word,
            )
            facts = {
                "kind": "call",
                "field": "touchpoints",
                "words": [word],
                "fields": {"touchpoints": word},
            }
            return record_id, LogTouchpoint(touchpoint=touchpoint), facts
        case _:
            if len(world.created) >= 4:
                return None
            name, phone = world.word(), world.phone()
            create = CreateCustomer(values={"family_name": name, "phone": phone})
            facts = {
                "kind": "create",
                "field": "family_name",
                "words": [name, phone],
                "fields": {"family_name": name, "phone": phone},
            }
            return replica.store.new_id(replica.wall_ms()), create, facts


def _set(
    world: World, record_id: UUID, field: str, value: Any, word: str | None = None
) -> tuple[UUID, Mutation, dict[str, Any]]:
    word = word or value
    facts = {"kind": "set", "field": field, "words": [word], "fields": {field: word}}
    return record_id, SetField(field=field, value=value), facts


def _note_of(
    world: World, replica: Replica, record_id: UUID, b: int
) -> tuple[UUID, Mutation, dict[str, Any]]:
    word, level = world.word(), list(NoteLevel)[b % 3]
    note_id = replica.store.new_id(replica.wall_ms())
    facts = {
        "kind": "note",
        "field": "notes",
        "key": str(note_id),
        "value": word,
        "level": level.value,
        "store": replica.store.standing_in,
        "words": [word],
        "fields": {"notes": word},
    }
    return record_id, WriteNote(note_id=note_id, text=word, level=level), facts


def _consent(
    world: World, record_id: UUID, values: dict[str, Any], choice: int
) -> tuple[UUID, Mutation, dict[str, Any]]:
    state = ConsentState.GRANTED if choice % 2 else ConsentState.WITHDRAWN
    held = values.get("consents")
    standing = held.get(CONSENT, {}).get("standing", []) if isinstance(held, dict) else []
    knows = list(standing) if state is ConsentState.GRANTED else []
    mutation = RecordConsent(
        brand=BRAND,
        channel=ContactChannel.SMS,
        purpose=Purpose.MARKETING,
        state=state,
        knows=tuple(map(UUID, knows)),
    )
    facts = {"kind": "consent", "field": "consents", "key": CONSENT, "value": state.value, "seen": knows}
    return record_id, mutation, facts


def plant(
    world: World, replica: Replica, record_id: UUID, op: str, args: bytes, fault: str, *, age_ms: int = 0
) -> None:
    """Put an edit into the outbox as another version of the app would have."""
    store = replica.store
    identity = store.identity
    mid = uuid7(world.house.now_ms - age_ms, replica.entropy(10))
    envelope = Envelope(
        seq=outbox.next_seq(store.connection, answered=identity.answered),
        mutation_id=mid,
        record_id=record_id,
        op=op,
        args=args,
    )
    queued = outbox.Queued(envelope=envelope, author=identity.author, at=world.house.now_ms)
    with store.change() as change:
        outbox.append(store.connection, queued)
        change.touched.add(record_id)
    world.write(
        said="wrote",
        mid=str(mid),
        file=replica.name,
        person=replica.code,
        record=str(record_id),
        kind=fault,
        field="town",
        key="",
        value="",
        seen=[],
        words=[],
        fields={},
    )
    world.fault(fault)


def office_edit(world: World, record_id: UUID, c: int, *, hold: bool = False) -> None:
    match c % 5:
        case 0:
            _, mutation, facts = _set(world, record_id, "town", world.word())
        case 1:
            _, mutation, facts = _set(world, record_id, "phone", world.phone())
        case 2:
            points = c % 100
            mutation = AdjustPoints(points=points, reason="campagne")
            facts = {"kind": "points", "field": "loyalty", "value": points}
        case 3:
            mutation, facts = (
                AddElement(field="tags", element="vip"),
                {"kind": "add", "field": "tags", "key": "vip"},
            )
        case _:
            word = world.word()
            mutation = PutEntry(field="sizes", key="shoes", value={"value": word})
            facts = {"kind": "put", "field": "sizes", "words": [word], "fields": {"sizes": word}}
    office_submit(world, record_id, mutation, facts, hold=hold)


def office_submit(
    world: World, record_id: UUID, mutation: Mutation, facts: dict[str, Any], *, hold: bool = False
) -> None:
    mid = uuid7(world.house.now_ms, world.replicas[0].entropy(10) if world.replicas else bytes(10))
    world.write(
        said="wrote",
        mid=str(mid),
        file="office",
        person=OFFICE,
        record=str(record_id),
        **{"key": "", "value": "", "seen": [], "words": [], "fields": {}, **facts},
    )
    exchange.office(world, lambda at: world.house.office.edit(at, record_id, mutation, mid), hold=hold)
