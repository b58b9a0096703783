"""The second wall: what each role is given, and what nobody is given without a standing."""

import asyncio

import asyncpg
import msgspec
import pytest

from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Level
from server.database.embedded import Cluster
from server.database.inspection import flaws
from server.database.lenses import keep_lenses
from server.database.migrate import migrate
from server.database.pool import Connection, GuardedPool, open_guarded_pool, prepare, transaction
from server.database.roles import Keys, Standing, Work
from server.database.standing import WallAbsent, open_walled_pool
from server.database.wall import raise_wall, standing_keys
from server.scope import AS_CALLER
from server.settings import Settings
from tests.server.people import hire_everybody, make_customer, principal_named

READS_AS_ENGINE = {
    # What these doors show is not cut by field groups, or belongs to whoever may decide about it.
    "/v1/me", "/v1/devices", "/v1/conflicts", "/v1/held-edits", "/v1/divergences", "/v1/identity/pairs",
    "/v1/identity/automatic",
    "/v1/customers/{customer_id}/merges", "/v1/staff", "/v1/absences", "/v1/policy", "/v1/policy/versions",
    "/v1/policy/versions/{version}", "/v1/policy/view", "/v1/policy/draft", "/v1/policy/draft/preview",
    "/v1/privacy/cases", "/v1/privacy/cases/{case_id}", "/v1/privacy/cases/{case_id}/letter",
    "/v1/privacy/erasures/{case_id}", "/v1/privacy/customers/{customer_id}/file",
    "/v1/privacy/customers/{customer_id}/limits", "/v1/privacy/devices/{device_id}/persons",
    "/v1/alarms", "/v1/audit", "/v1/audit/export", "/v1/audit/head", "/v1/extraction-caps",
    "/v1/service-accounts", "/v1/connectors", "/v1/connectors/{connector_id}/deliveries",
    "/v1/imports", "/v1/imports/{import_id}", "/v1/imports/{import_id}/refused",
    "/v1/advertising-costs",
    "/v1/webhook-endpoints", "/v1/webhook-endpoints/{endpoint_id}/messages",
    "/v1/consent-wordings", "/v1/customers/{customer_id}/consents/{event_id}/proof",
    "/v1/privacy/register", "/v1/privacy/retention", "/v1/privacy/retention/rules",
    "/v1/sync/snapshot/{snapshot_id}/{number}", "/v1/outgoing",
}  # fmt: skip


async def _flaws(connection: Connection) -> list[str]:
    """What is wrong, save what a copy of a database never has: its rights to connect are its own."""
    return [flaw for flaw in await flaws(connection) if not flaw.endswith("in the database")]


class TestCatalogue:
    async def test_names_every_table_and_column_and_nobody_has_more_than_it_says(
        self, connection: Connection
    ) -> None:
        assert await _flaws(connection) == []

    async def test_misses_a_table_and_a_column_that_nobody_classified(self, connection: Connection) -> None:
        await connection.execute("create table novelty (phone text); alter table store add column owner text")
        found = await _flaws(connection)
        assert any("table novelty is in no class" in flaw for flaw in found)
        assert "column store.owner is in no class" in found


