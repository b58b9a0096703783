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


PATIENCE_S = 60.0  # on a machine that does other things too


class Looks:
    """Counts the looks of the node, those that failed too: nothing is waited for by the clock."""

    def __init__(self) -> None:
        self.ended = 0

    async def two_more(self) -> None:
        """Wait for a look that began after now."""
        enough = self.ended + 2
        async with asyncio.timeout(PATIENCE_S):
            while self.ended < enough:
                await asyncio.sleep(0.005)


looks = Looks()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait a second for each look."""
    look = poking.Pokes.look

    async def counted(self: poking.Pokes) -> None:
        try:
            await look(self)
        finally:
            looks.ended += 1

    monkeypatch.setattr(poking, "EVERY_S", 0.02)
    monkeypatch.setattr(poking.Pokes, "look", counted)


@pytest.fixture
async def server(settings: Settings, connection: Connection) -> AsyncIterator[str]:
    await hire_everybody(connection)
    async with served(settings) as address:
        yield address


@pytest.fixture
async def http(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, timeout=PATIENCE_S) as opened:
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
        while await heard_nothing(socket) is False:  # until the node knows what there was before
            pass
        yield socket


async def heard(socket: ClientConnection) -> Poke:
    async with asyncio.timeout(PATIENCE_S):
        return msgspec.json.decode(await socket.recv(), type=Poke)


async def heard_nothing(socket: ClientConnection) -> bool:
    """Whether the next whole look of the node tells nothing here; else what it told is taken."""
    await looks.two_more()
    async with asyncio.timeout(PATIENCE_S):
        await (await socket.ping())  # what was sent before the answer has arrived before it
    try:
        async with asyncio.timeout(0.05):
            await socket.recv()
    except TimeoutError:
        return True
    return False


async def ended(socket: ClientConnection) -> int | None:
    """Return how the node closed a socket."""
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), PATIENCE_S)
    return socket.close_code


class TestASocketOfPokes:
    async def test_tells_of_a_change_in_the_store_and_of_nothing_else(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        async with listening(server, http, "ines") as lyon, listening(server, http, "noe", "nice") as nice:
            await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))

            poke = await heard(lyon)
            assert poke == Poke(within_s=spread_s(1))
            assert await heard_nothing(nice)

    async def test_is_silent_about_a_field_the_lens_hides(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as seller, listening(server, http, "marie") as manager:
            await tell(connection, SetField(field="address", value={"line1": "1 rue Cachée", "city": "Lyon"}))

            await heard(manager)
            assert await heard_nothing(seller)

    async def test_makes_one_poke_of_many_changes(
        self, server: str, http: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as seller:
            edits = connection.transaction()
            await edits.start()
            for town in ("Lyon", "Annecy", "Nice", "Dijon"):
                await tell(connection, SetField(field="town", value=town))
            assert await heard_nothing(seller)  # nothing is committed yet
            await edits.commit()

            await heard(seller)
            assert await heard_nothing(seller)

    async def test_takes_the_token_in_the_first_message_where_a_header_cannot_be_set(
        self, server: str, http: httpx.AsyncClient
    ) -> None:
        tablet = await enrol(http)
        token = (await sign_in(http, "ines", tablet))["access_token"]
        async with connect(poke_address(server)) as socket:
            await socket.send(token)
            await heard(socket)

    @pytest.mark.parametrize("said", ["", "not a token", "a.b.c", "x" * 10_000, b"\xff\xfe", b"\x00"])
    async def test_ends_for_whoever_does_not_say_who_he_is(self, server: str, said: str | bytes) -> None:
        async with connect(poke_address(server)) as socket:
            await socket.send(said)
            assert await ended(socket) in {Farewell.NOT_SIGNED_IN, 1003, 1007, 1009, 1011}

    async def test_ends_for_a_token_in_the_address_alone(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.replication.poke_route.INTRODUCTION_S", 0.1)
        token = (await sign_in(http, "ines", await enrol(http)))["access_token"]
        async with connect(f"{poke_address(server)}?access_token={token}") as socket:
            assert await ended(socket) == Farewell.NOT_SIGNED_IN

    async def test_ends_when_the_tablet_is_revoked(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        tablet = await enrol(http)
        async with listening(server, http, "ines", tablet=tablet) as socket:
            await connection.execute("update device set revoked_at = now() where id = $1", tablet.device_id)
            assert await ended(socket) == Farewell.REVOKED

    async def test_ends_when_the_person_signs_out_or_is_let_go(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        async with listening(server, http, "ines") as socket:
            await connection.execute("update refresh_family set ended_at = now()")
            assert await ended(socket) == Farewell.NOT_SIGNED_IN

    async def test_tells_of_another_role_and_follows_it(
        self, server: str, http: httpx.AsyncClient, connection: Connection
    ) -> None:
        await tell(connection, CreateCustomer(values={"family_name": "Lefèvre"}))
        async with listening(server, http, "ines") as socket:
            await connection.execute(
                "update associate set role = 'store_manager', epoch = epoch + 1 where id = $1",
                associate_id("ines"),
            )
            await heard(socket)
            await tell(connection, SetField(field="address", value={"line1": "1 rue Vue", "city": "Lyon"}))
            await heard(socket)

    async def test_keeps_two_sockets_of_a_tablet_and_ends_the_oldest(
        self, server: str, http: httpx.AsyncClient
    ) -> None:
        tablet = await enrol(http)
        async with (
            listening(server, http, "ines", tablet=tablet) as oldest,
            listening(server, http, "ines", tablet=tablet) as second,
            listening(server, http, "ines", tablet=tablet),
        ):
            assert await ended(oldest) == Farewell.REPLACED
            assert await heard_nothing(second)

    async def test_is_refused_when_the_node_has_enough(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(poking, "MOST_SEATS", 0)
        token = (await sign_in(http, "ines", await enrol(http)))["access_token"]
        async with connect(
            poke_address(server), additional_headers={"Authorization": f"Bearer {token}"}
        ) as socket:
            assert await ended(socket) == Farewell.FULL

    async def test_tells_everybody_after_looks_that_failed(
        self, server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listening(server, http, "ines") as socket:
            with monkeypatch.context() as broken:
                broken.setattr(poking, "_MOVED", "select no such thing")
                await looks.two_more()
            await heard(socket)


class TestATabletThatListens:
    async def test_shows_an_edit_of_another_tablet_without_waiting_for_its_poll(
        self,
        server: str,
        http: httpx.AsyncClient,
        connection: Connection,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("sync.replica.engine.IDLE_S", 3600.0)
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
            async with asyncio.timeout(PATIENCE_S):
                while not listener.connected or store.status().last_full_sync is None:
                    await asyncio.sleep(0.02)
                await looks.two_more()
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
