"""What a service is told: that something changed before its eyes, of whom, and nothing of her."""

import itertools
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
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


class Scene:
    """A house that tells services: who keeps them, who listens, and what happens in it."""

    def __init__(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        adam: Asking,
        receiver: Receiver,
        connection: Connection,
        house: dict[str, UUID],
    ) -> None:
        self.app, self.client, self.adam = app, client, adam
        self.receiver, self.connection, self.house = receiver, connection, house
        self._later = itertools.count(1)

    async def service(self, **said: Any) -> Asking:
        return await service(self.client, self.adam, **said)

    async def endpoint(self, who: Asking, **said: object) -> dict[str, Any]:
        made = await who.send("POST", "/webhook-endpoints", {"url": self.receiver.url, **said})
        assert made.status_code == 201, made.text
        shown: dict[str, Any] = made.json()
        return shown

    async def send(self, **said: Any) -> int:
        return await send(self.app, **said)

    async def change(self, name: str, field: str, value: object) -> None:
        integration = await principal_named(self.connection, "import")
        said = SetField(field=field, value=value)
        at_ms = NOW_MS + next(self._later)
        edit = envelope(self.house[name], said, base={field: 100}, at_ms=at_ms)
        (outcome,) = await submit(self.connection, integration, [edit], now=NOW)
        assert outcome.status in ("applied", "merged"), outcome

    async def anne_moves(self, town: str) -> None:
        await self.change("anne", "town", town)


@pytest.fixture
def scene(
    app: Litestar,
    client: httpx.AsyncClient,
    adam: Asking,
    receiver: Receiver,
    connection: Connection,
    house: dict[str, UUID],
) -> Scene:
    return Scene(app, client, adam, receiver, connection, house)


