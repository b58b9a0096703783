"""Deliveries of each platform on a real database: late, repeated and swapped ones end in the same state."""

import random
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from schemas.ids import id_from
from schemas.mutations import SetField
from server.database import queue
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.connectors.shop import CUSTOMER, ORDER, changed, connect, consent, deliver, settle
from tests.server.people import NOW, envelope, hire_everybody, principal_named

pytestmark = pytest.mark.anyio

HER = id_from("customer", "shop", str(CUSTOMER["id"]))
GID = f"gid://shopify/Customer/{CUSTOMER['id']}"
MAIL_WORDING = "shop-tick-1"
SHOWN = (
    "given_name", "family_name", "email", "phone", "address", "town", "tags", "consents", "purchases",
    "spend", "wish_list", "touchpoints",
)  # fmt: skip

Delivery = tuple[str, dict[str, Any]]
STORY: tuple[Delivery, ...] = (
    ("customers/create", CUSTOMER),
    ("customers/update", changed(CUSTOMER, first_name="Annie", updated_at="2026-03-03T09:00:00+01:00")),
    (
        "customers/update",
        changed(CUSTOMER, email="a.lefevre@example.com", updated_at="2026-03-05T09:00:00+01:00"),
    ),
    ("orders/create", ORDER),
    ("orders/updated", changed(ORDER, total_price="130.00", updated_at="2026-03-02T11:00:00+01:00")),
    (
        "orders/updated",
        changed(
            ORDER,
            total_price="130.00",
            updated_at="2026-03-04T11:00:00+01:00",
            refunds=[
                {
                    "id": 91,
                    "created_at": "2026-03-04T11:00:00+01:00",
                    "refund_line_items": [
                        {"quantity": 1, "subtotal": "20.00", "line_item": ORDER["line_items"][1]}
                    ],
                    "transactions": [{"kind": "refund", "status": "success", "amount": "20.00"}],
                }
            ],
        ),
    ),
    ("customer_tags/added", {"customerId": GID, "tags": ["vip", "press"],
                             "occurredAt": "2026-03-02T10:00:00Z"}),
    ("customer_tags/removed", {"customerId": GID, "tags": ["press"],
                               "occurredAt": "2026-03-03T10:00:00Z"}),
    ("customers/email_marketing_consent_update", consent("subscribed", "2026-03-01T09:00:00Z")),
    ("customers/email_marketing_consent_update", consent("unsubscribed", "2026-03-04T09:00:00Z")),
    ("customers/email_marketing_consent_update", consent("subscribed", "2026-03-06T09:00:00Z")),
)  # fmt: skip


@pytest.fixture
async def house(connection: Connection) -> Connection:
    await hire_everybody(connection)
    await connection.execute(
        """
        insert into consent_wording (version, brand, channel, purpose, texts, published_at)
        values ($1, 'maison', 'email', 'marketing', '{"fr": "Oui, écrivez-moi."}', '2025-01-01')
        """,
        MAIL_WORDING,
    )
    return connection


async def tell(connection: Connection, database: str, story: Any, **settings: Any) -> None:
    connector_id = await connect(connection, **settings)
    for topic, document in story:
        await deliver(connection, connector_id, topic, document)
        if settings.get("each"):
            await settle(connection, database)
    await settle(connection, database)
    left = await connection.fetch("select topic, state, error from delivery where state <> 'done'")
    assert [dict(row) for row in left] == []


async def customer(connection: Connection, customer_id: UUID = HER) -> dict[str, Any]:
    row = await connection.fetchrow("select * from customer where id = $1", customer_id)
    assert row is not None
    found = {name: row[name] for name in SHOWN}
    found["tags"] = sorted(row["tags"] or {})
    return found


async def start_again(connection: Connection) -> None:
    rows = await connection.fetch(
        """
        select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
          and relname not in ('store', 'associate', 'policy', 'consent_wording', 'wall', 'wall_lens', 'boot',
                              'boot_marker', 'alembic_version')
        """
    )
    await connection.execute("truncate " + ", ".join(row["relname"] for row in rows))


