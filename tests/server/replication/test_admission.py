"""Admission of tablets: places, the short queue, who goes first, and when the others may come back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from schemas.problem import Problem
from server.database.pool import Connection
from server.replication.admission import (
    AT_WORK_S,
    LATELY,
    LEAST_PLACES,
    LONGEST_SPAN_S,
    PER_SLOT,
    Admission,
    AdmitTablets,
    Overloaded,
)
from server.settings import Settings
from tests.server.people import hire_everybody
from tests.server.serving import served

PATIENCE_S = 60.0  # on a machine that does other things too

pytestmark = pytest.mark.anyio


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is turned away because this machine is slow."""
    monkeypatch.setattr("server.replication.admission.LONGEST_WAIT_S", 60.0)


@pytest.mark.usefixtures("patient")
class TestAdmission:
    async def test_gives_each_place_to_one_at_a_time(self) -> None:
        admission = Admission(2)
        give_back = [await admission.take(first=False) for _ in range(2)]
        third = asyncio.create_task(admission.take(first=False))
        await settle()
        assert not third.done() and admission.at_work == 2
        give_back[0]()
        give_back[0]()  # twice is no matter
        (await third)()
        give_back[1]()
        assert admission.at_work == 0

    async def test_lets_pushes_go_first(self) -> None:
        admission = Admission(1)
        give_back = await admission.take(first=False)
        order: list[str] = []

        async def work(name: str, first: bool) -> None:
            done = await admission.take(first=first)
            order.append(name)
            done()

        tasks = [asyncio.create_task(work("pull", False)), asyncio.create_task(work("pull 2", False))]
        await settle()
        tasks.append(asyncio.create_task(work("push", True)))
        await settle()
        give_back()
        await asyncio.gather(*tasks)
        assert order == ["push", "pull", "pull 2"]

    async def test_turns_away_whom_the_queue_cannot_hold_the_last_pull_before_a_push(self) -> None:
        admission = Admission(1)
        give_back = await admission.take(first=False)
        waiting = [asyncio.create_task(admission.take(first=False)) for _ in range(PER_SLOT)]
        await settle()
        with pytest.raises(Overloaded):
            await admission.take(first=False)
        push = asyncio.create_task(admission.take(first=True))
        await settle()
        with pytest.raises(Overloaded):
            await waiting[-1]
        give_back()
        (await push)()
        for each in waiting[:-1]:
            (await each)()
        assert (admission.at_work, admission.refused_in_all) == (0, 2)

    async def test_turns_away_after_a_while_and_loses_no_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("server.replication.admission.LONGEST_WAIT_S", 0.02)
        admission = Admission(1)
        give_back = await admission.take(first=False)
        with pytest.raises(Overloaded):
            await admission.take(first=True)
        gone = asyncio.create_task(admission.take(first=False))
        await settle()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        give_back()
        (await admission.take(first=False))()
        assert admission.at_work == 0

    async def test_tells_no_more_to_come_back_in_a_second_than_it_serves_in_one(self) -> None:
        now = 0.0
        admission = Admission(1, clock=lambda: now)
        for _ in range(20):
            (await admission.take(first=True))()
        now = 1.0
        told = Counter(admission.come_back_s() for _ in range(100))
        assert told == {second: 20 for second in (1, 2, 3, 4, 5)}
        now = 3.0  # in the meantime nobody was served: those told already are not told again
        assert admission.come_back_s() == 4

    async def test_knows_what_a_second_serves_before_one_has_passed(self) -> None:
        now = 0.0
        admission = Admission(2, clock=lambda: now)
        for _ in range(3):
            give_back = await admission.take(first=True)
            now += 0.05
            give_back()
        told = Counter(admission.come_back_s() for _ in range(100))
        assert told == {1: 40, 2: 40, 3: 20}  # two places, a twentieth of a second each

    async def test_keeps_nobody_away_when_there_is_nothing_to_do(self) -> None:
        now = 0.0
        admission = Admission(1, clock=lambda: now)
        for _ in range(1000):
            admission.come_back_s()
        now = 10_000.0
        assert admission.come_back_s() == 1

    async def test_keeps_nobody_away_for_longer_than_a_tablet_rests(self) -> None:
        admission = Admission(1, clock=lambda: 0.0)
        assert max(admission.come_back_s() for _ in range(5_000)) == LONGEST_SPAN_S