class TestAMessage:
    async def test_says_that_she_changed_and_not_what(self, scene: Scene) -> None:
        shop = await scene.service()
        secret = (await scene.endpoint(shop))["secret"]
        assert await scene.send() == 0, "what was before is not news"
        await scene.anne_moves("Vienne")
        await scene.anne_moves("Givors")
        assert await scene.send() == 1
        (told,) = scene.receiver.told
        assert set(told) == {"type", "timestamp", "data"}
        assert (told["type"], told["data"]) == ("customer.changed", {"customer_id": str(scene.house["anne"])})
        assert scene.receiver.holds(0, secret) and not scene.receiver.holds(0, "whsec_" + "A" * 43 + "=")
        assert await scene.send() == 0
        await scene.anne_moves("Bron")
        assert await scene.send() == 1
        assert len({headers["webhook-id"] for headers, _ in scene.receiver.got}) == 2

    async def test_is_signed_by_a_key_that_only_the_server_has(self, scene: Scene) -> None:
        shop = await scene.service()
        made = await scene.endpoint(shop, signing="ed25519")
        assert "secret" not in made
        (public,) = made["public_keys"]
        assert public.startswith("whpk_")
        await scene.anne_moves("Vienne")
        await scene.send()
        headers, body = scene.receiver.got[0]
        version, _, text = headers["webhook-signature"].partition(",")
        signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_"), validate=True))
        key.verify(b64decode(text, validate=True), signed)  # raises where it does not hold
        assert version == "v1a"
        with pytest.raises(InvalidSignature):
            key.verify(b64decode(text), signed + b" ")
        assert scene.receiver.holds(0, public)
        stranger = "whpk_" + b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
        assert not scene.receiver.holds(0, stranger) and not scene.receiver.holds(0, "whpk_AAAA")
        kept = await scene.connection.fetchval("select sealed_secrets from webhook_endpoint")
        assert b"whsk_" not in kept

    async def test_goes_over_from_a_secret_to_a_key_with_both_signatures(self, scene: Scene) -> None:
        shop = await scene.service()
        made = await scene.endpoint(shop)
        path = f"/webhook-endpoints/{made['endpoint_id']}"
        keyed = (await shop.send("POST", f"{path}/secrets", {"signing": "ed25519"})).json()
        (public,) = keyed["public_keys"]
        await scene.anne_moves("Vienne")
        await scene.send()
        signature = scene.receiver.got[0][0]["webhook-signature"]
        assert [each.partition(",")[0] for each in signature.split(" ")] == ["v1a", "v1"]
        assert scene.receiver.holds(0, public) and scene.receiver.holds(0, made["secret"])
        again = (await shop.send("POST", f"{path}/secrets", {"overlap_hours": 1})).json()
        assert len(again["public_keys"]) == 2 and again["public_keys"][1] == public
        (shown,) = (await shop.get("/webhook-endpoints")).json()["data"]
        assert shown["public_keys"] == again["public_keys"] and "secret" not in shown
        refused = await shop.send("POST", "/webhook-endpoints", {"url": scene.receiver.url, "signing": "rsa"})
        assert refused.status_code == 422

    async def test_keeps_silent_of_fields_that_the_service_may_not_see(self, scene: Scene) -> None:
        kiosk = await scene.service(role="seller", stores=["lyon"])
        await scene.endpoint(kiosk)
        await scene.change("anne", "address", {"line1": "2 rue Hidden", "city": "Lyon"})
        assert await scene.send() == 0
        await scene.change("brune", "town", "Sceaux")  # of Paris
        assert await scene.send() == 0
        await scene.anne_moves("Vienne")
        assert await scene.send() == 1

    async def test_says_who_comes_goes_is_merged_and_forgotten(self, scene: Scene) -> None:
        kiosk = await scene.service(role="seller", stores=["lyon"])
        await scene.endpoint(kiosk)
        await scene.change("brune", "home_store", "lyon")
        await scene.send()
        await scene.change("brune", "home_store", "paris")
        await scene.send()
        await scene.change("brune", "home_store", "lyon")
        await scene.send()
        henri, paola = await asking(scene.client, "henri"), await asking(scene.client, "paola")
        merged = await henri.send(
            "POST", f"/customers/{scene.house['brune']}/merge", {"into": str(scene.house["anne"])}
        )
        assert merged.status_code == 200, merged.text
        while await scene.send():
            pass
        wanted = {"customer_id": str(scene.house["anne"]), "reason": "she asked"}
        erased = await paola.send("POST", "/privacy/erasures", wanted)
        assert erased.is_success, erased.text
        while await scene.send():
            pass
        told = [(each["type"], each["data"]) for each in scene.receiver.told]
        brune, anne = {"customer_id": str(scene.house["brune"])}, {"customer_id": str(scene.house["anne"])}
        assert told[:3] == [
            ("customer.entered", brune),
            ("customer.left", brune),
            ("customer.entered", brune),
        ]
        assert ("customer.merged", brune | {"into_id": str(scene.house["anne"])}) in told
        assert ("customer.erased", anne) in told

    async def test_is_of_the_types_that_were_asked_for(self, scene: Scene) -> None:
        shop = await scene.service()
        await scene.endpoint(shop, types=["customer.erased"])
        await scene.anne_moves("Vienne")
        assert await scene.send() == 0

    async def test_goes_to_nobody_whose_account_is_closed(self, scene: Scene) -> None:
        made = await scene.endpoint(await scene.service())
        await scene.adam.send("POST", f"/service-accounts/{made['account_id']}/close")
        await scene.anne_moves("Vienne")
        assert await scene.send() == 0

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
    async def test_is_tried_again_for_three_days_then_shown_and_replayed(self, scene: Scene) -> None:
        shop = await scene.service()
        path = f"/webhook-endpoints/{(await scene.endpoint(shop))['endpoint_id']}"
        await scene.anne_moves("Vienne")
        now = datetime.now(UTC) + timedelta(seconds=1)
        scene.receiver.answers = ["500 Oh", "302 Found\nlocation: http://127.0.0.1:1/\r\n", "404 No"] * 4
        for attempt in range(len(PAUSES_S) + 1):
            assert await scene.send(clock=lambda at=now: at) == 1, attempt
            assert await scene.send(clock=lambda at=now: at) == 0
            now = await scene.connection.fetchval("select due_at from webhook_message")
        assert len({headers["webhook-id"] for headers, _ in scene.receiver.got}) == 1
        assert sum(PAUSES_S) > timedelta(days=3).total_seconds()
        dead = (await shop.get(f"{path}/messages")).json()["data"]
        assert [(each["state"], each["attempts"], each["error"]) for each in dead] == [
            ("dead", len(PAUSES_S) + 1, "500")
        ]
        assert str(scene.house["anne"]) not in str(dead)
        scene.receiver.answers = []
        replay = await shop.send("POST", f"{path}/messages/{dead[0]['message_id']}/replay")
        assert replay.status_code == 202
        assert await scene.send() == 1
        assert (await shop.get(f"{path}/messages")).json()["data"] == []
        assert (await shop.get(f"{path}/messages?which=done")).json()["data"][0]["attempts"] == 1

    async def test_waits_as_long_as_the_receiver_wishes_and_lets_the_others_rest(self, scene: Scene) -> None:
        await scene.endpoint(await scene.service())
        scene.receiver.answers = ["429 Slower\nretry-after: 4000\r\n"]
        await scene.anne_moves("Vienne")
        assert await scene.send() == 1
        due = await scene.connection.fetchval("select due_at from webhook_message")
        assert timedelta(seconds=3_900) < due - datetime.now(UTC) <= timedelta(seconds=4_000)
        await scene.anne_moves("Bron")
        assert await scene.send() == 1, "news of after it is one attempt of its own"

    async def test_stops_an_endpoint_that_is_gone_or_fails_for_days(self, scene: Scene) -> None:
        shop = await scene.service()
        path = f"/webhook-endpoints/{(await scene.endpoint(shop))['endpoint_id']}"
        await scene.anne_moves("Vienne")
        scene.receiver.answers = ["410 Gone"]
        await scene.send()
        (shown,) = (await shop.get("/webhook-endpoints")).json()["data"]
        assert (shown["active"], shown["stopped_because"]) == (False, "gone")
        await scene.anne_moves("Bron")
        assert await scene.send() == 0
        dead = (await shop.get(f"{path}/messages")).json()["data"][0]
        refused = await shop.send("POST", f"{path}/messages/{dead['message_id']}/replay")
        assert refused.status_code == 422 or refused.status_code == 400
        assert (await shop.send("PUT", path, {"active": True})).json()["active"]
        assert await scene.send() == 1, "what happened meanwhile is told once it listens again"
        await scene.anne_moves("Oullins")
        scene.receiver.answers = ["500 Oh", "500 Oh"]
        await scene.send()
        await scene.send(clock=lambda: datetime.now(UTC) + STOPPED_AFTER + timedelta(hours=1))
        (shown,) = (await shop.get("/webhook-endpoints")).json()["data"]
        assert shown["stopped_because"] == "failing"
        alarms = await scene.connection.fetch(
            "select facts from alarm where kind = 'webhook_stopped' order by at"
        )
        assert [row["facts"]["because"] for row in alarms] == ["gone", "failing"]

    async def test_of_a_sender_that_died_is_sent_again(self, scene: Scene) -> None:
        await scene.endpoint(await scene.service())
        await scene.anne_moves("Vienne")
        now = datetime.now(UTC)
        scene.receiver.answers = ["500 Oh"]
        await scene.send()
        taken = await queue.take(
            scene.connection, "webhook_message", now=now + timedelta(hours=1), lease_s=60, most=5
        )
        assert len(taken) == 1
        assert await scene.send(clock=lambda: now + timedelta(hours=1, seconds=30)) == 0
        assert await scene.send(clock=lambda: now + timedelta(hours=1, seconds=90)) == 1


