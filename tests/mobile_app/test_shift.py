"""The scripted shift against the real server: everything happens, in few enough taps and keys."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mobile_app.i18n import language, use
from mobile_app.shift import People, play
from mobile_app.shift_report import Budget, Report, Step, line_of
from mobile_app.vault import Stretch
from server.demo.brand import PASSWORD
from server.demo.seed import seed
from server.settings import Settings
from tests.mobile_app.driver import open_window
from tests.server.serving import served

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
CUSTOMERS = 200
LYON = People(manager="claire", seller="ines", second="hugo", password=PASSWORD)


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """The made brand behind a port, in a loop of its own: Kivy has this thread."""
    asyncio.run(seed(settings.database_url, customers=CUSTOMERS, helpers=1))
    ready, over = threading.Event(), threading.Event()
    address: list[str] = []

    async def serve() -> None:
        try:
            async with served(settings) as url:
                address.append(url)
                ready.set()
                await asyncio.to_thread(over.wait)
        finally:
            ready.set()

    serving = threading.Thread(target=lambda: asyncio.run(serve()))
    serving.start()
    ready.wait()
    yield address[0]
    over.set()
    serving.join()


@pytest.mark.window
class TestAShift:
    @pytest.mark.parametrize("spoken", ["en"])
    def test_happens_within_its_taps_with_and_without_a_line(
        self, server: str, screen: None, tmp_path: Path, spoken: str
    ) -> None:
        open_window()
        report = Report(None, print)
        try:
            play(server, LYON, tmp_path, report, spoken, stretch=QUICK)
            assert language() == spoken
        finally:
            use("en")
        assert report.over(patient=True) == []
        offline = [step.said for step in report.steps]
        cut, back = offline.index("the network is cut"), offline.index("the network is back")
        assert any(said.startswith("redeemed") for said in offline[cut:back])


@dataclass
class Hands:
    """What a step reads off a pair of hands."""

    taps: int = 0
    keys: int = 0


class TestAStep:
    def told(self, budget: Budget, *, taps: int = 0, keys: int = 0) -> Report:
        report, hands = Report(Path(), lambda line: None), Hands()
        with report.step("Comptoir 1", "did it", budget, hands=hands) as said:
            hands.taps, hands.keys = taps, keys
            said.append("twice")
        return report

    @pytest.mark.parametrize(("taps", "keys"), [(3, 5), (0, 0)])
    def test_within_its_budget_is_not_over(self, taps: int, keys: int) -> None:
        assert self.told(Budget(taps=3, keys=5), taps=taps, keys=keys).over() == []

    @pytest.mark.parametrize(("taps", "keys"), [(4, 0), (0, 6)])
    def test_of_too_many_taps_or_keys_is(self, taps: int, keys: int) -> None:
        (line,) = self.told(Budget(taps=3, keys=5), taps=taps, keys=keys).over(patient=True)
        assert "did it twice" in line and "OVER" in line

    def test_is_late_only_to_whom_time_matters(self) -> None:
        report = self.told(Budget(seconds=-1))
        assert len(report.over()) == 1 and report.over(patient=True) == []

    def test_is_told_in_one_line(self) -> None:
        step = Step(tablet="Comptoir 1", said="rang", seconds=0.5, taps=1, keys=2, budget=Budget(taps=2))
        assert " ".join(line_of(step).split()) == "Comptoir 1 500 ms 1 tap of 2 2 keys rang"
