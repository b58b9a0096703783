"""Keys of services: told once, least by default, gone at the next request."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from server.auth.guard import PUBLIC
from server.auth.service_keys import ANY_SERVICE, AREAS
from server.database.pool import Connection
from tests.server.rest.house import PHONE, Asking, asking

_IDS = (
    "associate_id", "case_id", "device_id", "account_id", "key_id", "alarm_id", "endpoint_id", "message_id",
    "import_id",
)  # fmt: skip


@pytest.fixture
async def adam(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The administrator."""
    return await asking(client, "adam")


async def _account(adam: Asking, **said: Any) -> str:
    body = {"name": "web shop", "role": "integration", "areas": ["customers:read"]} | said
    reply = await adam.send("POST", "/service-accounts", body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["account_id"])


async def _key(adam: Asking, account: str, **said: Any) -> dict[str, Any]:
    reply = await adam.send("POST", f"/service-accounts/{account}/keys", said)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def _with(client: httpx.AsyncClient, key: dict[str, Any] | str) -> Asking:
    text = key if isinstance(key, str) else key["key"]
    return Asking(client, {"Authorization": f"Bearer {text}"})


class TestAKey:
    async def test_opens_the_doors_of_its_areas_and_no_other(
        self, adam: Asking, client: httpx.AsyncClient, app: Litestar, house: dict[str, UUID]
    ) -> None:
        shop = _with(client, await _key(adam, await _account(adam)))
        assert (await shop.get("/me")).json()["role"] == "integration"
        assert PHONE in (await shop.get(f"/customers/{house['anne']}")).text
        tried = 0
        for route in app.routes:
            if not isinstance(route, HTTPRoute) or "/v1/" not in route.path:
                continue
            for method, (handler, _) in route.route_handler_map.items():
                if method == "OPTIONS" or handler.opt.get(PUBLIC) or handler.opt.get(ANY_SERVICE):
                    continue
                if method == "GET" and AREAS["customers"] in handler.resolve_tags():
                    continue
                path = route.path_format.replace("{customer_id}", str(house["anne"]))
                path = path.replace("{", "").replace("}", "").removeprefix("/v1")
                for name in _IDS:
                    path = path.replace(name, str(house["anne"]))
                reply = await shop.send(str(method), path, {} if method in {"POST", "PUT", "PATCH"} else None)
                assert reply.status_code in {403, 404}, (method, path, reply.text)
                if reply.status_code == 403:
                    tried += 1
                    assert reply.json()["code"] == "not_allowed", (method, path)
        assert tried > 40

    async def test_has_the_lens_of_its_role(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        account = await _account(adam, name="kiosk", role="seller", stores=["lyon"])
        kiosk = _with(client, await _key(adam, account))
        ines = await asking(client, "ines")
        of_kiosk = (await kiosk.get(f"/customers/{house['anne']}")).json()
        of_ines = (await ines.get(f"/customers/{house['anne']}")).json()
        assert of_kiosk.keys() <= of_ines.keys() and PHONE not in str(of_kiosk)
        assert "address" not in of_kiosk
        assert (await kiosk.get(f"/customers/{house['brune']}")).status_code == 404

    async def test_reaches_its_stores_alone_whatever_its_role_does(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        account = await _account(adam, stores=["paris"])
        paris = _with(client, await _key(adam, account))
        assert (await paris.get(f"/customers/{house['brune']}")).status_code == 200
        theirs = await paris.get(f"/customers/{house['anne']}")
        assert theirs.status_code == 404
        listed = (await paris.get("/customers")).json()["data"]
        assert [each["id"] for each in listed] == [str(house["brune"])]

    async def test_reads_only_when_it_may_only_read(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        account = await _account(adam)
        shop = _with(client, await _key(adam, account))
        refused = await shop.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        assert refused.json()["code"] == "not_allowed"
        writing = await _account(adam, name="erp", areas=["customers:write"])
        erp = _with(client, await _key(adam, writing))
        assert (await erp.get(f"/customers/{house['anne']}")).json()["code"] == "not_allowed"
        written = await erp.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        assert written.status_code == 200, written.text

    async def test_is_noted_counted_and_capped_like_anybody(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        account = await _account(adam)
        shop = _with(client, await _key(adam, account))
        await connection.execute(
            "insert into extraction_cap (role, reads_per_hour) values ('integration', 1)"
        )
        assert (await shop.get(f"/customers/{house['anne']}")).status_code == 200
        assert (await shop.get(f"/customers/{house['anne']}")).status_code == 429
        row = await connection.fetchrow("select * from audit_event where action = 'customer.read'")
        assert row is not None
        assert (str(row["actor"]), row["role"], row["subject_id"]) == (account, "integration", house["anne"])

    async def test_is_told_once_and_kept_as_a_hash(
        self, adam: Asking, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        account = await _account(adam)
        made = await _key(adam, account)
        secret = made["key"].split("_", 2)[2]  # it may hold one itself
        for table in ("service_key", "service_account", "audit_event", "alarm", "idempotency_key"):
            text = await connection.fetchval(f"select string_agg(t::text, ' ') from {table} t")
            assert secret not in (text or ""), table
        (shown,) = (await adam.get("/service-accounts")).json()["data"]
        assert secret not in str(shown)
        assert made["key"].startswith(shown["keys"][0]["prefix"] + "_")
        assert shown["keys"][0].get("used_at") is None
        await _with(client, made).get("/me")
        (shown,) = (await adam.get("/service-accounts")).json()["data"]
        assert shown["keys"][0]["used_at"]


class TestAnEnd:
    async def test_comes_at_the_next_request_after_revocation(
        self, adam: Asking, client: httpx.AsyncClient
    ) -> None:
        made = await _key(adam, await _account(adam))
        shop = _with(client, made)
        assert (await shop.get("/me")).status_code == 200
        assert (await adam.send("POST", f"/service-keys/{made['key_id']}/revoke")).status_code == 204
        refused = await shop.get("/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")

    async def test_comes_to_every_key_with_the_account(self, adam: Asking, client: httpx.AsyncClient) -> None:
        account = await _account(adam)
        keys = [await _key(adam, account), await _key(adam, account)]
        assert (await adam.send("POST", f"/service-accounts/{account}/close")).status_code == 204
        for made in keys:
            assert (await _with(client, made).get("/me")).status_code == 401
        assert (await adam.send("POST", f"/service-accounts/{account}/keys", {})).status_code == 404

    async def test_comes_with_time(
        self, adam: Asking, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        made = await _key(adam, await _account(adam), days=1)
        await connection.execute("update service_key set expires_at = now() - interval '1 second'")
        assert (await _with(client, made).get("/me")).status_code == 401

    async def test_of_the_key_before_comes_after_the_overlap(
        self, adam: Asking, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        account = await _account(adam)
        first = await _key(adam, account)
        second = await _key(adam, account, overlap_hours=2)
        for made in (first, second):
            assert (await _with(client, made).get("/me")).status_code == 200
        left = await connection.fetchval(
            "select extract(epoch from expires_at - now())::int from service_key where id = $1",
            UUID(first["key_id"]),
        )
        assert 7000 < left <= 7200
        third = await _key(adam, account, overlap_hours=2)
        assert (await _with(client, first).get("/me")).status_code == 401
        assert (await _with(client, second).get("/me")).status_code == 200
        assert (await _key(adam, account, overlap_hours=0))["key"] != third["key"]
        assert (await _with(client, third).get("/me")).status_code == 401


class TestAttacks:
    async def test_with_keys_that_are_almost_ours_are_all_refused(
        self, adam: Asking, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        account = await _account(adam)
        made = await _key(adam, account)
        key = made["key"]
        mark, name, secret = key.split("_", 2)
        prefix = f"{mark}_{name}"
        kept = await connection.fetchval("select encode(key_hash, 'hex') from service_key")
        almost = (
            *("ck_", "ck__", prefix, f"{prefix}_", f"{prefix}_{secret[:-1]}", f"{prefix}_{secret}x"),
            *(f"{prefix}_{secret.swapcase()}", f"{prefix}_{kept}", key.upper(), f" {key}", f"{key} "),
            *(
                f"{key}\x00",
                f"{key},{key}",
                f"ck_%_{secret}",
                f"ck_______{secret}",
                f"ck_' or 1=1 --_{secret}",
            ),
            *(f"ck_{'x' * 5000}", f"{prefix}é_{secret}", account, made["key_id"], f"ck_{secret}"),
        )
        for text in almost:
            reply = await client.get("/v1/me", headers={"Authorization": f"Bearer {text}".encode()})
            assert reply.status_code in {400, 401}, text
        other = {"Authorization": f"Basic {key}"}
        assert (await client.get("/v1/me", headers=other)).status_code == 401
        assert (await _with(client, key).get("/me")).status_code == 200

    async def test_by_guessing_are_slowed_down_without_touching_good_keys_or_sign_ins(
        self, adam: Asking, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.auth.throttle.PER_NETWORK", 5)
        good = _with(client, await _key(adam, await _account(adam)))
        statuses = [(await _with(client, f"ck_abcdef_{n}").get("/me")).status_code for n in range(8)]
        assert statuses == [401] * 5 + [429] * 3
        assert (await good.get("/me")).status_code == 200
        assert (await asking(client, "ines")) is not None

    async def test_by_asking_for_more_than_is_lent_are_refused(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        for said in (
            {"role": "administrator"},
            {"role": "privacy_officer"},
            {"role": "zone_manager"},
            {"role": "nobody"},
            {"areas": []},
            {"areas": ["staff:write"]},
            {"areas": ["customers:*"]},
            {"role": "seller"},
            {"stores": ["geneva"]},
            {"stores": ["nowhere"]},
        ):
            body = {"name": "x", "role": "integration", "areas": ["customers:read"]} | said
            assert (await adam.send("POST", "/service-accounts", body)).status_code == 422, said
        for code in ("ines", "marie", "henri", "paola", "import"):
            who = await asking(client, code)
            body = {"name": "x", "role": "integration", "areas": ["customers:read"]}
            assert (await who.send("POST", "/service-accounts", body)).status_code == 403, code
            assert (await who.get("/service-accounts")).status_code == 403, code

    async def test_with_a_key_on_the_doors_of_tablets_are_refused(
        self, adam: Asking, client: httpx.AsyncClient
    ) -> None:
        shop = _with(client, await _key(adam, await _account(adam)))
        for door in ("push", "pull", "look", "check", "snapshot"):
            assert (await shop.send("POST", f"/sync/{door}", {})).status_code in {403, 404}, door

    async def test_tell_somebody_that_a_key_was_made(self, adam: Asking, client: httpx.AsyncClient) -> None:
        await _key(adam, await _account(adam))
        paola = await asking(client, "paola")
        (alarm,) = (await paola.get("/alarms")).json()["data"]
        assert alarm["kind"] == "service_key_made"
