"""Head office's lists on a real standby: as fresh as the primary, or not read there."""

from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from server.database.embedded import Cluster, cluster
from server.database.migrate import migrate
from server.database.pool import Connection, prepare
from server.database.reading import Reading
from server.database.standby import standby_of
from server.settings import Settings
from tests.server.people import bearer, hire_everybody, make_customer, principal_named, sign_in
from tests.server.serving import application

pytestmark = pytest.mark.anyio


class House:
    """A primary, its standby, and the application that knows both."""

    def __init__(self, client: httpx.AsyncClient, reading: Reading, connection: Connection) -> None:
        self.client, self.reading, self.connection = client, reading, connection

    async def open(self, number: int) -> None:
        integration = await principal_named(self.connection, "import")
        await make_customer(
            self.connection, integration, number, family_name=f"Nom{number}", home_store="lyon"
        )

    async def listed(self, tokens: Any) -> list[str]:
        reply = await self.client.get("/v1/customers", headers=bearer(tokens))
        assert reply.status_code == 200, reply.text
        return sorted(each["family_name"] for each in reply.json()["data"])

    async def listed_there(self, tokens: Any) -> list[str]:
        """List until the standby was far enough: a starved machine takes its time."""
        for _ in range(200):
            before = self.reading.read_there
            names = await self.listed(tokens)
            if self.reading.read_there > before:
                return names
        raise AssertionError("never read on the standby")


async def _told(house: House, primary: Cluster, standby: Cluster) -> None:
    henri, ines = await sign_in(house.client, "henri"), await sign_in(house.client, "ines")
    await house.open(1)
    assert await house.listed_there(henri) == ["Nom1"]
    noted = "select count(*) from audit_event where action = 'customer.listed' and role = 'head_office_crm'"
    assert await house.connection.fetchval(noted) >= 1

    await house.open(2)  # what was written a moment ago is there, wherever it is read
    assert await house.listed(henri) == ["Nom1", "Nom2"]

    before = house.reading.read_there
    assert await house.listed(ines) == ["Nom1", "Nom2"]
    assert house.reading.read_there == before  # not head office

    on_standby = await asyncpg.connect(standby.dsn("house"))
    await on_standby.execute("select pg_wal_replay_pause()")
    await house.open(3)
    here, there = house.reading.read_here, house.reading.read_there
    assert await house.listed(henri) == ["Nom1", "Nom2", "Nom3"]
    assert (house.reading.read_here, house.reading.read_there) == (here + 1, there)
    await on_standby.execute("select pg_wal_replay_resume()")
    await on_standby.close()
    assert await house.listed_there(henri) == ["Nom1", "Nom2", "Nom3"]

    await house.connection.execute("update associate set active = false where code = 'henri'")
    reply = await house.client.get("/v1/customers", headers=bearer(henri))
    assert reply.status_code == 401

    lea = await sign_in(house.client, "lea")
    standby.stop()
    assert await house.listed(lea) == ["Nom1", "Nom2", "Nom3"]


class TestLists:
    async def test_are_read_on_a_standby_that_shows_all_the_primary_has(
        self, open_path: Path, settings: Settings
    ) -> None:
        with cluster(open_path / "primary", durable=False) as primary:
            url = primary.ensure_database("house")
            await migrate(url)
            connection: Any = await asyncpg.connect(url)
            await prepare(connection)
            await hire_everybody(connection)
            with standby_of(primary, open_path / "standby") as standby:
                own = msgspec.structs.replace(settings, database_url=url, reading_url=standby.dsn("house"))
                with application(own) as app:
                    async with app.lifespan():
                        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
                        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
                            await _told(House(client, app.state.reading, connection), primary, standby)
            await connection.close()
