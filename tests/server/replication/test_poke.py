"""Pokes over a real socket: who is told, of what, how soon, and when the socket ends."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from schemas.ids import id_from
from schemas.mutations import CreateCustomer, Envelope, Mutation, SetField
from schemas.poke import Farewell, Poke
from server.database.pool import Connection
from server.replication import poke as poking
from server.replication.poke import spread_s
from server.replication.push import submit
from server.settings import Settings
from sync.replica.database import open_store
from sync.replica.engine import Engine
from sync.replica.poke import PokeListener, poke_address
from sync.replica.store import Store
from sync.replica.transport import HttpTransport
from tests.server.people import (
    NOW_MS,
    Tablet,
    associate_id,
    enrol,
    envelope,
    hire_everybody,
    principal_named,
    sign_in,
)
from tests.server.serving import served
from tests.sync.replica.test_real_server import wall_ms

pytestmark = pytest.mark.anyio

CLAIRE = id_from("test", "claire")
later = itertools.count()  # of two words with one reading of the clock, chance says which came last


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait a second for each look."""
    monkeypatch.setattr(poking, "EVERY_S", 0.05)


@pytest.fixture
async def server(settings: Settings, connection: Connection) -> AsyncIterator[str]:
    await hire_everybody(connection)
    async with served(settings) as address:
        yield address


@pytest.fixture
async def http(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server) as opened:
        yield opened


async def tell(connection: Connection, *mutations: Mutation, who: str = "marie") -> None:
    """Let somebody edit Claire of Lyon elsewhere."""
    principal = await principal_named(connection, who)
    envelopes: list[Envelope] = [
        envelope(CLAIRE, mutation, at_ms=NOW_MS + next(later)) for mutation in mutations
    ]
    async with connection.transaction():
        outcomes = await submit(connection, principal, envelopes, now=datetime.now(UTC))
    assert {outcome.status.value for outcome in outcomes} == {"applied"}, outcomes


@asynccontextmanager
async def listening(
    server: str, http: httpx.AsyncClient, code: str, store: str = "lyon", tablet: Tablet | None = None
) -> AsyncIterator[ClientConnection]:
    """Open somebody's socket and hear the poke that every socket begins with."""
    tablet = tablet or await enrol(http, store=store)
    token = (await sign_in(http, code, tablet))["access_token"]
    async with connect(
        poke_address(server), additional_headers={"Authorization": f"Bearer {token}"}
    ) as socket:
        assert msgspec.json.decode(await socket.recv(), type=Poke).within_s == poking.ARRIVAL_SPREAD_S
        await asyncio.sleep(0.15)  # until the node has looked once
        while await heard(socket, 0.1):
            pass
        yield socket


async def heard(socket: ClientConnection, timeout_s: float = 2.0) -> Poke | None:
    try:
        async with asyncio.timeout(timeout_s):
            return msgspec.json.decode(await socket.recv(), type=Poke)
    except TimeoutError:
        return None


