"""A rescue file: only the server opens it, only those concerned deliver it, each edit counts once."""

import argparse
import json
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from anyio import to_thread

from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, SetField, WriteNote
from schemas.rescue import CONTENT_TYPE, MAGIC
from server.commands import rescue as rescue_command
from server.commands.answer import CommandFailed
from server.database.pool import Connection
from server.replication.rescue import rescue_key
from server.settings import Settings
from sync.replica.database import open_store
from sync.replica.rescue import write_rescue
from sync.replica.store import Store
from tests.server.people import (
    NOW_MS,
    Tablet,
    associate_id,
    bearer,
    enrol,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

SECRET_NOTE = "Elle dort mal."


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


@pytest.fixture
async def tablet(client: httpx.AsyncClient) -> Tablet:
    return await enrol(client)


@pytest.fixture
async def customer(connection: Connection) -> UUID:
    return await make_customer(connection, await principal_named(connection, "ines"), town="Lyon")


def store_of(tablet: Tablet, code: str = "ines") -> Store:
    store = Store(open_store(":memory:"), app_version="1.0")
    store.set_up(device_id=tablet.device_id, author=str(associate_id(code)), shop=tablet.store)
    return store


def file_of(store: Store, tablet: Tablet, key: bytes) -> bytes:
    return write_rescue(store, server_key=key, device_secret=tablet.device_secret, wall_ms=NOW_MS)


@pytest.fixture
async def key(client: httpx.AsyncClient, tablet: Tablet) -> bytes:
    """What Inès' tablet was given at her sign-in."""
    return bytes.fromhex((await sign_in(client, "ines", tablet))["rescue_key"])


@pytest.fixture
def edits(tablet: Tablet, customer: UUID) -> Store:
    store = store_of(tablet)
    store.submit(customer, AddElement(field="likes", element="velours"), wall_ms=NOW_MS)
    note = WriteNote(note_id=uuid4(), text=SECRET_NOTE, level=NoteLevel.STORE)
    store.submit(customer, note, wall_ms=NOW_MS + 1)
    return store


async def deliver(client: httpx.AsyncClient, file: bytes, code: str) -> httpx.Response:
    headers = {**bearer(await sign_in(client, code)), "Content-Type": CONTENT_TYPE}
    return await client.post("/v1/rescue", content=file, headers=headers)


class TestSignIn:
    async def test_tells_a_tablet_its_lease_and_the_key(
        self, client: httpx.AsyncClient, tablet: Tablet
    ) -> None:
        told = await sign_in(client, "ines", tablet)
        assert told["lease_until"] - told["now"] == 14 * 86_400_000
        assert len(bytes.fromhex(told["rescue_key"])) == 32

    async def test_tells_nothing_of_the_kind_elsewhere(self, client: httpx.AsyncClient) -> None:
        told = await sign_in(client, "ines")
        assert {told["lease_until"], told["rescue_key"], told["now"]} == {None}


class TestDelivery:
    async def test_by_a_manager_carries_the_edits_in(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        reply = await deliver(client, file_of(edits, tablet, key), "marie")
        assert reply.status_code == 200, reply.text
        report = reply.json()
        assert [each["status"] for each in report["verdicts"]] == ["applied", "applied"]
        assert report["author"] == str(associate_id("ines"))
        assert await connection.fetchval(
            "select exists (select from audit_event where action = 'rescue.taken_in' and subject_id = $1)",
            tablet.device_id,
        )

    async def test_is_open_to_the_author_and_to_those_above(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        for by in ("ines", "zoe", "adam"):
            assert (await deliver(client, file_of(edits, tablet, key), by)).status_code == 200, by

    async def test_twice_changes_nothing(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        file = file_of(edits, tablet, key)
        await deliver(client, file, "ines")
        again = (await deliver(client, file, "marie")).json()
        assert [each["status"] for each in again["verdicts"]] == ["duplicate", "duplicate"]

    async def test_of_a_revoked_tablet_still_counts(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        manager = bearer(await sign_in(client, "adam"))
        assert (
            await client.post(f"/v1/devices/{tablet.device_id}/revoke", headers=manager)
        ).status_code == 204
        reply = await deliver(client, file_of(edits, tablet, key), "marie")
        assert {each["status"] for each in reply.json()["verdicts"]} == {"applied"}

    async def test_judges_as_the_author_not_as_the_manager(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, customer: UUID
    ) -> None:
        store = store_of(tablet)
        store.submit(customer, SetField(field="phone", value="+33612345678"), wall_ms=NOW_MS)
        reply = await deliver(client, file_of(store, tablet, key), "marie")
        (verdict,) = reply.json()["verdicts"]
        assert verdict["status"] == "refused"

    async def test_keeps_what_was_refused_for_a_manager(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet, key: bytes, customer: UUID
    ) -> None:
        store = store_of(tablet)
        store.submit(customer, SetField(field="phone", value="+33612345678"), wall_ms=NOW_MS)
        await deliver(client, file_of(store, tablet, key), "marie")
        held = await connection.fetch("select author, device_id from held_edit")
        assert [(row["author"], row["device_id"]) for row in held] == [
            (associate_id("ines"), tablet.device_id)
        ]

    async def test_parks_an_edit_too_old_to_apply_blindly(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, customer: UUID
    ) -> None:
        store = store_of(tablet)
        store.submit(customer, AddElement(field="likes", element="lin"), wall_ms=NOW_MS - 200 * 86_400_000)
        (verdict,) = (await deliver(client, file_of(store, tablet, key), "ines")).json()["verdicts"]
        assert (verdict["status"], verdict["code"]) == ("parked", "stale")


class TestRefusal:
    async def test_of_whoever_is_not_signed_in(self, client: httpx.AsyncClient) -> None:
        reply = await client.post("/v1/rescue", content=b"x", headers={"Content-Type": CONTENT_TYPE})
        assert (reply.status_code, reply.json()["code"]) == (401, "not_signed_in")

    async def test_of_whoever_it_does_not_concern(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        for by in ("luc", "noe", "paul", "camille", "henri", "paola", "import"):
            reply = await deliver(client, file_of(edits, tablet, key), by)
            assert (reply.status_code, reply.json()["code"]) == (404, "not_found"), by

    async def test_of_an_author_who_never_worked_on_the_tablet(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, customer: UUID
    ) -> None:
        store = store_of(tablet, "marie")
        store.submit(customer, AddElement(field="likes", element="lin"), wall_ms=NOW_MS)
        assert (await deliver(client, file_of(store, tablet, key), "adam")).status_code == 404

    async def test_of_a_file_that_the_tablet_did_not_make(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        forged = write_rescue(edits, server_key=key, device_secret="guess", wall_ms=NOW_MS)
        assert (await deliver(client, forged, "marie")).status_code == 404

    async def test_of_what_is_no_rescue_file(
        self, client: httpx.AsyncClient, tablet: Tablet, key: bytes, edits: Store
    ) -> None:
        file = file_of(edits, tablet, key)
        altered = bytearray(file)
        altered[-1] ^= 1
        for wrong in (
            b"",
            b"x",
            MAGIC,
            MAGIC + bytes(100),
            file[:-1],
            bytes(altered),
            file + b"x",
            b"\xff" * 500,
        ):
            reply = await deliver(client, wrong, "marie")
            assert (reply.status_code, reply.json()["code"]) == (400, "malformed"), wrong[:10]

    async def test_of_a_file_sealed_for_another_installation(
        self, client: httpx.AsyncClient, tablet: Tablet, edits: Store
    ) -> None:
        file = file_of(edits, tablet, rescue_key(b"another secret of thirty-two bytes!!"))
        assert (await deliver(client, file, "marie")).status_code == 400


class TestFile:
    async def test_shows_nothing(self, tablet: Tablet, key: bytes, edits: Store, customer: UUID) -> None:
        file = file_of(edits, tablet, key)
        for word in (SECRET_NOTE.encode(), b"velours", tablet.device_secret.encode(), customer.bytes):
            assert word not in file

    async def test_is_empty_when_nothing_waits(self, tablet: Tablet, key: bytes) -> None:
        assert file_of(store_of(tablet), tablet, key) == b""


def command(file: Path, settings: Settings) -> int:
    parser = argparse.ArgumentParser()
    rescue_command.configure(parser)
    arguments = parser.parse_args([str(file), "--database-url", settings.database_url])
    arguments.json = True
    return rescue_command.run(arguments)


class TestCommand:
    async def test_takes_a_file_in_at_the_console(
        self,
        tablet: Tablet,
        key: bytes,
        edits: Store,
        settings: Settings,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "unsent.rescue").write_bytes(file_of(edits, tablet, key))
        monkeypatch.setenv("COMPTOIR_SECRET", settings.secret.decode())
        assert await to_thread.run_sync(command, tmp_path / "unsent.rescue", settings) == 0
        report = json.loads(capsys.readouterr().out)["rescue"]
        assert [each["status"] for each in report["verdicts"]] == ["applied", "applied"]

    async def test_says_in_one_line_what_is_wrong_with_a_file(
        self,
        settings: Settings,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "unsent.rescue").write_bytes(b"something else")
        monkeypatch.setenv("COMPTOIR_SECRET", settings.secret.decode())
        with pytest.raises(CommandFailed, match=r"no rescue file \(malformed\)"):
            await to_thread.run_sync(command, tmp_path / "unsent.rescue", settings)