class TestShopify:
    async def test_makes_one_person_with_her_purchases_tags_and_consents(
        self, house: Connection, database: str
    ) -> None:
        await tell(house, database, STORY, consents={"email": MAIL_WORDING})
        found = await customer(house)
        assert (found["given_name"], found["email"]) == ("Aurélie", "a.lefevre@example.com")
        assert found["tags"] == ["vip"]
        assert found["consents"]["maison/email/marketing"]["state"] == "granted"
        assert found["spend"]["lifetime"] == 13000 - 2000
        assert [each["kind"] for each in found["purchases"]] == ["return", "sale"]

    async def test_ends_in_the_same_state_whatever_the_order_and_however_often_told(
        self, house: Connection, database: str
    ) -> None:
        await tell(house, database, STORY, consents={"email": MAIL_WORDING})
        expected = await customer(house)
        for seed in range(8):
            await start_again(house)
            order = [*STORY, *STORY[: seed % 5]]
            random.Random(seed).shuffle(order)
            await tell(house, database, order, consents={"email": MAIL_WORDING})
            assert await customer(house) == expected, seed

    async def test_grants_nothing_that_head_office_did_not_map(
        self, house: Connection, database: str
    ) -> None:
        old = changed(CUSTOMER, accepts_marketing=True, marketing_opt_in_level="confirmed_opt_in")
        unknown = consent("subscribed", "2026-03-06T09:00:00Z", "unknown")
        story = [("customers/create", old), ("customers/email_marketing_consent_update", unknown), STORY[-1]]
        await tell(house, database, story)
        assert not (await customer(house))["consents"]
        await start_again(house)
        await tell(house, database, story[:2], consents={"email": MAIL_WORDING})
        assert not (await customer(house))["consents"]
        await start_again(house)
        await tell(house, database, story, consents={"email": "never-published"})
        assert not (await customer(house))["consents"]

    async def test_takes_a_withdrawal_whatever_is_mapped_and_lifts_none_of_another_hand(
        self, house: Connection, database: str
    ) -> None:
        await tell(house, database, [STORY[0], *STORY[8:10]])
        assert (await customer(house))["consents"]["maison/email/marketing"]["state"] == "withdrawn"

    async def test_leaves_what_somebody_else_said_since(self, house: Connection, database: str) -> None:
        connector_id = await connect(house)
        await deliver(house, connector_id, *STORY[0])
        await settle(house, database)
        henri = await principal_named(house, "henri")
        own = envelope(HER, SetField(field="town", value="Annecy"), base={"town": 1})
        (outcome,) = await submit(house, henri, [own], now=NOW)
        assert outcome.status == "applied"
        moved = changed(
            CUSTOMER,
            default_address=CUSTOMER["default_address"] | {"city": "Dijon"},
            updated_at="2026-04-01T09:00:00Z",
        )
        await deliver(house, connector_id, "customers/update", moved)
        await settle(house, database)
        found = await customer(house)
        assert (found["town"], found["address"]["city"]) == ("Annecy", "Dijon")

    async def test_counts_a_cancelled_order_for_nothing(self, house: Connection, database: str) -> None:
        gone = changed(ORDER, cancelled_at="2026-03-09T00:00:00Z", updated_at="2026-03-09T00:00:00Z")
        for order in permutations([("orders/create", ORDER), ("orders/cancelled", gone)]):
            await tell(house, database, order)
            found = await customer(house)
            assert found["spend"]["lifetime"] == 0
            assert [each["kind"] for each in found["purchases"]] == ["cancelled"]
            await start_again(house)

    async def test_asks_the_privacy_officer_and_decides_nothing_itself(
        self, house: Connection, database: str
    ) -> None:
        asked = {"shop_id": 1, "shop_domain": "x", "customer": {"id": CUSTOMER["id"]}}
        story = [
            STORY[0],
            ("customers/redact", asked | {"orders_to_redact": []}),
            ("customers/data_request", asked | {"data_request": {"id": 9}}),
            ("shop/redact", {"shop_id": 1, "shop_domain": "x"}),
        ]
        await tell(house, database, story)
        kinds = await house.fetch("select kind from alarm order by kind")
        assert [row["kind"] for row in kinds] == [
            "privacy_data_request",
            "privacy_redact",
            "privacy_shop_redact",
        ]
        assert (await customer(house))["email"]

    async def test_keeps_nothing_of_a_person_who_was_forgotten(
        self, house: Connection, database: str
    ) -> None:
        from server.privacy.erasing import erase
        from server.privacy.fingerprints import use_secret

        use_secret(b"a secret of tests, never of anyone else")
        await tell(house, database, STORY[:4])
        async with house.transaction():
            await erase(house, await principal_named(house, "paola"), HER, reason="case 1")
        assert await house.fetchval("select count(*) from delivery where body is not null") == 0
        connector_id = await house.fetchval("select id from connector")
        again = changed(CUSTOMER, id=99, updated_at="2026-05-01T00:00:00Z")
        for topic, document in (*STORY[1:], ("customers/create", again)):
            await deliver(house, connector_id, topic, document)
        await settle(house, database)
        assert await house.fetchval("select count(*) from customer") == 0
        assert await house.fetchval("select count(*) from source_record") == 0
        assert await house.fetchval("select count(*) from delivery where body is not null") == 0


