"""Questions that are asked together: one statement for all who ask at a moment."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from server.database.pool import Connection, Pool, at_rest

MOST_AT_ONCE = 200

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Asks on one connection at rest. Whoever asks while a statement is under way is in the next one.

    So what anybody is told was read after he asked, as if he had asked alone; a round trip and a connection
    are shared by as many as there are.
    """

    def __init__(
        self, pool: Pool, ask: Callable[[Connection, Sequence[Question]], Awaitable[Sequence[Answer]]]
    ) -> None:
        """Prepare; ``ask`` answers all questions in their order, in one statement."""
        self._pool = pool
        self._ask = ask
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """Return the answer.

        Raises:
            Exception: what asking raised, to everybody who was in that statement.
        """
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answered))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        return await answered

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                await self._ask_some()
        finally:
            self._asking = None
            while self._waiting:  # we were cancelled: nobody else will answer them
                self._waiting.popleft()[1].cancel()

    async def _ask_some(self) -> None:
        asked: list[tuple[Question, asyncio.Future[Answer]]] = []
        try:
            async with at_rest(self._pool) as connection:
                while self._waiting and len(asked) < MOST_AT_ONCE:
                    question, answered = self._waiting.popleft()
                    if not answered.done():  # nobody waits any more
                        asked.append((question, answered))
                answers = await self._ask(connection, [question for question, _ in asked]) if asked else ()
            for (_, answered), answer in zip(asked, answers, strict=True):
                if not answered.done():
                    answered.set_result(answer)
        except Exception as error:
            # Without a connection nobody was taken yet: all who wait are told.
            for _, answered in asked or list(self._waiting):
                if not answered.done():
                    answered.set_exception(error)
            if not asked:
                self._waiting.clear()
        finally:
            for _, answered in asked:
                answered.cancel()
