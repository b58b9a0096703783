"""The order of a sync, its rests, and who may speak at a time."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.mutations import SetField
from schemas.problem import ErrorCode
from sync.replica.engine import LONGEST_WAIT_S, PULL, PUSH, Engine, Line, Report, wait_s
from sync.replica.transport import RequestRejected, ServerBusy, ServerUnreachable
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CLAIRE, DEVICE = UUID(int=1), UUID(int=90)


class Wire:
    """A transport over the model server that notes what it carries."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.carried: list[str] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.fails: Callable[[int], Exception | None] = lambda number: None
        self.pause_s = 0.0

    async def exchange(self, path: str, body: bytes) -> bytes:
        self.carried.append(path)
        if (failure := self.fails(len(self.carried))) is not None:
            raise failure
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(self.pause_s)
        self.in_flight -= 1
        return self.server.handle(path, body)


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer(page_rows=1)
    for i in (1, 2, 3):
        server.put_customer(UUID(int=i), {"family_name": f"Nom{i}", "town": "Lyon"}, scopes=["store:lyon"])
    return server


@pytest.fixture
def tablet(server: ModelServer) -> Tablet:
    return Tablet(":memory:", server, device=DEVICE, durable=False)


@pytest.fixture
def wire(server: ModelServer) -> Wire:
    return Wire(server)


def engine(tablet: Tablet, wire: Wire, reports: list[Report] | None = None) -> Engine:
    return Engine(
        tablet.store,
        wire,
        wall_ms=lambda: tablet.now,
        chance=lambda: 0.5,
        entropy=tablet.entropy,
        report=(reports if reports is not None else []).append,
    )


@pytest.mark.anyio
class TestEngine:
    async def test_pushes_until_nothing_waits_then_pulls_until_there_is_no_more(
        self, tablet: Tablet, wire: Wire
    ) -> None:
        for i in range(101):
            tablet.edit(UUID(int=i % 3 + 1), SetField(field="town", value=f"T{i}"))
        report = await engine(tablet, wire).once()
        assert wire.carried == [PUSH, PUSH, PULL, PULL, PULL]
        assert (report.line, report.pushed) == (Line.SYNCED, 101)
        assert report.touched >= {CLAIRE}

    async def test_tells_what_it_learned_before_the_line_was_cut(self, tablet: Tablet, wire: Wire) -> None:
        wire.fails = lambda number: ServerUnreachable() if number == 2 else None
        report = await engine(tablet, wire).once()
        assert report.line is Line.UNREACHABLE
        assert report.touched == {CLAIRE}

    async def test_rests_longer_after_each_failure_and_shortly_after_success(
        self, tablet: Tablet, wire: Wire
    ) -> None:
        made = engine(tablet, wire)
        wire.fails = lambda number: ServerUnreachable()
        rests = [(await made.once()).next_in_s for _ in range(12)]
        assert rests[:4] == [1.0, 2.0, 4.0, 8.0]
        assert max(rests) == LONGEST_WAIT_S / 2
        wire.fails = lambda number: None
        assert (await made.once()).next_in_s == 60.0

    async def test_honours_when_the_server_asks_to_come_back(self, tablet: Tablet, wire: Wire) -> None:
        wire.fails = lambda number: ServerBusy(30.0)
        made = engine(tablet, wire)
        reports = [await made.once() for _ in range(10)]
        assert {report.line for report in reports} == {Line.UNREACHABLE}
        assert [report.next_in_s for report in reports[:7]] == [30.5] * 6 + [31.0]
        assert reports[-1].next_in_s > 31.0  # said for ever, it is not believed for ever

    async def test_says_why_the_server_said_no(self, tablet: Tablet, wire: Wire) -> None:
        wire.fails = lambda number: RequestRejected(401, ErrorCode.TOKEN_EXPIRED)
        report = await engine(tablet, wire).once()
        assert (report.line, report.code) == (Line.REJECTED, ErrorCode.TOKEN_EXPIRED)

    async def test_takes_bytes_that_are_no_reply_for_a_broken_line(self, tablet: Tablet, wire: Wire) -> None:
        wire.server.handle = lambda path, body: b"\xc1"  # type: ignore[method-assign]
        assert (await engine(tablet, wire).once()).line is Line.UNREACHABLE

    async def test_has_one_request_in_flight(self, tablet: Tablet, wire: Wire) -> None:
        made = engine(tablet, wire)
        wire.pause_s = 0.001
        await asyncio.gather(made.once(), made.look("x"), made.once())
        assert wire.most_in_flight == 1

    async def test_pins_a_customer_looked_up(self, tablet: Tablet, wire: Wire) -> None:
        made = engine(tablet, wire)
        await made.once()
        wire.server.put_customer(UUID(int=20), {"family_name": "Ailleurs"}, scopes=["store:nice"])
        await made.look("ailleurs", pin=(UUID(int=20),))
        assert [line.family_name for line in tablet.store.search("ailleurs")] == ["Ailleurs"]

    async def test_wakes_when_asked(self, tablet: Tablet, wire: Wire) -> None:
        reports: list[Report] = []
        made = engine(tablet, wire, reports)
        running = asyncio.create_task(made.run())
        while not reports:
            await asyncio.sleep(0)
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        made.wake()
        while len(reports) < 2:
            await asyncio.sleep(0)
        running.cancel()
        assert wire.server.effects == {edit.mutation_id: 1}

    async def test_lets_nobody_cut_short_what_the_server_asked_for(
        self, tablet: Tablet, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reports: list[Report] = []
        made = engine(tablet, wire, reports)
        wire.fails = lambda number: ServerBusy(7.5) if number == 1 else None
        sleep, over = asyncio.sleep, asyncio.Event()

        async def slept(seconds: float) -> None:
            await (over.wait() if seconds == 7.5 else sleep(seconds))

        monkeypatch.setattr(asyncio, "sleep", slept)
        running = asyncio.create_task(made.run())
        while not reports:
            await sleep(0)
        for _ in range(100):
            made.wake()
            await sleep(0)
        assert len(reports) == 1
        over.set()
        while len(reports) < 2:
            await sleep(0)
        running.cancel()
        assert reports[1].line is Line.SYNCED

    async def test_hears_a_hint_only_while_all_is_well(self, tablet: Tablet, wire: Wire) -> None:
        reports: list[Report] = []
        made = engine(tablet, wire, reports)
        wire.fails = lambda number: ServerUnreachable() if len(reports) == 1 else None
        running = asyncio.create_task(made.run())
        while not reports:
            await asyncio.sleep(0)
        made.hint()
        while len(reports) < 2:
            await asyncio.sleep(0)
        made.hint()
        await asyncio.sleep(0.05)
        running.cancel()
        assert [report.line for report in reports] == [Line.SYNCED, Line.UNREACHABLE]


class TestWait:
    @given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
    def test_stays_within_its_span(self, failures: int, chance: float) -> None:
        assert 0 <= wait_s(failures, chance) < LONGEST_WAIT_S
