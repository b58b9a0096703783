"""The doors: nobody without a signature is heard, everything heard is kept and answered at once."""

import asyncio
import base64
import hmac
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.ids import id_from
from server.cli import parser
from server.commands import deliveries
from server.connectors.signatures import standard_signature
from server.connectors.work import forget_old, work_through
from server.database import queue
from server.database.pool import Connection, transaction
from server.policy.in_force import Policies
from tests.server.connectors.shop import CUSTOMER, ORDER, SECRET, SHARED, connect, settle, signed
from tests.server.rest.house import asking

pytestmark = pytest.mark.anyio

BODY = msgspec.json.encode(CUSTOMER)


def headers(body: bytes = BODY, **more: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-shopify-hmac-sha256": signed(body),
        "x-shopify-topic": "customers/create",
        "x-shopify-webhook-id": "w-1",
        **more,
    }


def _same(moment: datetime) -> datetime:
    return moment


@pytest.fixture
async def shop(house: dict[str, UUID], connection: Connection) -> str:
    return f"/v1/hooks/{await connect(connection)}"


class TestAHook:
    async def test_keeps_a_delivery_once_word_for_word(
        self, client: httpx.AsyncClient, shop: str, connection: Connection
    ) -> None:
        for _ in range(3):
            reply = await client.post(shop, content=BODY, headers=headers())
            assert (reply.status_code, reply.json()) == (200, {"status": "kept"})
        rows = await connection.fetch("select topic, body, state from delivery")
        assert [(row["topic"], bytes(row["body"]), row["state"]) for row in rows] == [
            ("customers/create", BODY, "waiting")
        ]

    @pytest.mark.parametrize(
        "changes",
        [
            {"x-shopify-hmac-sha256": signed(BODY, "another secret")},
            {"x-shopify-hmac-sha256": ""},
            {"x-shopify-hmac-sha256": signed(b"{}")},
        ],
    )
    async def test_hears_nobody_without_the_signature(
        self, client: httpx.AsyncClient, shop: str, connection: Connection, changes: dict[str, str]
    ) -> None:
        refused = await client.post(shop, content=BODY, headers=headers(**changes))
        nowhere = await client.post(f"/v1/hooks/{UUID(int=1)}", content=BODY, headers=headers())
        assert refused.status_code == nowhere.status_code == 401
        assert refused.content == nowhere.content
        assert await connection.fetchval("select count(*) from delivery") == 0

    @pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request", "shop/redact"])
    async def test_answers_401_to_a_privacy_topic_with_a_wrong_signature(
        self, client: httpx.AsyncClient, shop: str, topic: str
    ) -> None:
        wrong = headers(**{"x-shopify-topic": topic, "x-shopify-hmac-sha256": signed(BODY, "x" * 8)})
        assert (await client.post(shop, content=BODY, headers=wrong)).status_code == 401

    @pytest.mark.parametrize("body", [b"", b"\x00", b"{", b"[" * 5000, b'{"id":"\\u0000"}', b"\xff\xfe"])
    async def test_keeps_whatever_is_signed_and_puts_aside_what_cannot_be_read(
        self, client: httpx.AsyncClient, shop: str, connection: Connection, database: str, body: bytes
    ) -> None:
        assert (await client.post(shop, content=body, headers=headers(body))).status_code == 200
        await settle(connection, database)
        assert await connection.fetchval("select state from delivery") == "dead"

    async def test_answers_woocommerces_first_call(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        woo = await connect(connection, "woocommerce", source="woo")
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert (
            await client.post(f"/v1/hooks/{woo}", content=b"webhook_id=7", headers=form)
        ).status_code == 200
        assert (await client.post(f"/v1/hooks/{woo}", content=b"id=7", headers=form)).status_code == 401
        assert await connection.fetchval("select count(*) from delivery") == 0


class TestTheQueue:
    async def test_is_worked_through_behind_the_wall_of_the_database(
        self, app: Litestar, client: httpx.AsyncClient, shop: str, connection: Connection
    ) -> None:
        order = msgspec.json.encode(ORDER)
        for body, topic in ((BODY, "customers/create"), (order, "orders/create")):
            reply = await client.post(shop, content=body, headers=headers(body, **{"x-shopify-topic": topic}))
            assert reply.status_code == 200
        assert await work_through(app.state.pool, SECRET, Policies()) == 2
        rows = await connection.fetch("select state, error from delivery")
        assert {(row["state"], row["error"]) for row in rows} == {("done", None)}
        assert await connection.fetchval("select count(*) from purchase where source = 'shop'") == 1
        async with transaction(app.state.pool) as walled:
            await forget_old(walled, now=datetime.now(UTC) + timedelta(days=40))
        assert await connection.fetchval("select count(*) from delivery where body is not null") == 0

    async def test_tries_again_with_growing_pauses_and_gives_up_at_last(
        self, app: Litestar, client: httpx.AsyncClient, shop: str, connection: Connection
    ) -> None:
        assert [queue.pause_s(attempts) for attempts in (1, 2, 3, 9)] == [10, 40, 160, 21_600]
        await client.post(shop, content=BODY, headers=headers())
        await connection.execute("alter table source_record rename to source_record_away")
        now = datetime.now(UTC)
        for attempt in range(queue.MOST_ATTEMPTS):
            assert await work_through(app.state.pool, SECRET, Policies(), clock=partial(_same, now)) == 1
            assert await work_through(app.state.pool, SECRET, Policies(), clock=partial(_same, now)) == 0
            row = await connection.fetchrow("select state, attempts, error from delivery")
            assert row is not None
            assert (row["attempts"], row["error"]) == (attempt + 1, "UndefinedTableError")
            now += timedelta(seconds=queue.LONGEST_PAUSE_S + 1)
        assert row["state"] == "dead"
        await connection.execute("alter table source_record_away rename to source_record")
        delivery = await connection.fetchval("select id from delivery")
        assert await queue.try_again(connection, "delivery", delivery, now=now)
        assert await work_through(app.state.pool, SECRET, Policies(), clock=partial(_same, now)) == 1
        assert await connection.fetchval("select state from delivery") == "done"


class TestCollecting:
    async def test_takes_segments_calls_with_the_write_key_of_a_connector(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection, database: str
    ) -> None:
        henri = await asking(client, "henri")
        made = (await henri.send("POST", "/connectors", {"source": "web", "kind": "segment"})).json()
        key = base64.b64encode(f"{made['secret']}:".encode()).decode()
        identify = {
            "userId": "u-9", "messageId": "m", "timestamp": "2026-03-01T10:00:00Z",
            "traits": {"name": "Aurélie Lefèvre", "email": "aurelie@example.com"},
        }  # fmt: skip
        batch = {"batch": [{**identify, "type": "identify", "userId": "u-10"}, {"type": "page"}]}
        for call, body in (("identify", identify), ("batch", batch)):
            reply = await client.post(f"/v1/{call}", json=body, headers={"authorization": f"Basic {key}"})
            assert reply.status_code == 200, reply.text
        wrong = base64.b64encode(f"{made['secret']}x:".encode()).decode()
        for told in (wrong, "AAAA", "", base64.b64encode(b"wk_zz:").decode()):
            reply = await client.post("/v1/track", json={}, headers={"authorization": f"Basic {told}"})
            assert reply.status_code == 401
        await settle(connection, database)
        found = await connection.fetchval("select payload -> 'values' ->> 'given_name' from source_record")
        assert found == "Aurélie"

    async def test_gives_a_visitor_what_she_did_before_she_signed_in_however_often_it_is_told(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection, database: str
    ) -> None:
        henri = await asking(client, "henri")
        made = (await henri.send("POST", "/connectors", {"source": "web", "kind": "segment"})).json()
        key = base64.b64encode(f"{made['secret']}:".encode()).decode()

        async def call(name: str, **said: Any) -> None:
            reply = await client.post(f"/v1/{name}", json=said, headers={"authorization": f"Basic {key}"})
            assert reply.status_code == 200, reply.text

        async def seen() -> Any:
            shown = await henri.get(
                f"/customers/{id_from('customer', 'web', 'u-9')}?expand=purchases,timeline"
            )
            assert shown.status_code == 200, shown.text
            values = shown.json()
            return values["touchpoints"], [each["total"] for each in values["purchases"]]

        visit: list[tuple[str, dict[str, Any]]] = [
            ("track", {"anonymousId": "v-1", "messageId": "m-1", "timestamp": "2026-03-01T10:00:00Z",
                       "event": "Product Viewed", "properties": {"sku": "BAG-1", "name": "Bag"}}),
            ("track", {"anonymousId": "v-1", "messageId": "m-2", "timestamp": "2026-03-01T10:05:00Z",
                       "event": "Order Completed",
                       "properties": {"order_id": "o-1", "total": 129, "currency": "EUR",
                                      "products": [{"sku": "BAG-1", "name": "Bag", "price": 129}]}}),
            ("identify", {"userId": "u-9", "anonymousId": "v-1", "messageId": "m-3",
                          "timestamp": "2026-03-01T10:10:00Z", "traits": {"name": "Aurélie Lefèvre"}}),
        ]  # fmt: skip
        for name, said in visit:
            await call(name, **said)
        await settle(connection, database)
        before = await seen()
        assert before[1] == [12_900], "the order of before is hers"
        assert len(before[0]) == 1, "and so is what she looked at"
        for name, said in reversed(visit):
            await call(name, **{**said, "sentAt": "2026-03-01T11:00:00Z"})
        await settle(connection, database)
        assert await seen() == before


class TestAConnector:
    async def test_is_made_changed_given_another_secret_and_closed_with_a_line_for_each(
        self,
        client: httpx.AsyncClient,
        house: dict[str, UUID],
        connection: Connection,
        database: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        henri, ines = await asking(client, "henri"), await asking(client, "ines")
        wanted = {"source": "tills", "kind": "comptoir", "settings": {"store": "lyon"}}
        assert (await ines.send("POST", "/connectors", wanted)).status_code == 403
        made = (await henri.send("POST", "/connectors", wanted)).json()
        assert (await henri.send("POST", "/connectors", wanted)).status_code == 409
        elsewhere = {"source": "x1", "kind": "comptoir", "settings": {"store": "geneva"}}
        assert (await henri.send("POST", "/connectors", elsewhere)).status_code == 422
        hers = f"/connectors/{made['connector_id']}"
        second = (await henri.send("POST", f"{hers}/secrets", {"overlap_hours": 1})).json()
        assert second["secret"] != made["secret"]
        assert "secret" not in (await henri.get("/connectors")).json()["data"][0]

        async def deliver(secret: str, identifier: str, *, late: int = 0) -> int:
            body, moment = b'{"type":"sign_in"}', str(int(time.time()) - late)
            signature = standard_signature(secret, b".".join((identifier.encode(), moment.encode(), body)))
            told = {
                "webhook-id": identifier, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"
            }  # fmt: skip
            return (await client.post(made["path"], content=body, headers=told)).status_code

        assert await deliver(made["secret"], "a") == await deliver(second["secret"], "b") == 200
        assert await deliver(second["secret"], "c", late=400) == 401
        await settle(connection, database)
        dead = (await henri.get(f"{hers}/deliveries")).json()["data"]
        assert len(dead) == 2 and all(each["error"] for each in dead)
        capsys.readouterr()
        for words in (["list"], ["retry", dead[1]["delivery_id"]]):
            asked = parser("deliveries").parse_args(["deliveries", *words, "--database-url", database])
            assert await asyncio.to_thread(deliveries.run, asked) == 0
        said = capsys.readouterr().out
        assert all(each["delivery_id"] in said for each in dead) and "1 are dealt with again" in said
        await settle(connection, database)
        again = await henri.send("POST", f"{hers}/deliveries/{dead[0]['delivery_id']}/retry")
        assert again.status_code == 202
        assert len((await henri.get(f"{hers}/deliveries?which=waiting")).json()["data"]) == 1
        settings = {"store": "nice", "consents": {"email": "w-1"}}
        assert (await henri.send("PUT", f"{hers}/settings", settings)).status_code == 200
        assert (await henri.send("POST", f"{hers}/deliveries?topic=orders", {"items": []})).status_code == 202
        assert (await henri.send("POST", f"{hers}/close")).status_code == 204
        assert await deliver(second["secret"], "d") == 401
        rows = await connection.fetch(
            "select action from audit_event where action like 'connector.%' order by id"
        )
        assert [row["action"].removeprefix("connector.") for row in rows] == [
            "made", "secret_made", "delivery_retried", "delivery_retried", "changed", "documents_brought",
            "closed",
        ]  # fmt: skip

    async def test_shows_its_secret_to_nobody_who_reads_the_database(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connect(connection)
        kept: Any = await connection.fetchval("select sealed_secrets from connector")
        assert SHARED.encode() not in bytes(kept)
        assert hmac.digest(SHARED.encode(), b"", "sha256") not in bytes(kept)
