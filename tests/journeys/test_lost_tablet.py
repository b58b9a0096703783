"""A tablet is lost with edits on it: out of service it wipes itself, and what was noted still arrives."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from mobile_app.facts import Revoked
from mobile_app.lease import LeaseEnded
from schemas.engagement import NoteLevel
from schemas.mutations import WriteNote
from server.database.pool import Connection
from sync.replica.engine import Line
from tests.journeys.counter import PIN, Counter
from tests.server.people import (
    associate_id,
    bearer,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

pytestmark = pytest.mark.anyio

NOTE = "Cherche un sac pour le mariage de sa fille."
DAY = 86_400


class Lost(Counter):
    """A tablet of Lyon that will be lost."""

    async def revoke(self) -> None:
        device = self.tablet.session.device
        assert device is not None
        manager = bearer(await sign_in(self.client, "marie"))
        reply = await self.client.post(f"/v1/devices/{device.device_id}/revoke", headers=manager)
        assert reply.status_code == 204

    def note(self, customer: UUID) -> None:
        self.tablet.cut_line(True)
        self.tablet.submit(customer, WriteNote(note_id=uuid4(), text=NOTE, level=NoteLevel.STORE))


@pytest.fixture
async def customer(connection: Connection) -> UUID:
    await hire_everybody(connection)
    manager = await principal_named(connection, "marie")
    return await make_customer(connection, manager, family_name="Lefèvre", home_store="lyon")


@pytest.fixture
async def counter(
    tmp_path: Path, app: Litestar, client: httpx.AsyncClient, customer: UUID, connection: Connection
) -> Lost:
    counter = Lost(tmp_path / "tablet", app, client)
    await counter.begin("ines")
    return counter


async def notes_of(client: httpx.AsyncClient, customer: UUID) -> list[dict[str, Any]]:
    manager = bearer(await sign_in(client, "marie"))
    reply = await client.get(f"/v1/customers/{customer}/notes", headers=manager)
    notes: list[dict[str, Any]] = reply.json()["data"]
    return notes


class TestALostTablet:
    async def test_is_wiped_and_its_notes_arrive_when_its_author_works_again(
        self, counter: Lost, client: httpx.AsyncClient, customer: UUID
    ) -> None:
        counter.note(customer)
        await counter.revoke()
        counter.tablet.cut_line(False)
        report = await counter.sync()
        assert report.line is Line.REJECTED
        assert Revoked() in counter.told
        await counter.tablet.close()
        content = b"".join(each.read_bytes() for each in counter.folder.rglob("*") if each.is_file())
        assert NOTE.encode() not in content and "Lefèvre".encode() not in content
        assert await notes_of(client, customer) == []

        counter.tablet = counter.open()
        await counter.begin("ines")
        assert counter.tablet._delivering is not None
        await counter.tablet._delivering
        (arrived,) = await notes_of(client, customer)
        assert arrived["text"] == NOTE
        assert arrived["author"] == str(associate_id("ines"))
        assert counter.tablet.session.left_behind() == 0
        await counter.tablet.close()

    async def test_is_wiped_while_it_lies_locked_and_nobody_has_its_pin(
        self, counter: Lost, client: httpx.AsyncClient, customer: UUID
    ) -> None:
        counter.note(customer)
        await counter.tablet.lock()
        counter.tablet.cut_line(False)
        await counter.tablet.ask_if_trusted()
        assert Revoked() not in counter.told
        device = counter.tablet.session.device
        await counter.revoke()
        await counter.tablet.ask_if_trusted()
        assert device is not None and counter.tablet.session.device is None
        assert Revoked() in counter.told
        assert sorted(each.name for each in counter.folder.iterdir()) == ["server", "unsent"]
        assert counter.tablet.session.left_behind() == 1
        await counter.tablet.close()


class TestATabletAwayForLong:
    async def test_opens_only_after_it_met_the_server_and_then_sends_what_it_has(
        self, counter: Lost, client: httpx.AsyncClient, customer: UUID
    ) -> None:
        counter.note(customer)
        await counter.tablet.lock()
        counter.clock.ahead += 15 * DAY
        counter.tablet.cut_line(True)
        with pytest.raises(LeaseEnded):
            await counter.tablet.unlock(associate_id("ines"), PIN)
        counter.tablet.cut_line(False)
        await counter.tablet.unlock(associate_id("ines"), PIN)
        await counter.sync()
        (arrived,) = await notes_of(client, customer)
        assert arrived["text"] == NOTE
        await counter.tablet.close()
