"""What a service is told: that something changed before its eyes, of whom, and nothing of her."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from schemas.mutations import SetField
from server.connectors.signatures import standard_signature
from server.database import queue
from server.database.pool import Connection
from server.replication.push import submit
from server.webhooks.sending import PAUSES_S, STOPPED_AFTER, headers_of
from tests.server.people import NOW, NOW_MS, envelope, principal_named
from tests.server.rest.house import Asking, asking
from tests.server.webhooks.receiver import Receiver, send, service

pytestmark = pytest.mark.anyio


async def _endpoint(who: Asking, receiver: Receiver, **said: object) -> dict[str, str]:
    made = await who.send("POST", "/webhook-endpoints", {"url": receiver.url, **said})
    assert made.status_code == 201, made.text
    shown: dict[str, str] = made.json()
    return shown


_later = itertools.count(1)


async def _set(connection: Connection, customer_id: UUID, field: str, value: object) -> None:
    integration = await principal_named(connection, "import")
    said = SetField(field=field, value=value)
    edit = envelope(customer_id, said, base={field: 100}, at_ms=NOW_MS + next(_later))
    (outcome,) = await submit(connection, integration, [edit], now=NOW)
    assert outcome.status in ("applied", "merged"), outcome


async def _town(connection: Connection, customer_id: UUID, town: str) -> None:
    await _set(connection, customer_id, "town", town)


class TestAMessage:
    async def test_says_that_she_changed_and_not_what(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        shop = await service(client, adam)
        secret = (await _endpoint(shop, receiver))["secret"]
        assert await send(app) == 0, "what was before is not news"
        await _town(connection, house["anne"], "Vienne")
        await _town(connection, house["anne"], "Givors")
        assert await send(app) == 1
        (told,) = receiver.told
        assert set(told) == {"type", "timestamp", "data"}
        assert (told["type"], told["data"]) == ("customer.changed", {"customer_id": str(house["anne"])})
        assert receiver.holds(0, secret) and not receiver.holds(0, "whsec_" + "A" * 43 + "=")
        assert await send(app) == 0
        await _town(connection, house["anne"], "Bron")
        assert await send(app) == 1
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 2

    async def test_keeps_silent_of_fields_that_the_service_may_not_see(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        kiosk = await service(client, adam, role="seller", stores=["lyon"])
        await _endpoint(kiosk, receiver)
        await _set(connection, house["anne"], "address", {"line1": "2 rue Hidden", "city": "Lyon"})
        assert await send(app) == 0
        await _town(connection, house["brune"], "Sceaux")  # of Paris
        assert await send(app) == 0
        await _town(connection, house["anne"], "Vienne")
        assert await send(app) == 1

    async def test_says_who_comes_goes_is_merged_and_forgotten(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        kiosk = await service(client, adam, role="seller", stores=["lyon"])
        await _endpoint(kiosk, receiver)
        await _set(connection, house["brune"], "home_store", "lyon")
        await send(app)
        await _set(connection, house["brune"], "home_store", "paris")
        await send(app)
        await _set(connection, house["brune"], "home_store", "lyon")
        await send(app)
        henri, paola = await asking(client, "henri"), await asking(client, "paola")
        merged = await henri.send("POST", f"/customers/{house['brune']}/merge", {"into": str(house["anne"])})
        assert merged.status_code == 200, merged.text
        while await send(app):
            pass
        wanted = {"customer_id": str(house["anne"]), "reason": "she asked"}
        erased = await paola.send("POST", "/privacy/erasures", wanted)
        assert erased.is_success, erased.text
        while await send(app):
            pass
        told = [(each["type"], each["data"]) for each in receiver.told]
        brune, anne = {"customer_id": str(house["brune"])}, {"customer_id": str(house["anne"])}
        assert told[:3] == [
            ("customer.entered", brune),
            ("customer.left", brune),
            ("customer.entered", brune),
        ]
        assert ("customer.merged", brune | {"into_id": str(house["anne"])}) in told
        assert ("customer.erased", anne) in told

    async def test_is_of_the_types_that_were_asked_for(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        shop = await service(client, adam)
        await _endpoint(shop, receiver, types=["customer.erased"])
        await _town(connection, house["anne"], "Vienne")
        assert await send(app) == 0

    async def test_goes_to_nobody_whose_account_is_closed(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        made = await _endpoint(await service(client, adam), receiver)
        await adam.send("POST", f"/service-accounts/{made['account_id']}/close")
        await _town(connection, house["anne"], "Vienne")
        assert await send(app) == 0

    def test_is_signed_as_the_standard_says(self) -> None:
        """Source: the vector of the specification's own reference tests."""
        name, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
        signed = b".".join((name.encode(), b"1614265330", body))
        assert standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signed) == (
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        )
        now = datetime.fromtimestamp(1614265330, UTC)
        made = headers_of(UUID(int=7), body, ["whsec_" + "A" * 32, "whsec_" + "B" * 32], now=now)
        assert made["webhook-id"] == "msg_" + UUID(int=7).hex
        assert made["webhook-timestamp"] == "1614265330"
        assert [part[:3] for part in made["webhook-signature"].split(" ")] == ["v1,", "v1,"]


