"""Signing in, going on and signing out."""

import asyncio
import threading

import httpx
import pytest

from server.auth.passwords import Passwords
from server.auth.throttle import PER_ACCOUNT_AND_PLACE
from server.database.pool import Connection
from tests.server.people import PASSWORD, bearer, enrol, hire_everybody, sign_in


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


class TestSignIn:
    async def test_gives_tokens_that_open_the_doors(self, client: httpx.AsyncClient) -> None:
        tokens = await sign_in(client, "ines")
        reply = await client.get("/v1/me", headers=bearer(tokens))
        assert reply.status_code == 200
        assert reply.json()["role"] == "seller"
        assert reply.json()["levels"]["phone"] == 1
        assert "address" not in reply.json()["levels"]

    async def test_answers_alike_for_a_wrong_password_and_an_unknown_code(
        self, client: httpx.AsyncClient
    ) -> None:
        wrong = await client.post("/v1/auth/sign-in", json={"code": "ines", "password": "wrong"})
        unknown = await client.post("/v1/auth/sign-in", json={"code": "nobody", "password": "wrong"})
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.content == unknown.content
        assert wrong.headers.raw == unknown.headers.raw
        assert wrong.json()["code"] == "wrong_credentials"
        assert wrong.headers["content-type"] == "application/problem+json"

    async def test_slows_guesses_down_without_locking_the_owner_out(self, client: httpx.AsyncClient) -> None:
        tablet = await enrol(client)
        for _ in range(PER_ACCOUNT_AND_PLACE):
            await client.post("/v1/auth/sign-in", json={"code": "ines", "password": "guess"})
        refused = await client.post("/v1/auth/sign-in", json={"code": "ines", "password": PASSWORD})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["code"] == "too_many_attempts"
        assert (await sign_in(client, "ines", tablet))["access_token"]
        assert (await sign_in(client, "luc"))["access_token"]

    async def test_counts_a_code_however_it_is_written(self, client: httpx.AsyncClient) -> None:
        for number in range(PER_ACCOUNT_AND_PLACE):
            code = ("ines", "INES", "iNeS", "Ines")[number % 4]
            await client.post("/v1/auth/sign-in", json={"code": code, "password": "guess"})
        for code in ("ines", "INes"):
            reply = await client.post("/v1/auth/sign-in", json={"code": code, "password": PASSWORD})
            assert reply.status_code == 429, code

    async def test_takes_only_the_code_itself_and_nothing_that_looks_like_it(
        self, client: httpx.AsyncClient
    ) -> None:
        for code in ("İnes", "ınes", "ines ", "ines\u200b", "in\u0435s", "ﬁnes", "ine\u017f"):
            reply = await client.post("/v1/auth/sign-in", json={"code": code, "password": PASSWORD})
            assert reply.status_code in (401, 422), code

    async def test_guessed_at_from_the_shop_itself_closes_neither_tablets_nor_enrolment(
        self, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        tablet, marie = await enrol(client), bearer(await sign_in(client, "marie"))
        await client.post("/v1/auth/sign-in", json={"code": "ines", "password": "guess"})
        await connection.execute("update sign_in_attempt set failures = 1000 where failures > 0")
        closed = await client.post("/v1/auth/sign-in", json={"code": "luc", "password": PASSWORD})
        assert closed.status_code == 429
        assert (await sign_in(client, "ines", tablet))["access_token"]
        made = await client.post("/v1/devices/enrolment-codes", json={"store": "lyon"}, headers=marie)
        body = {"code": made.json()["code"], "name": "Counter"}
        assert (await client.post("/v1/devices/enrol", json=body)).status_code == 201

    async def test_of_a_tablet_does_not_wait_behind_strangers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passwords, let_go = Passwords(memory_kib=64, rounds=1), threading.Event()
        check = Passwords._check

        def slow(self: Passwords, kept: str | None, password: str) -> bool:
            return (password != "stranger" and check(self, kept, password)) or not let_go.wait(60)

        monkeypatch.setattr(Passwords, "_check", slow)
        strangers = [asyncio.create_task(passwords.matches(None, "stranger")) for _ in range(50)]
        await asyncio.sleep(0)
        try:
            kept = passwords.hash(PASSWORD)
            assert await asyncio.wait_for(passwords.matches(kept, PASSWORD, ours=True), 60)
            assert not any(stranger.done() for stranger in strangers)
        finally:
            let_go.set()
        assert await asyncio.gather(*strangers) == [False] * 50

    async def test_is_refused_to_somebody_who_left(
        self, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        tokens = await sign_in(client, "ines")
        await connection.execute("update associate set active = false where code = 'ines'")
        assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401
        reply = await client.post("/v1/auth/sign-in", json={"code": "ines", "password": PASSWORD})
        assert reply.json()["code"] == "wrong_credentials"


class TestRefresh:
    async def test_trades_a_token_for_the_next(self, client: httpx.AsyncClient) -> None:
        first = await sign_in(client, "ines")
        second = await client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
        assert second.status_code == 200
        assert second.json()["refresh_token"] != first["refresh_token"]
        assert (await client.get("/v1/me", headers=bearer(second.json()))).status_code == 200

    async def test_answers_the_same_successor_when_the_reply_was_lost(
        self, client: httpx.AsyncClient
    ) -> None:
        body = {"refresh_token": (await sign_in(client, "ines"))["refresh_token"]}
        once = await client.post("/v1/auth/refresh", json=body)
        again = await client.post("/v1/auth/refresh", json=body)
        assert again.status_code == 200
        assert once.json()["refresh_token"] == again.json()["refresh_token"]

    async def test_ends_the_family_when_a_token_is_used_twice(
        self, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        body = {"refresh_token": (await sign_in(client, "ines"))["refresh_token"]}
        second = await client.post("/v1/auth/refresh", json=body)
        await connection.execute("update refresh_token set used_at = used_at - interval '2 minutes'")
        stolen = await client.post("/v1/auth/refresh", json=body)
        assert stolen.status_code == 401
        rest = await client.post("/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
        assert rest.status_code == 401
        assert (await client.get("/v1/me", headers=bearer(second.json()))).status_code == 401

    async def test_is_bound_to_the_tablet_it_was_given_to(self, client: httpx.AsyncClient) -> None:
        tablet, other = await enrol(client), await enrol(client)
        token = (await sign_in(client, "ines", tablet))["refresh_token"]
        bare = await client.post("/v1/auth/refresh", json={"refresh_token": token})
        elsewhere = await client.post(
            "/v1/auth/refresh",
            json={
                "refresh_token": token,
                "device_id": str(other.device_id),
                "device_secret": other.device_secret,
            },
        )
        assert bare.status_code == elsewhere.status_code == 401

    async def test_asked_for_several_times_at_once_is_one(self, client: httpx.AsyncClient) -> None:
        body = {"refresh_token": (await sign_in(client, "ines"))["refresh_token"]}
        replies = await asyncio.gather(*(client.post("/v1/auth/refresh", json=body) for _ in range(5)))
        assert {reply.status_code for reply in replies} == {200}
        (successor,) = {reply.json()["refresh_token"] for reply in replies}
        again = await client.post("/v1/auth/refresh", json={"refresh_token": successor})
        assert again.status_code == 200

    async def test_of_the_one_before_the_last_ends_the_family(self, client: httpx.AsyncClient) -> None:
        tokens = [(await sign_in(client, "ines"))["refresh_token"]]
        for _ in range(2):
            reply = await client.post("/v1/auth/refresh", json={"refresh_token": tokens[-1]})
            tokens.append(reply.json()["refresh_token"])
        for token in tokens:  # the first is somebody's copy: whoever has the last is out as well
            assert (await client.post("/v1/auth/refresh", json={"refresh_token": token})).status_code == 401


class TestSignOut:
    async def test_ends_the_session_at_once(self, client: httpx.AsyncClient) -> None:
        tokens = await sign_in(client, "ines")
        for _ in range(2):
            body = {"refresh_token": tokens["refresh_token"]}
            assert (await client.post("/v1/auth/sign-out", json=body)).status_code == 204
        assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401


class TestDevices:
    async def test_are_enrolled_once_with_a_code(self, client: httpx.AsyncClient) -> None:
        manager = await sign_in(client, "marie")
        made = await client.post(
            "/v1/devices/enrolment-codes", json={"store": "lyon"}, headers=bearer(manager)
        )
        body = {"code": made.json()["code"], "name": "Counter"}
        assert (await client.post("/v1/devices/enrol", json=body)).status_code == 201
        again = await client.post("/v1/devices/enrol", json=body)
        assert again.status_code == 403
        assert again.json()["code"] == "enrolment_code_invalid"

    async def test_are_enrolled_however_the_code_is_written_down(self, client: httpx.AsyncClient) -> None:
        marie = bearer(await sign_in(client, "marie"))
        for written in ("{} {}", "{}-{}", " {}\u2013{} ", "{}.{}"):
            made = await client.post("/v1/devices/enrolment-codes", json={"store": "lyon"}, headers=marie)
            code = made.json()["code"].lower()
            body = {"code": written.format(code[:4], code[4:]), "name": "Counter"}
            assert (await client.post("/v1/devices/enrol", json=body)).status_code == 201, written

    async def test_are_enrolled_by_one_of_many_who_have_the_code_and_by_none_too_late(
        self, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        marie = bearer(await sign_in(client, "marie"))
        codes = [
            (await client.post("/v1/devices/enrolment-codes", json={"store": "lyon"}, headers=marie)).json()
            for _ in range(2)
        ]
        late = {"code": codes[0]["code"], "name": "Late"}
        await connection.execute("update enrolment_code set expires_at = now()")
        assert (await client.post("/v1/devices/enrol", json=late)).status_code == 403
        await connection.execute("update enrolment_code set expires_at = now() + interval '1 minute'")
        body = {"code": codes[1]["code"].lower(), "name": "Counter"}
        replies = await asyncio.gather(*(client.post("/v1/devices/enrol", json=body) for _ in range(5)))
        assert sorted(reply.status_code for reply in replies) == [201, 403, 403, 403, 403]

    async def test_codes_are_made_by_managers_for_their_own_stores(self, client: httpx.AsyncClient) -> None:
        seller, manager = await sign_in(client, "ines"), await sign_in(client, "marie")
        asked = {"store": "lyon"}
        refused = await client.post("/v1/devices/enrolment-codes", json=asked, headers=bearer(seller))
        assert refused.json()["code"] == "not_allowed"
        for store in ("paris", "geneva", "nowhere"):
            elsewhere = await client.post(
                "/v1/devices/enrolment-codes", json={"store": store}, headers=bearer(manager)
            )
            assert elsewhere.status_code == 404

    async def test_are_refused_at_the_next_request_once_revoked(self, client: httpx.AsyncClient) -> None:
        tablet = await enrol(client)
        tokens, manager = await sign_in(client, "ines", tablet), await sign_in(client, "marie")
        gone = await client.post(f"/v1/devices/{tablet.device_id}/revoke", headers=bearer(manager))
        assert gone.status_code == 204
        reply = await client.get("/v1/me", headers=bearer(tokens))
        assert reply.json()["code"] == "device_revoked"
        body = {
            "refresh_token": tokens["refresh_token"],
            "device_id": str(tablet.device_id),
            "device_secret": tablet.device_secret,
        }
        assert (await client.post("/v1/auth/refresh", json=body)).json()["code"] == "device_revoked"
