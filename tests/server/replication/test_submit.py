"""The one way in: every edit gets one verdict, and what passes is written and published."""

from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel
from schemas.ids import NOBODY, id_from, record_id_of
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CreateCustomer,
    Mutation,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RemoveElement,
    SetField,
    SourceRef,
    WithdrawNote,
    WriteNote,
)
from schemas.product import Money, Product
from schemas.protocol import Outcome, OutcomeStatus
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import (
    NOW,
    NOW_MS,
    customer_id,
    envelope,
    hire_everybody,
    make_customer,
    principal_named,
)


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


@pytest.fixture
async def ines(connection: Connection) -> Principal:
    return await principal_named(connection, "ines")


async def say(
    connection: Connection,
    principal: Principal,
    record_id: UUID,
    mutation: Mutation,
    base: dict[str, int] | None = None,
    at_ms: int = NOW_MS,
) -> Outcome:
    (outcome,) = await submit(
        connection, principal, [envelope(record_id, mutation, base=base, at_ms=at_ms)], now=NOW
    )
    return outcome


async def value(connection: Connection, record_id: UUID, field: str) -> object:
    return await connection.fetchval(f"select {field} from customer where id = $1", record_id)


class TestCreate:
    async def test_makes_a_customer_with_everything_that_finds_her(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = await make_customer(
            connection, ines, email="Anne.Durand@example.fr", phone="+33612345642", likes=["cuir"]
        )
        assert await value(connection, her, "home_store") == "lyon"
        found = await connection.fetch(
            "select kind, normalised from contact_point where customer_id = $1", her
        )
        assert {tuple(row) for row in found} == {
            ("email", "anne.durand@example.fr"),
            ("phone", "+33612345642"),
        }
        assert await connection.fetchval("select tokens from customer_search") == ["anne", "durand"]
        assert await connection.fetchval("select count(*) from name_token_delete") > 5
        keys = await connection.fetch(
            "select key from member join scope on id = scope where record_id = $1", her
        )
        assert {row["key"] for row in keys} == {"store:lyon", "brand:maison"}

    async def test_needs_a_name_or_a_source(self, connection: Connection, ines: Principal) -> None:
        outcome = await say(connection, ines, uuid4(), CreateCustomer(values={"title": "Mme"}))
        assert (outcome.status, outcome.code) == ("refused", "field_invalid")
        source = SourceRef(system="shop", reference="42")
        made = await say(connection, ines, uuid4(), CreateCustomer(values={}, source=source))
        assert made.status == "applied"

    async def test_is_refused_for_an_id_that_is_taken(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        outcome = await say(connection, ines, her, CreateCustomer(values={"given_name": "Eve"}))
        assert (outcome.status, outcome.code) == ("refused", "already_exists")
        assert await value(connection, her, "given_name") == "Anne"

    async def test_is_not_for_an_administrator(self, connection: Connection) -> None:
        adam = await principal_named(connection, "adam")
        outcome = await say(connection, adam, uuid4(), CreateCustomer(values={"given_name": "Eve"}))
        assert outcome.status == "refused"


class TestRights:
    async def test_decide_field_by_field(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        outcome = await say(connection, ines, her, SetField(field="email", value="a@b.fr"))
        assert (outcome.status, outcome.code) == ("refused", "field_not_allowed")
        marie = await principal_named(connection, "marie")
        assert (
            await say(connection, marie, her, SetField(field="email", value="a@b.fr"))
        ).status == "applied"

    async def test_refuse_what_the_server_works_out(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        outcome = await say(connection, ines, her, SetField(field="spend", value=None))
        assert (outcome.status, outcome.code) == ("refused", "field_read_only")

    async def test_answer_alike_for_strangers_and_for_nobody(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = await make_customer(connection, ines)
        paul = await principal_named(connection, "paul")
        stranger = await say(connection, paul, her, SetField(field="title", value="Mme"))
        unknown = await say(connection, paul, uuid4(), SetField(field="title", value="Mme"))
        assert stranger.status == unknown.status == OutcomeStatus.REFUSED
        assert stranger.code == unknown.code == "customer_out_of_scope"
        assert stranger.detail == unknown.detail

    async def test_keep_what_was_refused_for_a_person_to_see(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = await make_customer(connection, ines)
        await say(connection, ines, her, SetField(field="email", value="a@b.fr"))
        held = await connection.fetchrow("select * from held_edit")
        assert held is not None
        assert (held["op"], held["code"]) == ("field.set@1", "field_not_allowed")
        assert held["args"] == {"field": "email", "value": "a@b.fr"}


class TestVerdicts:
    async def test_are_given_once_for_each_mutation(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        edit = envelope(her, AddElement(field="likes", element="cuir"))
        first, second = await submit(connection, ines, [edit, edit], now=NOW)
        (third,) = await submit(connection, ines, [edit], now=NOW)
        assert [first.status, second.status, third.status] == ["applied", "duplicate", "duplicate"]
        assert third.detail == {"status": "applied"}

    async def test_park_what_this_build_does_not_know(self, connection: Connection, ines: Principal) -> None:
        edit = envelope(customer_id(1), AddElement(field="likes", element="cuir"))
        unknown = type(edit)(
            seq=1,
            mutation_id=edit.mutation_id,
            record_id=edit.record_id,
            op="customer.levitate@1",
            args=b"{}",
        )
        (outcome,) = await submit(connection, ines, [unknown], now=NOW)
        assert (outcome.status, outcome.code) == ("parked", "unknown_op")

    async def test_refuse_what_cannot_be_read_and_go_on(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = await make_customer(connection, ines)
        good = envelope(her, AddElement(field="likes", element="cuir"))
        broken = [
            type(good)(seq=0, mutation_id=uuid4(), record_id=her, op="element.add@1", args=args)
            for args in (b"", b"{", b'{"field":1}', b"[" * 5000, b'{"field":"likes","element":"\xff"}')
        ]
        outcomes = await submit(connection, ines, [*broken, good], now=NOW)
        assert [each.status for each in outcomes] == ["refused"] * 5 + ["applied"]

    async def test_refuse_what_the_database_cannot_hold_and_keep_the_rest(
        self, connection: Connection
    ) -> None:
        integration = await principal_named(connection, "import")
        huge = ticket(1, total=2**70)
        good = ticket(2)
        outcomes = await submit(
            connection,
            integration,
            [envelope(NOBODY, RecordPurchase(purchase=each)) for each in (huge, good)],
            now=NOW,
        )
        assert [each.status for each in outcomes] == ["refused", "applied"]

    async def test_tell_an_erased_person_by_her_id_alone(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = uuid4()
        await connection.execute("insert into erasure (record_id) values ($1)", her)
        outcome = await say(connection, ines, her, CreateCustomer(values={"given_name": "Eve"}))
        assert outcome.status == "erased"
        assert await connection.fetchval("select count(*) from held_edit") == 0


class TestConcurrentEdits:
    async def test_of_a_plain_field_the_later_stands_and_the_other_is_kept(
        self, connection: Connection, ines: Principal
    ) -> None:
        her = await make_customer(connection, ines, title="Mme")
        luc = await principal_named(connection, "luc")
        late = SetField(field="title", value="Dr")
        assert (await say(connection, ines, her, late, {"title": 1})).status == "applied"
        early = SetField(field="title", value="Mlle")
        outcome = await say(connection, luc, her, early, {"title": 1}, at_ms=NOW_MS - 60_000)
        assert outcome.status == "merged"
        assert await value(connection, her, "title") == "Dr"
        past = await connection.fetch("select value from field_past order by id")
        assert [row["value"] for row in past] == ["Mme", "Mlle"]

    async def test_of_a_guarded_field_a_person_decides(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        luc = await principal_named(connection, "luc")
        first = SetField(field="family_name", value="Durant")
        assert (await say(connection, ines, her, first, {"family_name": 1})).status == "applied"
        second = SetField(field="family_name", value="Durrand")
        outcome = await say(connection, luc, her, second, {"family_name": 1})
        assert outcome.status == "conflict"
        assert await value(connection, her, "family_name") == "Durant"
        card = await connection.fetchrow("select mine, theirs, owner from conflict")
        assert card is not None
        assert (card["mine"], card["theirs"], card["owner"]) == ("Durrand", "Durant", luc.associate_id)

    async def test_of_a_set_keep_what_the_other_added(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        first = envelope(her, AddElement(field="tags", element="vip"))
        await submit(connection, ines, [first], now=NOW)
        await say(connection, ines, her, AddElement(field="tags", element="vip"))
        seen = RemoveElement(field="tags", element="vip", seen=(first.mutation_id,))
        await say(connection, ines, her, seen)
        tags = await value(connection, her, "tags")
        assert isinstance(tags, dict)
        assert len(tags["vip"]) == 1


class TestNotes:
    async def test_are_withdrawn_by_their_author_only(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        luc = await principal_named(connection, "luc")
        note = WriteNote(note_id=uuid4(), text="Aime le bleu", level=NoteLevel.PRIVATE)
        assert (await say(connection, ines, her, note)).status == "applied"
        theirs = await say(connection, luc, her, WithdrawNote(note_id=note.note_id))
        nobodys = await say(connection, luc, her, WithdrawNote(note_id=uuid4()))
        assert (theirs.status, theirs.code, theirs.detail) == (nobodys.status, nobodys.code, nobodys.detail)
        assert (await say(connection, ines, her, WithdrawNote(note_id=note.note_id))).status == "applied"

    async def test_live_in_a_group_of_their_audience(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        for level in (NoteLevel.PRIVATE, NoteLevel.STORE, NoteLevel.BRAND):
            await say(connection, ines, her, WriteNote(note_id=uuid4(), text=level.value, level=level))
        rows = await connection.fetch("select grp from fragment where grp like 'notes%' order by grp")
        assert [row["grp"] for row in rows] == ["notes", f"notes@own:{ines.associate_id}", "notes@store:lyon"]

    @pytest.mark.parametrize(("store", "audience"), [("lyon", "store:lyon"), ("paris", "own:{}")])
    async def test_stay_in_the_store_where_they_were_written(
        self, connection: Connection, ines: Principal, store: str, audience: str
    ) -> None:
        her = await make_customer(connection, ines)
        elsewhere = msgspec.structs.replace(ines, device_store="nice")
        note = WriteNote(note_id=uuid4(), text="Aime le bleu", level=NoteLevel.STORE, store=store)
        assert (await say(connection, elsewhere, her, note)).status == "applied"
        groups = await connection.fetch("select grp from fragment where grp like 'notes@%'")
        assert [row["grp"] for row in groups] == ["notes@" + audience.format(ines.associate_id)]


def ticket(
    number: int, *, total: int = 12_000, at: int = NOW_MS, kind: PurchaseKind = PurchaseKind.SALE
) -> Purchase:
    line = PurchaseLine(
        sku="SH-1",
        title="Derby",
        quantity=1 if total > 0 else -1,
        amount=total,
        size="39",
        size_category="shoes",
        family="shoes",
    )
    return Purchase(
        purchase_id=id_from("test-ticket", str(number)),
        source="till",
        reference=str(number),
        at=at,
        channel=Channel.STORE,
        kind=kind,
        currency="EUR",
        total=total,
        lines=(line,),
        store="lyon",
    )


class TestPurchases:
    async def test_draw_sums_sizes_and_points(self, connection: Connection) -> None:
        integration = await principal_named(connection, "import")
        her = await make_customer(connection, integration, home_store="lyon", loyalty_card="C 12")
        tickets = [ticket(1), ticket(2, total=24_000, at=NOW_MS - 1000)]
        edits = [envelope(her, RecordPurchase(purchase=each)) for each in tickets]
        outcomes = await submit(connection, integration, edits, now=NOW)
        assert [each.status for each in outcomes] == ["applied", "applied"]
        spend = await value(connection, her, "spend")
        assert isinstance(spend, dict)
        assert (spend["lifetime"], spend["purchases"]) == (36_000, 2)
        assert await value(connection, her, "computed_sizes") == {"shoes": {"value": "39", "purchases": 2}}
        loyalty = await value(connection, her, "loyalty")
        assert isinstance(loyalty, dict)
        assert loyalty["points"] == 360

    async def test_told_again_change_nothing(self, connection: Connection) -> None:
        integration = await principal_named(connection, "import")
        her = await make_customer(connection, integration, home_store="lyon")
        await say(connection, integration, her, RecordPurchase(purchase=ticket(1)))
        before = await connection.fetch("select record_id, grp, rev, body from fragment order by 1, 2")
        outcome = await say(connection, integration, her, RecordPurchase(purchase=ticket(1)))
        assert outcome.status == "applied"
        assert (
            await connection.fetch("select record_id, grp, rev, body from fragment order by 1, 2") == before
        )
        assert await connection.fetchval("select count(*) from purchase_line") == 1

    async def test_without_a_customer_stay_in_the_ledger(self, connection: Connection) -> None:
        integration = await principal_named(connection, "import")
        outcome = await say(connection, integration, NOBODY, RecordPurchase(purchase=ticket(1)))
        assert outcome.status == "applied"
        assert await connection.fetchval("select count(*) from purchase where customer_id is null") == 1
        assert await connection.fetchval("select count(*) from fragment") == 0


class TestLedgers:
    async def test_of_consent_keep_every_word(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        for state in (ConsentState.GRANTED, ConsentState.WITHDRAWN):
            said = RecordConsent(
                brand="maison", channel=ContactChannel.EMAIL, purpose=Purpose.MARKETING, state=state
            )
            assert (await say(connection, ines, her, said)).status == "applied"
        assert await connection.fetchval("select count(*) from consent_event") == 2
        standings = await value(connection, her, "consents")
        assert isinstance(standings, dict)
        assert standings["maison/email/marketing"]["state"] == "withdrawn"

    async def test_of_points_count_a_mutation_once(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        lea = await principal_named(connection, "lea")
        edit = envelope(her, AdjustPoints(points=50, reason="geste commercial"))
        for _ in range(2):
            await submit(connection, lea, [edit], now=NOW)
        loyalty = await value(connection, her, "loyalty")
        assert isinstance(loyalty, dict)
        assert loyalty["points"] == 50

    async def test_of_products_reach_every_tablet(self, connection: Connection) -> None:
        integration = await principal_named(connection, "import")
        product = Product(
            sku="SH-1", name={"fr": "Derby"}, family="shoes", price=Money(amount=45_000, currency="EUR")
        )
        record_id = record_id_of("product", "SH-1")
        assert (
            await say(connection, integration, record_id, PutProduct(product=product))
        ).status == "applied"
        key = await connection.fetchval(
            "select key from member join scope on id = scope where record_id = $1", record_id
        )
        assert key == "catalog"


class TestMembership:
    async def test_follows_her_store_and_her_associate(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        noe = await principal_named(connection, "noe")
        move = SetField(field="home_store", value="nice")
        assert (await say(connection, ines, her, move, {"home_store": 1})).status == "applied"
        rows = await connection.fetch(
            "select key, state, rev from member join scope on id = scope where record_id = $1 order by key",
            her,
        )
        assert [tuple(row) for row in rows] == [
            ("brand:maison", 1, 1),
            ("store:lyon", 0, 2),
            ("store:nice", 1, 1),
        ]
        gone = await say(connection, ines, her, SetField(field="title", value="Mme"))
        assert gone.code == "customer_out_of_scope"
        assert (await say(connection, noe, her, SetField(field="title", value="Mme"))).status == "applied"

    async def test_does_not_count_edits(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines)
        size = PutEntry(field="sizes", key="shoes", value={"value": "39"})
        await say(connection, ines, her, size)
        assert await connection.fetchval("select max(rev) from member") == 1


class TestFragments:
    async def test_move_only_where_something_changed(self, connection: Connection, ines: Principal) -> None:
        her = await make_customer(connection, ines, likes=["cuir"])
        before = {row["grp"]: row["rev"] for row in await connection.fetch("select grp, rev from fragment")}
        await say(connection, ines, her, AddElement(field="likes", element="soie"))
        after = {row["grp"]: row["rev"] for row in await connection.fetch("select grp, rev from fragment")}
        assert {group for group in after if after[group] != before.get(group)} == {
            group for group in after if group.startswith(("sizes.", "likes."))
        }