class TestAVisitor:
    EVENTS = (
        {"type": "track", "event": "Product Viewed", "anonymousId": "v-1", "messageId": "m1",
         "timestamp": "2026-03-01T10:00:00Z", "properties": {"sku": "BAG-1", "name": "Bag"}},
        {"type": "track", "event": "Products Searched", "anonymousId": "v-1", "messageId": "m2",
         "timestamp": "2026-03-01T10:01:00Z", "properties": {"query": "belt"}},
        {"type": "track", "event": "Product Added to Wishlist", "anonymousId": "v-1", "messageId": "m3",
         "timestamp": "2026-03-01T10:02:00Z", "properties": {"sku": "BAG-1", "name": "Bag"}},
        {"type": "track", "event": "Completed Order", "anonymousId": "v-1", "messageId": "m4",
         "timestamp": "2026-03-01T10:03:00Z", "properties": {"orderId": "o1", "total": 40, "currency": "EUR",
         "products": [{"sku": "BAG-1", "name": "Bag", "price": 40, "quantity": 1}]}},
        {"type": "identify", "userId": "u-1", "anonymousId": "v-1", "messageId": "m5",
         "timestamp": "2026-03-01T10:04:00Z",
         "traits": {"firstName": "Aurélie", "lastName": "Lefèvre", "email": "aurelie@example.com"}},
        {"type": "track", "event": "Product Viewed", "userId": "u-1", "messageId": "m6",
         "timestamp": "2026-03-02T10:00:00Z", "properties": {"sku": "BELT-1", "name": "Belt"}},
    )  # fmt: skip
    USER = id_from("customer", "web", "u-1")

    async def test_is_joined_to_the_person_who_signs_in_whatever_came_first(
        self, house: Connection, database: str
    ) -> None:
        expected = None
        for seed in range(6):
            order = [*self.EVENTS, *self.EVENTS[: seed % 3]]
            random.Random(seed).shuffle(order)
            await tell(house, database, [("batch", each) for each in order], kind="segment", source="web")
            found = await customer(house, self.USER)
            expected = expected or found
            assert found == expected, seed
            assert len(found["touchpoints"]) == 3
            assert list(found["wish_list"]) == ["BAG-1"]
            assert found["spend"]["lifetime"] == 4000
            assert await house.fetchval("select count(*) from awaiting") == 0
            await start_again(house)

    async def test_stays_nobody_until_she_signs_in(self, house: Connection, database: str) -> None:
        story = [("track", each) for each in self.EVENTS[:4]]
        await tell(house, database, story, kind="segment", source="web")
        assert await house.fetchval("select count(*) from customer") == 0
        assert await house.fetchval("select customer_id from purchase") is None
        assert await house.fetchval("select count(*) from awaiting") == 4

    async def test_on_a_screen_that_two_people_share_stays_nobody_afterwards(
        self, house: Connection, database: str
    ) -> None:
        other = {**self.EVENTS[4], "userId": "u-2", "messageId": "m7"}
        story = [("identify", self.EVENTS[4]), ("identify", other)]
        await tell(house, database, story, kind="segment", source="web")
        connector_id = await house.fetchval("select id from connector")
        await deliver(house, connector_id, "track", self.EVENTS[0])
        await settle(house, database)
        assert await house.fetchval("select count(*) from touchpoint") == 0
        assert await house.fetchval("select count(*) from awaiting") == 1


