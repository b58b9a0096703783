"""The policy in force and the lens it gives."""

import httpx
import msgspec

from schemas.visibility import DEFAULT_POLICY, Level
from server.database.pool import Connection
from server.policy.in_force import Policies, publish_default
from tests.server.people import bearer, hire_everybody, principal_named, sign_in


class TestPublishDefault:
    async def test_publishes_once(self, connection: Connection) -> None:
        for _ in range(2):
            await publish_default(connection)
        assert await connection.fetchval("select count(*) from policy") == 1

    async def test_never_covers_what_head_office_published(self, connection: Connection) -> None:
        await connection.execute("insert into policy (version, document) values (7, '{}')")
        await publish_default(connection)
        assert await connection.fetchval("select max(version) from policy") == 7


class TestLens:
    async def test_follows_the_latest_version(self, connection: Connection) -> None:
        await hire_everybody(connection)
        await publish_default(connection)
        ines = await principal_named(connection, "ines")
        before = await Policies().lens(connection, ines)
        levels = {role: dict(fields) for role, fields in DEFAULT_POLICY.levels.items()}
        levels["seller"]["address"] = Level.READ
        later = msgspec.structs.replace(DEFAULT_POLICY, version=2, levels=levels)
        await connection.execute(
            "insert into policy (version, document) values (2, $1)", msgspec.to_builtins(later)
        )
        ines = await principal_named(connection, "ines")
        after = await Policies().lens(connection, ines)
        assert "address" not in before.levels
        assert after.reads("address")
        assert ines.epoch.endswith(".2")


class TestThePolicyDoor:
    async def test_is_for_those_who_answer_for_it(
        self, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        for code, status in (("ines", 403), ("adam", 200), ("paola", 200), ("henri", 200)):
            reply = await client.get("/v1/policy", headers=bearer(await sign_in(client, code)))
            assert reply.status_code == status
        assert reply.json()["levels"]["seller"]["phone"] == 1
        assert (await client.get("/v1/policy")).status_code == 401