class TestASocketOfPokes:
    async def test_tells_of_a_change_in_the_store_and_of_nothing_else(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        async with listening(server, http, "ines") as lyon, listening(server, http, "noe", "nice") as nice:
            await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))

            poke = await heard(lyon)
            assert poke == Poke(within_s=spread_s(1))
            assert await heard(nice, 0.3) is None

    async def test_is_silent_about_a_field_the_lens_hides(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as seller, listening(server, http, "marie") as manager:
            await tell(connection, SetField(field="address", value={"line1": "1 rue Cachée", "city": "Lyon"}))

            assert await heard(manager) is not None
            assert await heard(seller, 0.3) is None

    async def test_makes_one_poke_of_many_changes(
        self, server: str, http: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as seller:
            edits = connection.transaction()
            await edits.start()
            for town in ("Lyon", "Annecy", "Nice", "Dijon"):
                await tell(connection, SetField(field="town", value=town))
            assert await heard(seller, 0.2) is None  # nothing is committed yet
            await edits.commit()

            assert await heard(seller) is not None
            assert await heard(seller, 0.3) is None

    async def test_takes_the_token_in_the_first_message_where_a_header_cannot_be_set(
        self, server: str, http: httpx.AsyncClient
    ) -> None:
        tablet = await enrol(http)
        token = (await sign_in(http, "ines", tablet))["access_token"]
        async with connect(poke_address(server)) as socket:
            await socket.send(token)
            assert await heard(socket) is not None

    @pytest.mark.parametrize("said", ["", "not a token", "a.b.c", "x" * 10_000, b"\xff\xfe", b"\x00"])
    async def test_ends_for_whoever_does_not_say_who_he_is(self, server: str, said: str | bytes) -> None:
        async with connect(poke_address(server)) as socket:
            await socket.send(said)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code in {Farewell.NOT_SIGNED_IN, 1003, 1007, 1009, 1011}

    async def test_ends_for_a_token_in_the_address_alone(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.replication.poke_route.INTRODUCTION_S", 0.1)
        token = (await sign_in(http, "ines", await enrol(http)))["access_token"]
        async with connect(f"{poke_address(server)}?access_token={token}") as socket:
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == Farewell.NOT_SIGNED_IN

    async def test_ends_when_the_tablet_is_revoked(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        tablet = await enrol(http)
        async with listening(server, http, "ines", tablet=tablet) as socket:
            await connection.execute("update device set revoked_at = now() where id = $1", tablet.device_id)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 3)
            assert socket.close_code == Farewell.REVOKED

    async def test_ends_when_the_person_signs_out_or_is_let_go(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        async with listening(server, http, "ines") as socket:
            await connection.execute("update refresh_family set ended_at = now()")
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 3)
            assert socket.close_code == Farewell.NOT_SIGNED_IN

    async def test_tells_of_another_role_and_follows_it(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as socket:
            await connection.execute(
                "update associate set role = 'store_manager', epoch = epoch + 1 where id = $1",
                associate_id("ines"),
            )
            assert await heard(socket) is not None
            await tell(connection, SetField(field="address", value={"line1": "1 rue Vue", "city": "Lyon"}))
            assert await heard(socket) is not None

    async def test_keeps_two_sockets_of_a_tablet_and_ends_the_oldest(
        self, server: str, http: httpx.AsyncClient
    ) -> None:
        tablet = await enrol(http)
        async with (
            listening(server, http, "ines", tablet=tablet) as oldest,
            listening(server, http, "ines", tablet=tablet) as second,
            listening(server, http, "ines", tablet=tablet),
        ):
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(oldest.recv(), 3)
            assert oldest.close_code == Farewell.REPLACED
            assert await heard(second, 0.1) is None

    async def test_is_refused_when_the_node_has_enough(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(poking, "MOST_SEATS", 0)
        token = (await sign_in(http, "ines", await enrol(http)))["access_token"]
        async with connect(
            poke_address(server), additional_headers={"Authorization": f"Bearer {token}"}
        ) as socket:
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == Farewell.FULL

    async def test_tells_everybody_after_looks_that_failed(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listening(server, http, "ines") as socket:
            with monkeypatch.context() as broken:
                broken.setattr(poking, "_MOVED", "select no such thing")
                await asyncio.sleep(0.2)
            assert await heard(socket) is not None


class TestATabletThatListens:
    async def test_shows_an_edit_of_another_tablet_without_waiting_for_its_poll(
        self, server: str, http: httpx.AsyncClient, connection: Connection, tmp_path: Path
    ) -> None:
        tablet = await enrol(http)
        store = Store(open_store(tmp_path / "ines.db"), app_version="1.0")
        store.set_up(device_id=tablet.device_id, author=str(associate_id("ines")), shop="lyon")

        async def bearer() -> str:
            return str((await sign_in(http, "ines", tablet))["access_token"])

        engine = Engine(
            store, HttpTransport(http, bearer=bearer), wall_ms=wall_ms, chance=lambda: 0.5, entropy=os.urandom
        )
        listener = PokeListener(server, bearer=bearer, hint=engine.hint, chance=lambda: 0.01)
        tasks = [asyncio.create_task(engine.run()), asyncio.create_task(listener.run())]
        try:
            async with asyncio.timeout(10):
                while not listener.connected or store.status().last_full_sync is None:
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.2)
                await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
                while not store.search("lefevre"):
                    await asyncio.sleep(0.02)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            store.close()

    async def test_tries_again_after_ever_longer_rests(self) -> None:
        rests: list[float] = []

        async def rest(seconds: float) -> None:
            rests.append(seconds)
            if len(rests) == 5:
                raise asyncio.CancelledError
            await asyncio.sleep(0)

        async def bearer() -> str:
            return "no matter"

        nobody = PokeListener(
            "http://127.0.0.1:9", bearer=bearer, hint=lambda: None, chance=lambda: 1.0, sleep=rest
        )
        with pytest.raises(asyncio.CancelledError):
            await nobody.run()
        assert rests == [2.0, 4.0, 8.0, 16.0, 32.0]
