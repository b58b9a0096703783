"""The thread where everything slow happens."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from mobile_app.background import Background

Crossing = queue.Queue[Callable[[], None]]


@pytest.fixture
def crossing() -> Crossing:
    return queue.Queue()


@pytest.fixture
def background(crossing: Crossing) -> Iterator[Background]:
    background = Background(crossing.put)
    background.start()
    yield background
    background.stop()


async def thread_name() -> str:
    return threading.current_thread().name


async def broken() -> None:
    raise ValueError("Aurélie Lefèvre")


class TestBackground:
    def test_works_elsewhere_and_answers_here(self, background: Background, crossing: Crossing) -> None:
        heard: list[tuple[str, str]] = []
        background.ask(thread_name(), lambda name: heard.append((name, threading.current_thread().name)))
        crossing.get(timeout=60)()
        assert heard == [("comptoir-sync", threading.current_thread().name)]

    def test_delivers_failures(self, background: Background, crossing: Crossing) -> None:
        failures: list[Exception] = []
        background.ask(broken(), failed=failures.append)
        crossing.get(timeout=60)()
        assert isinstance(failures[0], ValueError)

    def test_logs_a_bug_without_its_words(
        self, background: Background, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR):
            background.ask(broken())
            background.call(asyncio.sleep(0.01))
        assert "kind=ValueError at=broken" in caplog.text
        assert "Lefèvre" not in caplog.text

    def test_stops_in_the_middle_of_a_request(self, background: Background) -> None:
        background.ask(asyncio.sleep(3600))
        background.stop()
        assert not background.is_running

    def test_runs_nothing_once_it_was_stopped(self, background: Background) -> None:
        background.stop()
        heard: list[None] = []
        background.ask(asyncio.sleep(0), heard.append)
        assert heard == []
