"""An owner of the database who is no superuser: he migrates, raises the wall, fills it, and is held by it."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from server.app import create_app
from server.database.bulk import open_to_copies
from server.database.embedded import Cluster
from server.database.inspection import flaws
from server.database.migrate import migrate
from server.database.pool import prepare
from server.demo.brand import PASSWORD, STAFF
from server.demo.seed import seed
from server.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owned(cluster: Cluster) -> AsyncIterator[str]:
    """The URL of an empty database, as its owner signs in: he may make roles, and is no superuser."""
    name = f"owner_{secrets.token_hex(6)}"
    root = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        await root.execute(f"create role {name} login createrole nosuperuser password '{name}'")
        await root.execute(f"create database {name} owner {name}")
        yield _as(cluster.dsn(name), name)
    finally:
        await root.execute(f"drop database if exists {name} with (force)")
        rows = await root.fetch("select rolname from pg_roles where pg_has_role($1, oid, 'member')", name)
        for row in rows:
            await root.execute(f'drop owned by "{row["rolname"]}"')
        for row in sorted(rows, key=lambda row: row["rolname"] == name):
            await root.execute(f'drop role "{row["rolname"]}"')
        await root.close()


def _as(dsn: str, name: str) -> str:
    """Return an address with another user and his password."""
    scheme, _, rest = dsn.partition("://")
    return f"{scheme}://{name}:{name}@{rest.rpartition('@')[2] if '@' in rest else rest}"


class TestAnOwnerWhoIsNoSuperuser:
    async def test_migrates_seeds_and_leaves_the_wall_without_a_flaw(self, owned: str) -> None:
        await migrate(owned)
        made = await seed(owned, customers=30, now=datetime.now(UTC), helpers=1)
        assert made["customer"] == 30
        connection = await asyncpg.connect(owned)
        try:
            await prepare(connection)
            assert (
                await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
                is False
            )
            assert await flaws(connection) == []
            assert await connection.fetchval("select count(*) from customer") == 30
        finally:
            await connection.close()
        settings = Settings(database_url=owned, secret=bytes(32), wall="required", seal_audit_s=0)
        app = create_app(settings)
        async with app.lifespan():
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://comptoir.test") as client:
                body = {"code": STAFF[0].code, "password": PASSWORD}
                tokens = await client.post("/v1/auth/sign-in", json=body)
                headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
                read = await client.get("/v1/customers", headers=headers)
                assert read.status_code == 200, read.text

    async def test_forces_the_policies_again_when_a_copy_fails(self, owned: str) -> None:
        await migrate(owned)
        with pytest.raises(ZeroDivisionError):
            async with open_to_copies(owned, ["customer"]):
                raise ZeroDivisionError
        connection = await asyncpg.connect(owned)
        try:
            forced = await connection.fetchval(
                "select relforcerowsecurity from pg_class where oid = 'customer'::regclass"
            )
            assert forced is True
        finally:
            await connection.close()
