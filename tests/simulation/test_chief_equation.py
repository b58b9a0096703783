"""For every role and every kind of edit: what was held, and what the feed says since, is what is held now."""

from uuid import UUID

import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.ids import id_from, record_id_of
from schemas.messages import MessageState
from schemas.mutations import (
    KINDS,
    AddElement,
    AdjustPoints,
    BookAppointment,
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    HoldPoints,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveMessage,
    MoveTask,
    Mutation,
    OpenCase,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RedeemPoints,
    RemoveElement,
    RemoveEntry,
    ResolveConflict,
    RevealValue,
    SendMessage,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.product import Money, Product, Stock, stock_record
from schemas.promise import AppointmentKind, CaseKind, CaseState, TaskKind, TaskState
from schemas.purchase import Purchase, PurchaseKind
from schemas.record import Channel, Kind
from schemas.staff import Absence, Role, absence_record
from tests.simulation import exchange
from tests.simulation.acts.rights import ROLES, _become
from tests.simulation.capabilities import in_memory
from tests.simulation.house import CUSTOMERS
from tests.simulation.replica import Replica
from tests.simulation.staff import BRAND
from tests.simulation.world import World

ANNE = CUSTOMERS[0]  # of lyon
NOTE = UUID(int=41)
NEW = UUID(int=42)
THING = UUID(int=46)  # a task, an appointment, a case, a message
MESSAGE = SendMessage(
    message_id=THING,
    brand=BRAND,
    channel=ContactChannel.EMAIL,
    purpose=Purpose.SERVICE,
    text="Votre sac est prêt.",
)

# What is made known before the snapshot, and the edit after it: by head office, or by a manager's tablet.
FIRST: dict[str, Mutation] = {
    "element.remove@1": AddElement(field="likes", element="lin"),
    "entry.remove@1": PutEntry(field="sizes", key="shoes", value={"value": "38"}),
    "note.withdraw@1": WriteNote(note_id=NOTE, text="Le matin.", level=NoteLevel.STORE),
    "task.move@1": MakeTask(task_id=THING, kind=TaskKind.CALL, text="Rappeler."),
    "appointment.move@1": BookAppointment(appointment_id=THING, kind=AppointmentKind.ADVICE, starts=1),
    "case.move@1": OpenCase(case_id=THING, kind=CaseKind.COMPLAINT, text="Couture."),
    "message.move@1": MESSAGE,
}
EDITS: dict[str, tuple[str, UUID, Mutation]] = {
    "customer.create@1": (
        "marie",
        NEW,
        CreateCustomer(values={"family_name": "Neuf", "phone": "+33611111111"}),
    ),
    "field.set@1": ("marie", ANNE, SetField(field="email", value="anne@example.fr")),
    "element.add@1": ("marie", ANNE, AddElement(field="likes", element="bleu")),
    "element.remove@1": ("marie", ANNE, RemoveElement(field="likes", element="lin")),
    "entry.put@1": ("marie", ANNE, PutEntry(field="sizes", key="top", value={"value": "M"})),
    "entry.remove@1": ("marie", ANNE, RemoveEntry(field="sizes", key="shoes")),
    "note.write@1": ("marie", ANNE, WriteNote(note_id=UUID(int=43), text="Le soir.", level=NoteLevel.BRAND)),
    "note.withdraw@1": ("marie", ANNE, WithdrawNote(note_id=NOTE)),
    "consent.record@1": (
        "marie",
        ANNE,
        RecordConsent(
            brand=BRAND, channel=ContactChannel.SMS, purpose=Purpose.MARKETING, state=ConsentState.GRANTED
        ),
    ),
    "touchpoint.log@1": (
        "marie",
        ANNE,
        LogTouchpoint(
            touchpoint=Touchpoint(
                touchpoint_id=UUID(int=44), at=1, kind=TouchpointKind.VISIT, channel=Channel.STORE
            )
        ),
    ),
    "purchase.record@1": (
        "office",
        ANNE,
        RecordPurchase(
            purchase=Purchase(
                purchase_id=UUID(int=45),
                source="till",
                reference="1",
                at=1,
                channel=Channel.STORE,
                kind=PurchaseKind.SALE,
                currency="EUR",
                total=1000,
            )
        ),
    ),
    "points.adjust@1": ("office", ANNE, AdjustPoints(points=10, reason="geste")),
    "points.redeem@1": ("marie", ANNE, RedeemPoints(points=1)),
    "points.hold@1": ("marie", ANNE, HoldPoints(points=5)),
    "task.create@1": ("marie", ANNE, MakeTask(task_id=THING, kind=TaskKind.CALL, text="Rappeler.")),
    "task.move@1": ("marie", ANNE, MoveTask(task_id=THING, to=TaskState.DONE)),
    "appointment.book@1": (
        "marie",
        ANNE,
        BookAppointment(appointment_id=THING, kind=AppointmentKind.ADVICE, starts=1),
    ),
    "appointment.move@1": ("marie", ANNE, MoveAppointment(appointment_id=THING, minutes=60)),
    "case.open@1": ("marie", ANNE, OpenCase(case_id=THING, kind=CaseKind.COMPLAINT, text="Couture.")),
    "case.move@1": ("marie", ANNE, MoveCase(case_id=THING, to=CaseState.CANCELLED)),
    "message.send@1": (
        "marie",
        ANNE,
        MESSAGE,
    ),
    "message.move@1": ("marie", ANNE, MoveMessage(message_id=THING, to=MessageState.CANCELLED)),
    "conflict.resolve@1": ("conflict", ANNE, ResolveConflict(conflict_id=UUID(int=1), keep="mine")),
    "value.reveal@1": ("marie", ANNE, RevealValue(field="phone", reason="call_her")),
    "product.put@1": (
        "office",
        record_id_of(Kind.PRODUCT.value, "A1"),
        PutProduct(
            product=Product(
                sku="A1",
                name={"fr": "Carré", "en": "Scarf"},
                family="silk",
                price=Money(amount=100, currency="EUR"),
            )
        ),
    ),
    "stock.count@1": (
        "office",
        stock_record("lyon", "A1"),
        CountStock(stock=Stock(sku="A1", store="lyon", at=1, sizes={"": 3})),
    ),
    "absence.declare@1": (
        "marie",
        absence_record(THING),
        DeclareAbsence(
            absence=Absence(
                absence_id=THING,
                associate_id=id_from("simulated-associate", "ines"),
                first_day="2026-01-05",
                last_day="2026-01-09",
                stand_in=id_from("simulated-associate", "luc"),
            )
        ),
    ),
}


def content(replica: Replica) -> set[tuple[bytes, str, int, bytes]]:
    """Return what a store holds of the server's word, down to the bytes."""
    fragments = replica.disk.real.execute("select record_id, grp, rev, body from fragment")
    members = replica.disk.real.execute("select record_id, scope, rev, kind from member where state = 1")
    return {*fragments, *members}


def made(world: World, op: str) -> None:
    """Let an edit of a kind reach the server."""
    by, record_id, mutation = EDITS[op]
    if by == "conflict":
        mutation = _contested(world)
        by = "marie"
    if by == "office":
        exchange.office(world, lambda at: world.house.office.edit(at, record_id, mutation, UUID(int=9)))
        return
    if isinstance(mutation, RedeemPoints | HoldPoints):
        some = AdjustPoints(points=10, reason="geste")
        exchange.office(world, lambda at: world.house.office.edit(at, record_id, some, UUID(int=8)))
    marie = next(each for each in world.replicas if each.code == by)
    if isinstance(mutation, RemoveElement):
        card = marie.store.card(record_id)
        assert card is not None
        seen = tuple(map(UUID, card.values["likes"]["lin"]))
        mutation = RemoveElement(field="likes", element="lin", seen=seen)
    marie.store.submit(record_id, mutation, wall_ms=marie.wall_ms())
    exchange.whole_round(world, marie)
    assert marie.store.pending() == [] and not [each for each in marie.store.problems() if each.op == op]


def _contested(world: World) -> ResolveConflict:
    """Let two people say different things, and return the decision."""
    marie = next(each for each in world.replicas if each.code == "marie")
    phone = SetField(field="phone", value="+33622222222")
    exchange.office(world, lambda at: world.house.office.edit(at, ANNE, phone, UUID(int=8)))
    marie.store.submit(ANNE, SetField(field="phone", value="+33633333333"), wall_ms=marie.wall_ms())
    exchange.whole_round(world, marie)
    (problem,) = marie.store.problems()
    return ResolveConflict(conflict_id=UUID(problem.detail["conflict_id"]), keep="mine")


class TestTheChiefEquation:
    def test_covers_every_kind_of_edit(self) -> None:
        assert set(EDITS) == set(KINDS), "a new kind of edit needs its line here"

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("op", EDITS)
    def test_holds(self, role: Role, op: str) -> None:
        with in_memory():
            world = World()
            world.house.page_bytes = 1 << 20
            marie = next(each for each in world.replicas if each.code == "marie")
            exchange.whole_round(world, marie)
            if op in FIRST:
                marie.store.submit(ANNE, FIRST[op], wall_ms=marie.wall_ms())
                exchange.whole_round(world, marie)
            _become(world, "ines", role=role)
            reader = world.replicas[0]
            exchange.whole_round(world, reader)
            before = content(reader)
            made(world, op)
            exchange.whole_round(world, reader)
            fresh = world.open_replica("ines", "lyon")
            exchange.whole_round(world, fresh)
            assert content(reader) == content(fresh)
            if role is Role.STORE_MANAGER and op != "value.reveal@1":  # that one is for the house alone
                assert content(reader) != before, "the edit says something to a manager"
