"""The thread where everything slow happens: the network, the database, the stretching of a PIN.

It has its own asyncio loop; SQLite is used from this thread only. What comes of a request crosses back
through ``deliver`` (in the app ``Clock.schedule_once``), so that only Kivy's thread touches widgets.
"""

import asyncio
import logging
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from schemas.note_guard import get_ready

NOTES_READY_S = 3.0  # after the start, when the first screen is drawn
END_S = 30.0  # at most, for what is at work to let go
logger = logging.getLogger(__name__)

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]


class Background:
    """One thread, one asyncio loop."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="comptoir-sync", daemon=True)
        self._started = threading.Event()
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread and wait until it takes requests."""
        self._thread.start()
        self._started.wait()

    def ask(
        self,
        work: Coroutine[Any, Any, T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run a coroutine in the thread; ``then`` gets its result, ``failed`` its exception, both delivered.

        An exception nobody asked for is a bug: it is logged by its kind and place, not its words, which could
        quote a customer. After ``stop`` nothing is run any more: a window that closes may still ask.
        """
        if self._stopped:
            work.close()
            return

        async def run() -> None:
            try:
                result = await work
            except asyncio.CancelledError:
                raise
            except Exception as failure:
                if failed is None:
                    where = traceback.extract_tb(failure.__traceback__)[-1]
                    logger.error(
                        "background.failed kind=%s at=%s:%s", type(failure).__name__, where.name, where.lineno
                    )
                else:
                    self.tell(failed, failure)
            else:
                if then is not None:
                    self.tell(then, result)

        asyncio.run_coroutine_threadsafe(run(), self._loop)

    def tell(self, hear: Callable[[T], None], fact: T) -> None:
        """Deliver a fact to the other side."""
        self._deliver(lambda: hear(fact))

    def call(self, work: Coroutine[Any, Any, T], timeout_s: float = 30.0) -> T:
        """Run a coroutine in the thread and wait for it: at the start and the end only, never in between."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def stop(self) -> None:
        """End every request and the thread."""
        self._stopped = True
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=END_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self._started.set)
        self._loop.call_later(NOTES_READY_S, get_ready)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
