"""The identity provider says that a session is over: over it is here too, and nobody else can say so."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar

from server.database.pool import Connection
from tests.server.people import associate_id, bearer, sign_in
from tests.server.staff.browser import begin, come_back, link, sign_in_there

DOOR = "/v1/auth/oidc/back-channel-logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def app(app_with_provider: Litestar) -> Litestar:
    return app_with_provider


async def token_of(provider: httpx.AsyncClient, **asked: Any) -> str:
    token: str = (await provider.post("/logout-token", json=asked)).json()["token"]
    return token


async def say(client: httpx.AsyncClient, provider: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await client.post(DOOR, data={"logout_token": await token_of(provider, **asked)})


async def session(
    client: httpx.AsyncClient, provider: httpx.AsyncClient, sid: str | None = None
) -> dict[str, Any]:
    await provider.post("/control", json={"claims": {"sid": sid}})
    reply = await sign_in_there(client)
    assert reply.status_code == 200, reply.text
    tokens: dict[str, Any] = reply.json()
    return tokens


async def goes_on(client: httpx.AsyncClient, tokens: dict[str, Any]) -> bool:
    return (await client.get("/v1/me", headers=bearer(tokens))).status_code == 200


class TestTheEnd:
    async def test_of_a_person_ends_every_session_begun_there_and_no_other(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        there = [await session(client, provider), await session(client, provider, "a session")]
        here, another = await sign_in(client, "henri"), await sign_in(client, "paola")

        reply = await say(client, provider)

        assert (reply.status_code, reply.json()) == (200, {"status": "ended"})
        assert reply.headers["cache-control"] == "no-store"
        assert [await goes_on(client, each) for each in (*there, here, another)] == [False, False, True, True]
        for each in there:
            again = await client.post("/v1/auth/refresh", json={"refresh_token": each["refresh_token"]})
            assert again.status_code == 401
        line = await connection.fetchrow("select * from audit_event where action = 'auth.signed_out'")
        assert line is not None
        assert (line["subject_id"], line["facts"]) == (associate_id("henri"), {"by": "oidc", "sessions": 2})

    async def test_of_one_session_leaves_the_others(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        one, other = await session(client, provider, "one"), await session(client, provider, "other")
        for claims in ({"sub": None, "sid": "one"}, {"sub": "somebody else", "sid": "other"}):
            assert (await say(client, provider, claims=claims)).status_code == 200
        assert not await goes_on(client, one)
        assert await goes_on(client, other)

    async def test_of_a_session_that_was_never_named_ends_those_of_the_person(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        unnamed, named = await session(client, provider), await session(client, provider, "named")
        await say(client, provider, claims={"sid": "another"})
        assert not await goes_on(client, unnamed)
        assert await goes_on(client, named)

    async def test_said_again_ends_nothing_that_began_later(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        word = {"logout_token": await token_of(provider, shift=-100)}  # older than clocks may differ
        assert (await client.post(DOOR, data=word)).status_code == 200
        later = await session(client, provider)
        assert (await client.post(DOOR, data=word)).status_code == 200
        assert await goes_on(client, later)

    async def test_comes_at_once_for_sign_ins_under_way(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        back = [await come_back(await begin(client)) for _ in range(4)]
        replies = await asyncio.gather(
            *(client.post("/v1/auth/oidc/finish", json=each) for each in back), say(client, provider)
        )
        await say(client, provider)
        assert {reply.status_code for reply in replies} == {200}
        for reply in replies[:-1]:
            assert not await goes_on(client, reply.json())

    async def test_comes_with_another_identity_too(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        before = await session(client, provider)
        await link(client, "henri", "subject-2")
        assert not await goes_on(client, before)

    async def test_keeps_nothing_that_can_be_read(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        await session(client, provider, "a session of his")
        kept = await connection.fetchval("select string_agg(f::text, '') from refresh_family f")
        for word in ("subject-1", "a session of his"):
            assert word not in kept and word.encode().hex() not in kept


LIES: dict[str, dict[str, Any]] = {
    "of another issuer": {"claims": {"iss": "https://elsewhere.test"}},
    "to somebody else": {"claims": {"aud": "somebody-else"}},
    "to others too": {"claims": {"aud": ["comptoir", "other"]}},
    "by another key": {"another_key": True},
    "of long ago": {"shift": -3600},
    "of tomorrow": {"shift": 86_400},
    "without an end": {"claims": {"exp": None}},
    "without a beginning": {"claims": {"iat": None}},
    "without a name of its own": {"claims": {"jti": None}},
    "of a name that is none": {"claims": {"jti": 7}},
    "of nobody": {"claims": {"sub": None}},
    "of nobody in no session": {"claims": {"sub": "", "sid": ""}},
    "of a person who is a number": {"claims": {"sub": 1}},
    "of a session that is a list": {"claims": {"sid": ["one"]}},
    "of a person with NUL": {"claims": {"sub": "subject-1\x00"}},
    "without an event": {"claims": {"events": None}},
    "of another event": {"claims": {"events": {"https://elsewhere.test/event": {}}}},
    "of an event that is a word": {"claims": {"events": EVENT}},
    "of an event that holds nothing": {"claims": {"events": {EVENT: None}}},
    "an ID token": {"claims": {"nonce": "a nonce"}},
    "an access token": {"headers": {"typ": "at+jwt"}},
    "with its own key": {"headers": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "with the address of a key": {"headers": {"jku": "https://elsewhere.test/keys"}},
    "with a critical extension": {"headers": {"crit": ["exp"]}},
    "by an unknown key": {"headers": {"kid": "unknown"}},
    "too long": {"claims": {"padding": "x" * 20_000}},
}


class TestLies:
    async def test_end_nothing_and_are_answered_alike(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        tokens = await session(client, provider)
        told, answers = [], set()
        for name, lie in LIES.items():
            reply = await say(client, provider, **lie)
            if name != "too long":  # that one is seen before it is read
                answers.add(reply.content)
            if reply.status_code not in (400, 422) or not await goes_on(client, tokens):
                told.append((name, reply.status_code))
        assert told == []
        assert len(answers) == 1

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"", "application/x-www-form-urlencoded"),
            (b"logout_token=", "application/x-www-form-urlencoded"),
            (b"logout_token=a.b.c", "application/x-www-form-urlencoded"),
            (b"logout_token=%00", "application/x-www-form-urlencoded"),
            (b"logout_token=%ff%fe", "application/x-www-form-urlencoded"),
            (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
            (b"logout_token=a&logout_token=b", "application/x-www-form-urlencoded"),
            (b"logout_token=a.b.c&more=1", "application/x-www-form-urlencoded"),
            (b"&" * 100_000, "application/x-www-form-urlencoded"),
            (b"a=1&" * 100_000, "application/x-www-form-urlencoded"),
            (b'{"logout_token": "a.b.c"}', "application/json"),
            (b"logout_token=a.b.c", "text/plain"),
            (b"logout_token=a.b.c", "application/x-www-form-urlencoded; charset=utf-7"),
        ],
    )
    async def test_that_are_no_form_are_refused_in_words(
        self, client: httpx.AsyncClient, content: bytes, kind: str
    ) -> None:
        reply = await client.post(DOOR, content=content, headers={"content-type": kind})
        assert 400 <= reply.status_code < 500
        assert reply.headers["content-type"] == "application/problem+json"

    async def test_are_slowed_down_and_the_provider_is_not(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        for _ in range(3):
            assert (await say(client, provider)).status_code == 200
        assert not await connection.fetchval("select max(failures) from sign_in_attempt where failures > 0")
        await connection.execute("update sign_in_attempt set failures = 200")
        assert (await say(client, provider)).status_code == 429