class TestAFailure:
    async def test_is_tried_again_for_three_days_then_shown_and_replayed(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        shop = await service(client, adam)
        path = f"/webhook-endpoints/{(await _endpoint(shop, receiver))['endpoint_id']}"
        await _town(connection, house["anne"], "Vienne")
        now = datetime.now(UTC) + timedelta(seconds=1)
        receiver.answers = ["500 Oh", "302 Found\nlocation: http://127.0.0.1:1/\r\n", "404 No"] * 4
        for attempt in range(len(PAUSES_S) + 1):
            assert await send(app, clock=lambda at=now: at) == 1, attempt
            assert await send(app, clock=lambda at=now: at) == 0
            now = await connection.fetchval("select due_at from webhook_message")
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert sum(PAUSES_S) > timedelta(days=3).total_seconds()
        dead = (await shop.get(f"{path}/messages")).json()["data"]
        assert [(each["state"], each["attempts"], each["error"]) for each in dead] == [
            ("dead", len(PAUSES_S) + 1, "500")
        ]
        assert str(house["anne"]) not in str(dead)
        receiver.answers = []
        replay = await shop.send("POST", f"{path}/messages/{dead[0]['message_id']}/replay")
        assert replay.status_code == 202
        assert await send(app) == 1
        assert (await shop.get(f"{path}/messages")).json()["data"] == []
        assert (await shop.get(f"{path}/messages?which=done")).json()["data"][0]["attempts"] == 1

    async def test_waits_as_long_as_the_receiver_wishes_and_lets_the_others_rest(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        await _endpoint(await service(client, adam), receiver)
        receiver.answers = ["429 Slower\nretry-after: 4000\r\n"]
        await _town(connection, house["anne"], "Vienne")
        assert await send(app) == 1
        due = await connection.fetchval("select due_at from webhook_message")
        assert timedelta(seconds=3_900) < due - datetime.now(UTC) <= timedelta(seconds=4_000)
        await _town(connection, house["anne"], "Bron")
        assert await send(app) == 1, "news of after it is one attempt of its own"

    async def test_stops_an_endpoint_that_is_gone_or_fails_for_days(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        shop = await service(client, adam)
        path = f"/webhook-endpoints/{(await _endpoint(shop, receiver))['endpoint_id']}"
        await _town(connection, house["anne"], "Vienne")
        receiver.answers = ["410 Gone"]
        await send(app)
        (shown,) = (await shop.get("/webhook-endpoints")).json()["data"]
        assert (shown["active"], shown["stopped_because"]) == (False, "gone")
        await _town(connection, house["anne"], "Bron")
        assert await send(app) == 0
        dead = (await shop.get(f"{path}/messages")).json()["data"][0]
        refused = await shop.send("POST", f"{path}/messages/{dead['message_id']}/replay")
        assert refused.status_code == 422 or refused.status_code == 400
        assert (await shop.send("PUT", path, {"active": True})).json()["active"]
        assert await send(app) == 1, "what happened meanwhile is told once it listens again"
        await _town(connection, house["anne"], "Oullins")
        receiver.answers = ["500 Oh", "500 Oh"]
        await send(app)
        await send(app, clock=lambda: datetime.now(UTC) + STOPPED_AFTER + timedelta(hours=1))
        (shown,) = (await shop.get("/webhook-endpoints")).json()["data"]
        assert shown["stopped_because"] == "failing"
        alarms = await connection.fetch("select facts from alarm where kind = 'webhook_stopped' order by at")
        assert [row["facts"]["because"] for row in alarms] == ["gone", "failing"]

    async def test_of_a_sender_that_died_is_sent_again(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        await _endpoint(await service(client, adam), receiver)
        await _town(connection, house["anne"], "Vienne")
        now = datetime.now(UTC)
        receiver.answers = ["500 Oh"]
        await send(app)
        taken = await queue.take(
            connection, "webhook_message", now=now + timedelta(hours=1), lease_s=60, most=5
        )
        assert len(taken) == 1
        assert await send(app, clock=lambda: now + timedelta(hours=1, seconds=30)) == 0
        assert await send(app, clock=lambda: now + timedelta(hours=1, seconds=90)) == 1


class TestTheDoors:
    async def test_are_the_services_own_and_the_administrators(
        self,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
        ines: Asking,
    ) -> None:
        shop, other = await service(client, adam), await service(client, adam, name="other")
        made = await _endpoint(shop, receiver)
        path = f"/webhook-endpoints/{made['endpoint_id']}"
        assert (await client.get(f"/v1{path}/messages")).status_code == 401
        assert (await ines.get("/webhook-endpoints")).status_code == 403
        assert (await ines.send("POST", f"{path}/remove")).status_code == 403
        assert (await other.get("/webhook-endpoints")).json()["data"] == []
        assert (await other.get(f"{path}/messages")).status_code == 404
        assert (await other.send("PUT", path, {"active": False})).status_code == 404
        for_other = {"url": receiver.url, "account_id": made["account_id"]}
        assert (await other.send("POST", "/webhook-endpoints", for_other)).status_code in (400, 422)
        assert (await adam.send("POST", "/webhook-endpoints", for_other)).status_code == 201
        nobody = {"url": receiver.url, "account_id": str(uuid4())}
        assert (await adam.send("POST", "/webhook-endpoints", nobody)).status_code == 404
        assert len((await adam.get("/webhook-endpoints")).json()["data"]) == 2
        assert "secret" not in (await shop.get("/webhook-endpoints")).json()["data"][0]
        assert (await shop.send("POST", f"{path}/remove")).status_code == 204
        assert (await shop.send("POST", f"{path}/remove")).status_code == 404
        actions = await connection.fetch(
            "select distinct action from audit_event where action like 'webhook%'"
        )
        assert {row["action"] for row in actions} == {"webhook.made", "webhook.removed"}

    async def test_exchange_a_secret_with_an_overlap_of_two_signatures(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        shop = await service(client, adam)
        made = await _endpoint(shop, receiver)
        path = f"/webhook-endpoints/{made['endpoint_id']}"
        after = (await shop.send("POST", f"{path}/secrets", {"overlap_hours": 1})).json()["secret"]
        await _town(connection, house["anne"], "Vienne")
        await send(app)
        assert receiver.holds(0, made["secret"]) and receiver.holds(0, after)
        at_once = (await shop.send("POST", f"{path}/secrets", {"overlap_hours": 0})).json()["secret"]
        await _town(connection, house["anne"], "Bron")
        await send(app)
        assert receiver.holds(1, at_once)
        assert not receiver.holds(1, after) and not receiver.holds(1, made["secret"])
        kept = await connection.fetchval("select sealed_secrets from webhook_endpoint")
        assert made["secret"].encode() not in kept
