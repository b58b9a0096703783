"""A tablet is lost with edits on it: out of service it wipes itself, and what was noted still arrives."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from mobile_app.facts import Fact, Revoked
from mobile_app.lease import LeaseEnded
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.engagement import NoteLevel
from schemas.mutations import WriteNote
from server.database.pool import Connection
from sync.replica.engine import Line
from tests.server.people import (
    PASSWORD,
    associate_id,
    bearer,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

pytestmark = pytest.mark.anyio

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"
NOTE = "Cherche un sac pour le mariage de sa fille."
DAY = 86_400


class Clock:
    """The tablet's clock, ahead of the real one by as much as a test wants."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Counter:
    """One tablet of Lyon against the real server."""

    def __init__(self, folder: Path, app: Litestar, client: httpx.AsyncClient) -> None:
        self.folder, self.app, self.client = folder, app, client
        self.told: list[Fact] = []
        self.clock = Clock()
        self.tablet = self.open()

    def open(self) -> Tablet:
        line = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        return Tablet(
            self.folder,
            hear=self.told.append,
            server="http://comptoir.test",
            line=line,
            stretch=QUICK,
            wall=self.clock,
        )

    async def begin(self, code: str) -> None:
        manager = await sign_in(self.client, "adam")
        wanted = {"store": "lyon"}
        reply = await self.client.post("/v1/devices/enrolment-codes", json=wanted, headers=bearer(manager))
        await self.tablet.enrol("http://comptoir.test", reply.json()["code"], "Counter")
        await self.tablet.sign_in(code, PASSWORD)
        await self.tablet.choose_pin(PIN)
        await self.sync()

    async def sync(self) -> Any:
        report = await self.tablet.sync_now()
        assert report is not None
        return report

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
) -> Counter:
    counter = Counter(tmp_path / "tablet", app, client)
    await counter.begin("ines")
    return counter


async def notes_of(client: httpx.AsyncClient, customer: UUID) -> list[dict[str, Any]]:
    manager = bearer(await sign_in(client, "marie"))
    reply = await client.get(f"/v1/customers/{customer}/notes", headers=manager)
    notes: list[dict[str, Any]] = reply.json()["data"]
    return notes


class TestALostTablet:
    async def test_is_wiped_and_its_notes_arrive_when_its_author_works_again(
        self, counter: Counter, client: httpx.AsyncClient, customer: UUID
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


class TestATabletAwayForLong:
    async def test_opens_only_after_it_met_the_server_and_then_sends_what_it_has(
        self, counter: Counter, client: httpx.AsyncClient, customer: UUID
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
