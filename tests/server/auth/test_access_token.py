"""Tokens that are almost ours: none of them opens a door."""

import time

import httpx
import pytest
from litestar import Litestar

from server.auth.access_token import KeyRing
from server.database.pool import Connection
from server.proofs.forgery import Forge
from tests.server.people import associate_id, bearer, hire_everybody, sign_in


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


class TestAccessTokens:
    async def test_that_are_almost_ours_are_all_refused(
        self, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        good = (await sign_in(client, "ines"))["access_token"]
        ring: KeyRing = app.state.key_ring
        (key,) = ring._keys.values()
        assert key.private is not None
        attacks = list(Forge(key.private, key.kid, good, associate_id("marie")).all())
        assert len(attacks) >= 100
        accepted = []
        for name, token in attacks:
            reply = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}".encode()})
            if reply.status_code not in (401, 403):
                accepted.append((name, reply.status_code))
            assert reply.headers["content-type"] == "application/problem+json", name
        assert accepted == []
        assert (await client.get("/v1/me", headers=bearer({"access_token": good}))).status_code == 200

    async def test_are_taken_from_one_header_only(self, client: httpx.AsyncClient) -> None:
        good = (await sign_in(client, "ines"))["access_token"]
        for headers in (
            [],
            [("authorization", good)],
            [("authorization", f"Basic {good}")],
            [("authorization", f"Bearer {good}"), ("authorization", f"Bearer {good}")],
            [("x-authorization", f"Bearer {good}")],
            [("cookie", f"access_token={good}")],
        ):
            reply = await client.get("/v1/me", headers=headers)
            assert reply.status_code == 401
            assert reply.headers["www-authenticate"] == "Bearer"
        assert (await client.get(f"/v1/me?access_token={good}")).status_code == 401

    async def test_survive_a_restart_and_are_checked_by_another_process(
        self, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        tokens = await sign_in(client, "ines")
        other = KeyRing(app.state.pool, app.state.settings)
        await other.load()
        claims = await other.verify(tokens["access_token"], now=int(time.time()))
        assert claims.sub == associate_id("ines")
