"""The promise that time tells nobody who exists: what is hidden and what is not there take the same time.

Both are asked in turns, in random order, by one asker in one process, and their times compared by rank (Mann
and Whitney): without an assumption about how the noise of a machine is spread, which reaches both alike.

Source: Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?" (2017), for the bound of 4.5.
"""

import argparse
import contextlib
import logging
import math
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

import msgspec
import structlog
from litestar import Litestar

from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY
from server.app import create_app
from server.auth.passwords import Passwords
from server.customers import queries
from server.database.pool import Connection
from server.gate import JSON
from server.proofs.proof import Proof
from server.proofs.still import still
from server.proofs.twins.replies import Reply, call
from server.proofs.twins.worlds import PASSWORD, World, connected, plant

SUMMARY = "an unknown and a hidden person, an unknown and a known code, told apart by the clock"
FIRST_PAIRS: Final = 1000
WARM_UP: Final = 20
APART: Final = 4.5  # standard deviations of the rank sum: by chance once in 150,000 comparisons
MEMORY_KIB, ROUNDS = 2048, 1

Ask = Callable[[bool], Awaitable[Reply]]


class Compared(Struct):
    """Two kinds of question, and how far their times tell them apart."""

    pairs: int
    there_ms: float  # the median
    absent_ms: float
    guessed: float  # how often the one that is there takes longer; 0.5 tells nobody anything
    deviations: float  # of the rank sum from what chance makes of it


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pairs",
        type=int,
        default=FIRST_PAIRS,
        metavar="N",
        help="asked at each door (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the order")


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Ask for who is there and who is not, at both doors; then again with a leak planted at each."""
    async with asked_world(database_url) as (doors, connection):
        found, planted = {}, {}
        for name, ask in doors.items():
            found[name] = await compare(ask, connection, pairs=options.pairs, seed=options.seed)
        for name, leak in LEAKS.items():
            with leak(connection):
                planted[name] = await compare(
                    doors[name], connection, pairs=max(100, options.pairs // 4), seed=options.seed
                )
    told = [name for name, each in found.items() if abs(each.deviations) > APART]
    seen = [name for name, each in planted.items() if abs(each.deviations) > APART]
    return Proof(
        promise="time tells nobody who exists",
        figure="; ".join(f"{name}: {_words(each)}" for name, each in found.items())
        + f"; {len(seen)} of {len(planted)} planted leaks found",
        holds=not told and len(seen) == len(planted),
        broken_by=(
            *(f"{name}: {_words(found[name])}" for name in told),
            *(f"the leak planted at {name} was not seen" for name in planted if name not in seen),
        ),
        figures={"doors": found, "planted": planted, "apart": APART},
    )


def _words(each: Compared) -> str:
    return (
        f"{each.pairs:,} pairs, {each.there_ms:.3f} and {each.absent_ms:.3f} ms, the one there slower in "
        f"{each.guessed:.1%} ({each.deviations:+.1f} deviations)"
    )


@contextlib.asynccontextmanager
async def asked_world(database_url: str) -> AsyncIterator[tuple[dict[str, Ask], Connection]]:
    """Yield the two doors, each asked for one who is there or for one who is not, and the database behind."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    passwords = Passwords(memory_kib=MEMORY_KIB, rounds=ROUNDS)
    settings = still(database_url, password_memory_kib=MEMORY_KIB, password_rounds=ROUNDS)
    async with connected(database_url) as connection:
        world = await plant(
            connection,
            role=Role.SELLER,
            flavour=0,
            policy=DEFAULT_POLICY,
            password_hash=passwords.hash(PASSWORD),
        )
        app = create_app(settings)
        async with app.lifespan():
            yield {"a person": await _person(app, world), "a code": _code(app)}, connection


async def _person(app: Litestar, world: World) -> Ask:
    """Return how a seller asks for a customer of a store that is not his, or for one nobody knows."""
    signed = await _sign_in(app, Role.SELLER.value, PASSWORD)
    headers = {"authorization": f"Bearer {signed.json()['access_token']}"}

    async def ask(there: bool) -> Reply:
        customer_id = world.beyond if there else uuid4()
        return await call(app, "GET", f"/v1/customers/{customer_id}", "", headers, b"")

    return ask


def _code(app: Litestar) -> Ask:
    """Return how somebody guesses at the password of a colleague, or of nobody."""

    async def ask(there: bool) -> Reply:
        return await _sign_in(app, "colleague" if there else uuid4().hex[: len("colleague")], "a wrong guess")

    return ask


async def _sign_in(app: Litestar, code: str, password: str) -> Reply:
    body = msgspec.json.encode({"code": code, "password": password})
    return await call(app, "POST", "/v1/auth/sign-in", "", {"content-type": JSON}, body)


async def compare(ask: Ask, connection: Connection, *, pairs: int, seed: int) -> Compared:
    """Ask both ways in turns and compare the times.

    Raises:
        ValueError: the answers themselves differ.
    """
    chance = random.Random(seed)
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: set[tuple[int, bytes]] = set()
    for number in range(pairs + WARM_UP):
        for there in chance.sample((True, False), 2):
            # Nobody is slowed down for asking so often: a throttled guess is no guess.
            await connection.execute("delete from sign_in_attempt")
            begun = time.perf_counter()
            reply = await ask(there)
            spent = time.perf_counter() - begun
            answers.add((reply.status, reply.body))
            if number >= WARM_UP:
                times[there].append(spent * 1000)
    if len(answers) > 1:
        raise ValueError("the answers differ, no clock is needed")
    guessed, deviations = by_rank(times[True], times[False])
    return Compared(
        pairs=pairs,
        there_ms=round(statistics.median(times[True]), 4),
        absent_ms=round(statistics.median(times[False]), 4),
        guessed=round(guessed, 4),
        deviations=round(deviations, 2),
    )


def by_rank(some: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Return how often one of some is more than one of the others, and by how many deviations from half.

    Source: Mann and Whitney (1947), with ties at half and the normal approximation.
    """
    ranked = sorted([(value, True) for value in some] + [(value, False) for value in others])
    total, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += (place + 1 + end) / 2 * sum(mine for _, mine in ranked[place:end])
        place = end
    many = len(some) * len(others)
    more = total - len(some) * (len(some) + 1) / 2
    return more / many, (more - many / 2) / math.sqrt(many * (len(ranked) + 1) / 12)


@contextlib.contextmanager
def _looks_before_it_asks(owner: Connection) -> Iterator[None]:
    """Plant the usual slip at a person: look whether there is one, and only then whose she is.

    It looks with the owner's eyes. With the asker's own there is nothing to see: the wall hides her.
    """
    real = queries.read_profile_and_note

    async def eager(connection: Connection, customer_id: UUID, **given: Any) -> Any:
        if not await owner.fetchval("select exists (select from customer where id = $1)", customer_id):
            return None
        return await real(connection, customer_id, **given)

    with patch.object(queries, "read_profile_and_note", eager):
        yield


@contextlib.contextmanager
def _hashes_for_the_known_alone(_: Connection) -> Iterator[None]:
    """Plant the usual slip at sign-in: no work where there is nothing to compare with."""
    real = Passwords.matches

    async def eager(self: Passwords, kept: str | None, password: str, *, ours: bool = False) -> bool:
        return kept is not None and await real(self, kept, password, ours=ours)

    with patch.object(Passwords, "matches", eager):
        yield


LEAKS: Final = {"a person": _looks_before_it_asks, "a code": _hashes_for_the_known_alone}
