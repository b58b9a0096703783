"""The policy in force and the lens it gives."""

import msgspec

from schemas.visibility import DEFAULT_POLICY, Level
from server.database.pool import Connection
from server.policy.in_force import Policies, forget_removed, publish_default
from tests.server.people import hire_everybody, principal_named


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


class TestFieldsThatAreGone:
    async def test_take_their_grants_along(self, connection: Connection) -> None:
        await publish_default(connection)
        await connection.execute(
            "update policy set document = jsonb_set(document, '{levels,seller,shoe_phone}', '2')"
        )
        for _ in range(2):
            await forget_removed(connection)
        document = await connection.fetchval("select document from policy where version = 2")
        assert document["levels"] == msgspec.to_builtins(DEFAULT_POLICY)["levels"]
        assert await connection.fetchval("select max(version) from policy") == 2


class TestWhatMayHoldAnothersValue:
    async def test_is_granted_no_more_than_it_acts(self, connection: Connection) -> None:
        await publish_default(connection)
        await connection.execute(
            "update policy set document = jsonb_set(document, '{levels,store_manager,email}', '1')"
        )
        await forget_removed(connection)
        document = await connection.fetchval("select document from policy where version = 2")
        assert document["levels"]["store_manager"]["other_contacts"] == Level.MASKED
        assert document["levels"]["store_manager"]["phone"] == Level.WRITE