TICKET: dict[str, Any] = {
    "type": "ticket",
    "version": 1,
    "reference": "lyon-1-20260301-0042",
    "at": "2026-03-01T11:02:03+01:00",
    "store": "lyon",
    "currency": "EUR",
    "total": 12900,
    "lines": [{"sku": "BAG-1", "title": "Bag", "quantity": 1, "amount": 12900}],
    "customer": {"card": "MB 000042"},
}
PERSON: dict[str, Any] = {
    "type": "person",
    "version": 1,
    "reference": "c-1",
    "at": "2026-03-01T12:00:00Z",
    "values": {"family_name": "Lefèvre", "loyalty_card": "MB-000042", "phone": "06 98 76 54 32"},
}
CALL: dict[str, Any] = {
    "type": "touchpoint",
    "version": 1,
    "reference": "call-7",
    "at": "2026-03-01T15:00:00Z",
    "kind": "call",
    "channel": "call_centre",
    "summary": "asked for her repair",
    "customer": {"phone": "+33698765432"},
}


class TestATill:
    async def test_tells_a_ticket_that_finds_its_person_by_card_phone_or_mail_before_or_after(
        self, house: Connection, database: str
    ) -> None:
        by_phone = {**TICKET, "reference": "t2", "customer": {"phone": "+33698765432"}}
        whole = [TICKET, by_phone, PERSON, CALL]
        for order in (whole, whole[::-1], [PERSON, CALL, TICKET, by_phone], [CALL, TICKET, PERSON, by_phone]):
            await tell(house, database, [("", each) for each in order], kind="comptoir", source="till")
            found = await customer(house, id_from("customer", "till", "c-1"))
            assert found["spend"]["lifetime"] == 25800
            assert [each["kind"] for each in found["touchpoints"]] == ["call"]
            assert await house.fetchval("select sum(points) from loyalty_entry") == 258
            await start_again(house)

    async def test_that_says_it_in_another_shape_is_put_aside_with_the_reason(
        self, house: Connection, database: str
    ) -> None:
        connector_id = await connect(house, "comptoir", source="till")
        for wrong in ({**TICKET, "totall": 1}, {**TICKET, "version": 2}, {"type": "poem"}, b"{", b"7"):
            await deliver(house, connector_id, "", wrong)
        await settle(house, database)
        rows = await house.fetch("select state, attempts, error from delivery")
        assert {(row["state"], row["attempts"]) for row in rows} == {("dead", 1)}
        assert all(row["error"] for row in rows)

    async def test_that_tells_several_things_of_which_one_is_wrong_is_heard_on_the_others(
        self, house: Connection, database: str
    ) -> None:
        later = TICKET | {"reference": "t2", "at": "2126-03-01T11:02:03Z"}
        connector_id = await connect(house, "comptoir", source="till")
        await deliver(house, connector_id, "", [PERSON, later, "?", TICKET | {"kind": "exchange"}, TICKET])
        for attempt in range(2):
            await settle(house, database)
            row = await house.fetchrow("select id, state, attempts, error, records from delivery")
            assert row is not None
            assert (row["state"], row["attempts"]) == ("dead", 1)
            assert row["error"] == (
                "3 of 5 left: document 2: it is dated more than a day ahead; document 3: it is no object; "
                "document 4: wrong value - at `$.kind`"
            )
            assert row["records"] == [id_from("customer", "till", "c-1")]
            assert await house.fetchval("select array_agg(total) from purchase") == [12900]
            assert await queue.try_again(house, "delivery", row["id"], now=datetime.now(UTC)), attempt

    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            (TICKET | {"kind": "exchange"}, "wrong value - at `$.kind`"),
            (TICKET | {"type": "poem"}, "wrong value - at `$.type`"),
            (TICKET | {"at": "yesterday"}, "at is no instant, as 2026-03-01T11:02:03+01:00"),
            (TICKET | {"revised": "soon"}, "revised is no instant, as 2026-03-01T11:02:03+01:00"),
            (
                TICKET | {"kind": "return"},
                "the total of a return is above nothing: goods brought back are negative",
            ),
            (TICKET | {"at": "2126-03-01T11:02:03Z"}, "it is dated more than a day ahead"),
            (CALL | {"at": "2126-03-01T11:02:03Z"}, "it is dated more than a day ahead"),
            (CALL | {"customer": {}}, "customer names nobody: reference, card, phone or email"),
        ],
        ids=lambda told: told if isinstance(told, str) else "",
    )
    async def test_is_told_which_member_is_wrong_and_never_a_value(
        self, house: Connection, database: str, wrong: dict[str, Any], reason: str
    ) -> None:
        connector_id = await connect(house, "comptoir", source="till")
        await deliver(house, connector_id, "", wrong)
        await settle(house, database)
        row = await house.fetchrow("select state, attempts, error from delivery")
        assert row is not None and tuple(row) == ("dead", 1, reason)
        assert await house.fetchval("select count(*) from purchase") == 0

    @pytest.mark.parametrize("first", [PERSON, CALL], ids=["known", "waited for"])
    async def test_tells_of_a_call_without_the_words_that_no_note_may_hold(
        self, house: Connection, database: str, first: dict[str, Any]
    ) -> None:
        told = CALL | {"summary": "she is pregnant and asked for a larger size"}
        story = (PERSON, told) if first is PERSON else (told, PERSON)
        await tell(house, database, [("", each) for each in story], kind="comptoir", source="till")
        found = await customer(house, id_from("customer", "till", "c-1"))
        assert [(each["kind"], each.get("summary", "")) for each in found["touchpoints"]] == [("call", "")]
        assert await house.fetchval("select count(*) from touchpoint where summary <> ''") == 0

    async def test_tells_an_exchange_and_an_appointment_to_come(
        self, house: Connection, database: str
    ) -> None:
        lines = [
            {"sku": "BAG-1", "quantity": -1, "amount": -12900},
            {"sku": "BELT-1", "quantity": 1, "amount": 4900},
        ]
        exchange = TICKET | {"reference": "t9", "total": -8000, "lines": lines}
        visit = CALL | {"kind": "appointment", "channel": "store", "at": "2126-03-01T11:02:03Z"}
        story = [("", each) for each in (PERSON, TICKET, exchange, visit)]
        await tell(house, database, story, kind="comptoir", source="till")
        found = await customer(house, id_from("customer", "till", "c-1"))
        assert found["spend"]["lifetime"] == 4900
        assert [each["kind"] for each in found["touchpoints"]] == ["appointment"]

    async def test_waits_for_a_person_who_is_one(self, house: Connection, database: str) -> None:
        twins = [PERSON, {**PERSON, "reference": "c-2", "values": {**PERSON["values"], "given_name": "Zoé"}}]
        story = [("", each) for each in (*twins, TICKET)]
        await tell(house, database, story, kind="comptoir", source="till")
        assert await house.fetchval("select customer_id from purchase") is None