class TestStanding:
    async def test_alone_opens_rows_and_only_those_of_its_role(
        self, database: str, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        source = await principal_named(connection, "import")
        lyon = await make_customer(connection, source, 1, home_store="lyon", phone="+33612345678")
        await make_customer(connection, source, 2, home_store="nice")
        found = await standing_keys(database)
        assert found is not None
        keys, password = found
        async with await open_guarded_pool(database, keys, password, size=1) as pool:
            seller = Standing(role="seller", keys=("store:lyon",), policy=1, stores=("lyon",))
            async with transaction(pool, seller) as asked:
                assert [row["id"] for row in await asked.fetch("select id from customer")] == [lyon]
                bodies = [row["body"] for row in await asked.fetch("select body from fragment")]
                assert any("Durand" in body for body in bodies)
                assert not any("+33612345678" in body for body in bodies)
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with asked.transaction():
                        await asked.fetch("select phone from customer")
                # His role without his standing: nothing.
                await asked.execute("select set_config('comptoir.standing', '', true)")
                assert await asked.fetch("select id from customer") == []
                # Another role with his standing: nothing.
                await asked.execute(f"set local role {keys.role('store_manager')}")
                assert await asked.fetch("select id from customer") == []
            async with transaction(pool, Work.ENGINE) as asked:
                assert await asked.fetchval("select count(*) from customer") == 2
                await asked.execute("select set_config('comptoir.standing', '', true)")
                assert await asked.fetchval("select count(*) from customer") == 0

    async def test_is_opened_once_for_the_scopes_and_finds_them_by_their_index(
        self, database: str, connection: Connection
    ) -> None:
        found = await standing_keys(database)
        assert found is not None
        keys, _ = found
        await connection.execute(
            "insert into scope (key) select 'pin:' || n from generate_series(1, 5000) n; analyze scope"
        )
        standing = keys.sealed(Standing(role="seller", keys=("pin:7", "pin:8")))
        async with connection.transaction():
            await connection.execute("set local track_functions = 'pl'")
            await connection.execute("select set_config('comptoir.standing', $1, true)", standing)
            await connection.execute(f"set local role {keys.role('seller')}")
            mine = await connection.fetchval("select wall_scopes(current_user)")
            await connection.execute("reset role")
            cost = await connection.fetchrow(
                """
                select pg_stat_get_xact_function_calls('wall_open(text)'::regprocedure) as opened,
                       pg_stat_get_xact_numscans('scope'::regclass) as scanned
                """
            )
        assert (len(mine), *cost) == (2, 1, 0)

    def test_refuses_a_part_that_could_pass_for_two(self) -> None:
        with pytest.raises(ValueError, match="separator"):
            Keys(prefix="p", key=bytes(32)).sealed(Standing(role="seller", keys=("store:a\x1fb",)))


class TestPolicy:
    async def test_that_comes_into_force_is_followed_at_once(
        self, database: str, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        source = await principal_named(connection, "import")
        await make_customer(connection, source, 1, home_store="lyon", phone="+33612345678")
        found = await standing_keys(database)
        assert found is not None
        seller = Standing(role="seller", keys=("store:lyon",), policy=1, stores=("lyon",))
        levels = {**DEFAULT_POLICY.levels["seller"], "phone": Level.READ, "given_name": Level.HIDDEN}
        following = msgspec.structs.replace(
            DEFAULT_POLICY, version=2, levels={**DEFAULT_POLICY.levels, "seller": levels}
        )
        async with await open_guarded_pool(database, *found, size=1) as pool:
            async with transaction(pool, Work.ENGINE) as changing:
                assert await keep_lenses(changing, following)
            async with transaction(pool, msgspec.structs.replace(seller, policy=2)) as asked:
                assert await asked.fetchval("select phone from customer") == "+33612345678"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await asked.fetch("select given_name from customer")
            # Who still reads by the policy before is sent back, not shown half of it.
            with pytest.raises(asyncpg.SerializationError):
                async with transaction(pool, seller) as asked:
                    await asked.fetch("select body from fragment")


class TestRaising:
    async def test_again_changes_nothing(self, connection: Connection) -> None:
        before = await connection.fetchrow("select xmin, stated from wall")
        assert await raise_wall(connection)
        assert await connection.fetchrow("select xmin, stated from wall") == before

    async def test_anew_mends_what_was_done_by_hand(self, connection: Connection) -> None:
        keys, _ = await standing_keys_of(connection)
        await connection.execute(f"grant select on customer to {keys.role('seller')}")
        await connection.execute("alter table fragment no force row level security")
        assert len(await _flaws(connection)) == 2
        assert await raise_wall(connection, anew=True)
        assert await _flaws(connection) == []

    async def test_in_two_databases_at_once_keeps_their_roles_apart(
        self, cluster: Cluster, database: str
    ) -> None:
        other = f"{database.rsplit('/', 1)[1]}_other"
        owner = await asyncpg.connect(cluster.dsn("postgres"))
        try:
            await owner.execute(f'create database "{other}" template template_of_tests strategy file_copy')
            opened = [await asyncpg.connect(url) for url in (database, cluster.dsn(other))]
            try:
                for each in opened:
                    await each.execute("delete from wall")
                assert await asyncio.gather(*(_raised(each) for each in opened)) == [True, True]
                prefixes = {await each.fetchval("select prefix from wall") for each in opened}
            finally:
                for each in opened:
                    await each.close()
            assert len(prefixes) == 2
        finally:
            await owner.execute(f'drop database if exists "{other}" with (force)')
            await owner.close()


async def _raised(connection: Connection) -> bool:
    async with connection.transaction():
        return await raise_wall(connection)


async def standing_keys_of(connection: Connection) -> tuple[object, str]:
    from server.database.roles import Keys

    row = await connection.fetchrow("select prefix, password, key from wall")
    assert row is not None
    return Keys(prefix=row["prefix"], key=row["key"]), row["password"]


class TestOwnerWhoMayNotCreateRoles:
    async def test_has_a_server_without_a_wall_that_says_so_until_he_may(self, cluster: Cluster) -> None:
        admin = await asyncpg.connect(cluster.dsn("postgres"))
        url = cluster.dsn("small").replace("comptoir:", "small_owner:", 1)
        url = url.replace(url.split(":")[2].split("@")[0], "small")
        try:
            await admin.execute("create role small_owner login password 'small'")
            await admin.execute("create database small owner small_owner template template0")
            await migrate(url)
            settings = Settings(database_url=url, secret=b"", pool_size=2)
            async with await open_walled_pool(settings) as pool:
                assert not isinstance(pool, GuardedPool)
            with pytest.raises(WallAbsent):
                await open_walled_pool(msgspec.structs.replace(settings, wall="required"))
            await admin.execute("alter role small_owner createrole")
            await migrate(url)
            async with await open_walled_pool(settings) as pool:
                assert isinstance(pool, GuardedPool)
                async with transaction(pool) as connection:
                    await connection.execute("insert into scope (key) values ('store:lyon')")
            owner = await asyncpg.connect(url)
            await prepare(owner)
            assert await owner.fetchval("select count(*) from scope") == 1
            assert await flaws(owner) == []
            await owner.close()
        finally:
            await admin.execute("drop database if exists small with (force)")
            await admin.close()


class TestDoors:
    def test_read_as_the_caller_or_are_named_here(self, settings: Settings) -> None:
        """A new door that shows customers has the rights of whoever asks, or a reason not to."""
        from server.app import create_app

        app = create_app(settings)
        left = set()
        for route in app.routes:
            for handler in getattr(route, "route_handlers", []):
                if "GET" not in handler.http_methods or handler.opt.get("public"):
                    continue
                path = route.path_format
                if AS_CALLER not in handler.opt and path.startswith("/v1/") and "openapi" not in path:
                    left.add(path)
        assert left - {"/v1/customers/{customer_id}"} == READS_AS_ENGINE


def test_there_is_a_role_for_everybody() -> None:
    assert {role.value for role in Role} <= set(DEFAULT_POLICY.levels)
