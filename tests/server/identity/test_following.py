"""Pairs are found as customers change, judged by a person, and never proposed to who may not see them."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.staff import Role
from server.database.pool import Connection
from server.identity.following import follow
from tests.server.people import bearer, hire_everybody, make_customer, principal_named, sign_in

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


@pytest.fixture
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


async def known(connection: Connection, given: str, family: str, **more: Any) -> UUID:
    manager = await principal_named(connection, "marie")
    values = {"given_name": given, "family_name": family, "home_store": "lyon", **more}
    number: int = await connection.fetchval("select count(*) from customer")
    return await make_customer(connection, manager, number, **values)


async def settle(connection: Connection) -> int:
    """Follow until nothing is left; return how many customers were looked at."""
    looked_at = 0
    while True:
        async with connection.transaction():
            step = await follow(connection, KEY, at_once=3)
        if not step:
            return looked_at
        looked_at += step


async def pairs(connection: Connection, state: str = "open") -> set[frozenset[UUID]]:
    rows = await connection.fetch("select one, other from identity_pair where state = $1", state)
    return {frozenset((row["one"], row["other"])) for row in rows}


class TestFollowing:
    async def test_finds_a_pair_when_the_second_record_comes(
        self, house: None, connection: Connection
    ) -> None:
        one = await known(
            connection, "Aurélie", "Lefèvre", email="aurelie@example.com", birth_date="1984-03-12"
        )
        await settle(connection)
        other = await known(connection, "Aurelie", "Lefebvre", birth_date="1984-03-12", phone="+33698765432")
        await known(connection, "Paul", "Martin", birth_date="1970-01-05")
        await settle(connection)
        assert await pairs(connection) == {frozenset((one, other))}

    async def test_looks_at_each_change_once(self, house: None, connection: Connection) -> None:
        for number in range(7):
            await known(connection, "Eva", f"Blanc{number}")
        assert await settle(connection) == 7
        assert await settle(connection) == 0

    async def test_keeps_no_value_in_the_clear(self, house: None, connection: Connection) -> None:
        await known(connection, "Aurélie", "Lefèvre", email="aurelie@example.com", phone="+33698765432")
        await settle(connection)
        for table in ("identity_seen", "identity_key", "identity_count"):
            rows = await connection.fetch(f"select t::text as row from {table} t")
            assert rows
            for word in ("lefevre", "Lefèvre", "aurelie", "698765432"):
                assert not any(word in row["row"] for row in rows)

    async def test_takes_a_pair_back_when_a_value_is_mended(
        self, house: None, connection: Connection, client: httpx.AsyncClient
    ) -> None:
        one = await known(connection, "Jeanne", "Roux", birth_date="1984-03-12", email="j@example.com")
        await known(connection, "Jeanne", "Roux", birth_date="1984-03-12")
        await settle(connection)
        assert len(await pairs(connection)) == 1
        headers = bearer(await sign_in(client, "marie"))
        reply = await client.patch(
            f"/v1/customers/{one}",
            json={"given_name": "Mathilde", "birth_date": "1999-08-01"},
            headers=headers,
        )
        assert reply.status_code == 200, reply.text
        await settle(connection)
        assert await pairs(connection) == set()

    async def test_counts_are_as_if_only_the_present_had_been(
        self, house: None, connection: Connection
    ) -> None:
        await known(connection, "Aurélie", "Lefèvre")
        await settle(connection)
        before = await connection.fetch("select * from identity_count where n <> 0 order by value")
        gone = await known(connection, "Paul", "Martin")
        await settle(connection)
        await connection.execute("update customer set erased_at = now() where id = $1", gone)
        await connection.execute("update member set xid = pg_current_xact_id() where record_id = $1", gone)
        await settle(connection)
        assert await connection.fetch("select * from identity_count where n <> 0 order by value") == before


class TestTheQueue:
    @pytest.fixture
    async def pair(self, house: None, connection: Connection) -> tuple[UUID, UUID]:
        one = await known(
            connection, "Aurélie", "Lefèvre", email="aurelie@example.com", birth_date="1984-03-12"
        )
        other = await known(connection, "Aurelie", "Lefebvre", birth_date="1984-03-12")
        await settle(connection)
        return one, other

    async def test_shows_a_pair_with_its_reasons(
        self, pair: tuple[UUID, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        headers = bearer(await sign_in(client, await code_of(connection, Role.HEAD_OFFICE_CRM)))
        reply = await client.get("/v1/identity/pairs", headers=headers)
        assert reply.status_code == 200, reply.text
        (line,) = reply.json()["data"]
        assert {line["one"], line["other"]} == {str(each) for each in pair}
        assert line["sure"]
        assert {"field": "family", "found": "slip", "speaks": "for"} in line["reasons"]

    async def test_is_closed_to_the_floor(self, pair: tuple[UUID, UUID], client: httpx.AsyncClient) -> None:
        headers = bearer(await sign_in(client, "ines"))
        assert (await client.get("/v1/identity/pairs", headers=headers)).status_code == 403
        one, other = pair
        reply = await client.post(f"/v1/identity/pairs/{one}/{other}/dismiss", headers=headers)
        assert reply.status_code == 403

    async def test_merges_on_a_word_and_once(
        self, pair: tuple[UUID, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        one, other = pair
        headers = bearer(await sign_in(client, await code_of(connection, Role.HEAD_OFFICE_CRM)))
        for _ in range(2):
            reply = await client.post(
                f"/v1/identity/pairs/{one}/{other}/merge", json={"into": str(one)}, headers=headers
            )
            assert (reply.status_code, reply.json()["state"]) == (200, "merged"), reply.text
        assert await connection.fetchval("select alias_of from customer where id = $1", other) == one
        await settle(connection)
        assert await pairs(connection) == set()

    async def test_does_not_propose_again_what_was_dismissed(
        self, pair: tuple[UUID, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        one, other = pair
        headers = bearer(await sign_in(client, await code_of(connection, Role.HEAD_OFFICE_CRM)))
        reply = await client.post(f"/v1/identity/pairs/{other}/{one}/dismiss", headers=headers)
        assert reply.status_code == 200, reply.text
        manager = bearer(await sign_in(client, "marie"))
        await client.patch(f"/v1/customers/{one}", json={"phone": "+33698765432"}, headers=manager)
        await settle(connection)
        assert await pairs(connection) == set()
        assert await pairs(connection, "dismissed") == {frozenset(pair)}

    async def test_says_unknown_of_a_pair_that_is_none(
        self, pair: tuple[UUID, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        one, _ = pair
        headers = bearer(await sign_in(client, await code_of(connection, Role.HEAD_OFFICE_CRM)))
        reply = await client.post(f"/v1/identity/pairs/{one}/{UUID(int=7)}/dismiss", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def code_of(connection: Connection, role: Role) -> str:
    """Return the sign-in code of somebody of a role."""
    code: str = await connection.fetchval(
        "select code from associate where role = $1 and active order by code limit 1", role.value
    )
    return code
