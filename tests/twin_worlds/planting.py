"""How a leak is planted in a running server, and what the leaking request then knows."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import pytest

from schemas.customer import FIELDS
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, lens_of
from server.auth import guard

# What the leaking request knows of the customer it is about.
secret: ContextVar[dict[str, Any]] = ContextVar("secret", default={})  # noqa: B039

Plant = Callable[[pytest.MonkeyPatch], None]
LEAKS: dict[str, tuple[frozenset[str], Plant]] = {}
LASTING: dict[str, tuple[frozenset[str], Plant]] = {}  # what they do to a world stays: each needs new ones
BY_CROWDS: dict[
    str, tuple[frozenset[str], Plant]
] = {}  # noticed only where many things happen unseen; asked before anything is written


def leak(*chapters: str, among: Any = LEAKS) -> Callable[[Plant], Plant]:
    """Keep a leak under its name, with the chapters in which it must be noticed."""

    def keep(plant: Plant) -> Plant:
        among[plant.__name__] = (frozenset(chapters), plant)
        return plant

    return keep


async def all_of(connection: Any, customer_id: UUID) -> dict[str, Any]:
    """Return everything the house knows of a customer, whoever is asking."""
    columns = ", ".join(FIELDS)
    row = await connection.fetchrow(f"select stamps, {columns} from customer where id = $1", customer_id)
    held = {name: value for name, value in dict(row).items() if value is not None} if row else {}
    secret.set(held)
    return held


def with_secret(where: Any, name: str, use: Callable[[Any, dict[str, Any]], Any]) -> Plant:
    """Return a plant: an asynchronous function of (connection, customer id, ...) whose answer is spoilt."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = getattr(where, name)

        async def leaking(connection: Any, customer_id: Any, *args: Any, **named: Any) -> Any:
            answer = await honest(connection, customer_id, *args, **named)
            if answer is None:
                return None
            return use(answer, await all_of(connection, customer_id))

        patch.setattr(where, name, leaking)

    return plant


def all_groups() -> tuple[str, ...]:
    """Return every group in which something is said to whoever may read everything."""
    return lens_of(DEFAULT_POLICY, Role.PRIVACY_OFFICER, person="", stores=()).groups


def knowing(patch: pytest.MonkeyPatch, question: str) -> None:
    """Let every request know the answer to a question about the whole house."""
    honest = guard.who_is

    async def knowing(connection: Any, claims: Any) -> Any:
        secret.set({"answer": await connection.app.state.pool.fetchval(question)})
        return await honest(connection, claims)

    patch.setattr(guard, "who_is", knowing)


def answer() -> str:
    """Return what the house answered to the request's question."""
    return str(secret.get().get("answer"))