@pytest.fixture
async def server(settings: Settings, connection: Connection) -> AsyncIterator[str]:
    await hire_everybody(connection)
    async with served(msgspec.structs.replace(settings, sync_places=1)) as address:
        yield address


@pytest.mark.usefixtures("patient")
class TestPlaces:
    def test_are_two_for_each_core_as_far_as_there_are_connections(self) -> None:
        assert Admission(7, cores=2).places == 4
        assert Admission(7, cores=16).places == 7
        assert Admission(1, cores=2).places == 1

    async def test_grow_fewer_while_each_is_kept_too_long_and_never_fewer_than_two(self) -> None:
        now = 0.0
        admission = Admission(8, cores=4, clock=lambda: now)

        async def serve(each_s: float) -> int:
            nonlocal now
            for _ in range(LATELY):
                give_back = await admission.take(first=True)
                now += each_s
                give_back()
            return admission.places

        assert await serve(AT_WORK_S * 2) == 4  # half as many are given back twice as soon
        assert await serve(AT_WORK_S * 0.9) < 8
        assert [await serve(10.0) for _ in range(3)][-1] == LEAST_PLACES

    async def test_grow_more_by_one_when_somebody_had_to_wait_and_there_is_time(self) -> None:
        now = 0.0
        admission = Admission(8, cores=1, clock=lambda: now)
        assert admission.places == 2

        async def serve(*, somebody_waits: bool) -> int:
            nonlocal now
            for _ in range(LATELY // 2):
                held = [await admission.take(first=True) for _ in range(2)]
                waiting = asyncio.create_task(admission.take(first=True)) if somebody_waits else None
                await settle()
                now += AT_WORK_S / 8
                for give_back in held:
                    give_back()
                if waiting is not None:
                    (await waiting)()
            return admission.places

        assert await serve(somebody_waits=False) == 2
        assert await serve(somebody_waits=True) == 3

    async def test_that_are_no_more_are_given_to_nobody(self) -> None:
        admission = Admission(3, cores=2)
        held = [await admission.take(first=False) for _ in range(3)]
        waiting = [asyncio.create_task(admission.take(first=False)) for _ in range(2)]
        await settle()
        admission.places = 1
        held[0]()
        held[1]()
        await settle()
        assert not any(each.done() for each in waiting) and admission.at_work == 1
        admission.places = 2
        held[2]()
        await settle()
        assert all(each.done() for each in waiting) and admission.at_work == 2
        for each in waiting:
            (await each)()
        assert admission.at_work == 0


class TestAServerWithTooMuchToDo:
    async def test_says_so_as_a_problem_with_a_moment_to_come_back(
        self, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.replication.admission.PER_SLOT", 0)

        async def full(self: Admission, *, first: bool) -> None:
            raise Overloaded

        monkeypatch.setattr(Admission, "take", full)
        async with httpx.AsyncClient(base_url=server, timeout=PATIENCE_S) as client:
            for path in ("push", "pull", "look", "snapshot"):
                reply = await client.post(f"/v1/sync/{path}", content=b"x")
                assert reply.status_code == 503
                assert 1 <= int(reply.headers["retry-after"]) <= LONGEST_SPAN_S
                assert reply.headers["content-type"] == "application/problem+json"
                assert msgspec.json.decode(reply.content, type=Problem).code == "unavailable"
            assert (await client.get("/health")).status_code == 200

    async def test_is_not_kept_busy_by_whoever_sends_slowly(self, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        slow = []
        for _ in range(5):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                b"POST /v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly the beginning"
            )
            await writer.drain()
            slow.append(writer)
        await asyncio.sleep(0.1)
        async with httpx.AsyncClient(base_url=server, timeout=PATIENCE_S) as client:
            assert (await client.post("/v1/sync/pull", content=b"x")).status_code == 401
        for writer in slow:
            writer.close()

    async def test_counts_every_place_back(self, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[Admission] = []
        real = AdmitTablets.handle

        async def handle(self: AdmitTablets, *parts: object) -> None:
            made.append(self.admission)
            await real(self, *parts)  # type: ignore[arg-type]

        monkeypatch.setattr(AdmitTablets, "handle", handle)
        async with httpx.AsyncClient(base_url=server, timeout=PATIENCE_S) as client:
            await asyncio.gather(*(client.post("/v1/sync/pull", content=b"x") for _ in range(30)))
        assert {admission.at_work for admission in made} <= {0}
