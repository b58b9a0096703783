"""Signing keys that are rotated while people work, and services kept from the console."""

import json
import time
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from litestar import Litestar

from schemas.problem import ErrorCode
from server.auth.access_token import KeyRing
from server.auth.signing_keys import OVERLAP, believed, rotate
from server.cli import main
from server.database.pool import Connection
from server.problems import Refusal
from tests.server.people import bearer, hire_everybody, sign_in

pytestmark = pytest.mark.anyio


async def noticed(app: Litestar) -> KeyRing:
    ring: KeyRing = app.state.key_ring
    ring._loaded_at = 0.0  # a minute later
    return ring


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


class TestRotation:
    async def test_signs_anew_and_believes_what_was_signed_to_its_end(
        self, app: Litestar, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        before = await sign_in(client, "ines")
        kid = await rotate(connection, app.state.settings.secret, now=datetime.now(UTC))
        await noticed(app)
        assert (await client.get("/v1/me", headers=bearer(before))).status_code == 200
        after = await sign_in(client, "ines")
        assert kid_of(after["access_token"]) == kid != kid_of(before["access_token"])
        assert {key.kid for key in await believed(connection)} == {kid, kid_of(before["access_token"])}

    async def test_believes_the_key_before_no_longer_than_its_tokens_live(
        self, app: Litestar, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        before = await sign_in(client, "ines")
        long_ago = datetime.now(UTC) - OVERLAP - timedelta(seconds=1)
        await rotate(connection, app.state.settings.secret, now=long_ago)
        ring = await noticed(app)
        with pytest.raises(Refusal) as refused:
            await ring.verify(before["access_token"], now=int(time.time()))
        assert refused.value.code is ErrorCode.NOT_SIGNED_IN

    async def test_at_once_believes_nothing_signed_before_and_a_refresh_goes_on(
        self, app: Litestar, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        before = await sign_in(client, "ines")
        await rotate(connection, app.state.settings.secret, now=datetime.now(UTC), at_once=True)
        await noticed(app)
        assert (await client.get("/v1/me", headers=bearer(before))).status_code == 401
        fresh = await client.post("/v1/auth/refresh", json={"refresh_token": before["refresh_token"]})
        assert (await client.get("/v1/me", headers=bearer(fresh.json()))).status_code == 200


class TestTheConsole:
    def said(self, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
        assert main([*words, "--json"]) == 0
        told: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return told

    def test_rotates_keys_and_keeps_services(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        url = ("--database-url", database)
        first = self.said(capsys, "keys", "rotate", *url)
        second = self.said(capsys, "keys", "rotate", *url)
        listed = self.said(capsys, "keys", "list", *url)["keys"]
        assert [each["kid"] for each in listed] == [second["kid"], first["kid"]]  # type: ignore[attr-defined]
        assert {each["crv"] for each in listed} == {"Ed25519"}  # type: ignore[attr-defined]
        brand = ("--brand", "maison", *url)
        made = self.said(
            capsys, "service", "create", "till", "--role", "integration", "--area", "customers:read", *brand
        )
        rotated = self.said(capsys, "service", "rotate", str(made["service"]), *brand)
        assert str(made["key"]).startswith("ck_") and made["key"] != rotated["key"]
        self.said(capsys, "service", "revoke", str(made["key_id"]), *brand)
        services = self.said(capsys, "service", "list", *brand)["services"]
        assert {each["key_id"]: bool(each["revoked_at"]) for each in services} == {  # type: ignore[attr-defined]
            made["key_id"]: True,
            rotated["key_id"]: False,
        }
        self.said(capsys, "service", "close", str(made["service"]), *brand)
        assert main(["service", "rotate", str(made["service"]), *brand]) == 1