class TestTheDoors:
    async def test_are_the_services_own_and_the_administrators(self, scene: Scene, ines: Asking) -> None:
        shop, other = await scene.service(), await scene.service(name="other")
        made = await scene.endpoint(shop)
        path = f"/webhook-endpoints/{made['endpoint_id']}"
        assert (await scene.client.get(f"/v1{path}/messages")).status_code == 401
        assert (await ines.get("/webhook-endpoints")).status_code == 403
        assert (await ines.send("POST", f"{path}/remove")).status_code == 403
        assert (await other.get("/webhook-endpoints")).json()["data"] == []
        assert (await other.get(f"{path}/messages")).status_code == 404
        assert (await other.send("PUT", path, {"active": False})).status_code == 404
        for_other = {"url": scene.receiver.url, "account_id": made["account_id"]}
        assert (await other.send("POST", "/webhook-endpoints", for_other)).status_code in (400, 422)
        assert (await scene.adam.send("POST", "/webhook-endpoints", for_other)).status_code == 201
        nobody = {"url": scene.receiver.url, "account_id": str(uuid4())}
        assert (await scene.adam.send("POST", "/webhook-endpoints", nobody)).status_code == 404
        assert len((await scene.adam.get("/webhook-endpoints")).json()["data"]) == 2
        assert "secret" not in (await shop.get("/webhook-endpoints")).json()["data"][0]
        assert (await shop.send("POST", f"{path}/remove")).status_code == 204
        assert (await shop.send("POST", f"{path}/remove")).status_code == 404
        actions = await scene.connection.fetch(
            "select distinct action from audit_event where action like 'webhook%'"
        )
        assert {row["action"] for row in actions} == {"webhook.made", "webhook.removed"}

    async def test_exchange_a_secret_with_an_overlap_of_two_signatures(self, scene: Scene) -> None:
        shop = await scene.service()
        made = await scene.endpoint(shop)
        path = f"/webhook-endpoints/{made['endpoint_id']}"
        after = (await shop.send("POST", f"{path}/secrets", {"overlap_hours": 1})).json()["secret"]
        await scene.anne_moves("Vienne")
        await scene.send()
        assert scene.receiver.holds(0, made["secret"]) and scene.receiver.holds(0, after)
        at_once = (await shop.send("POST", f"{path}/secrets", {"overlap_hours": 0})).json()["secret"]
        await scene.anne_moves("Bron")
        await scene.send()
        assert scene.receiver.holds(1, at_once)
        assert not scene.receiver.holds(1, after) and not scene.receiver.holds(1, made["secret"])
        kept = await scene.connection.fetchval("select sealed_secrets from webhook_endpoint")
        assert made["secret"].encode() not in kept
