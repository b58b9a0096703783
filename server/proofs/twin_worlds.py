"""The promise that nothing hidden changes a byte: a role asks worlds that it may not tell apart."""

import argparse
import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from schemas.customer import FIELDS, SENSITIVITY
from schemas.record import Struct
from schemas.sensitivity import Sensitivity
from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY, Level, Policy
from server.app import create_app
from server.auth.passwords import Passwords
from server.proofs.proof import Proof
from server.proofs.still import still
from server.proofs.twins.replies import Asker, Told
from server.proofs.twins.stillness import PATIENCE_S, begin, stillness
from server.proofs.twins.transcript import Reader
from server.proofs.twins.worlds import FLAVOURS, PASSWORD, SECRET, World, connected, meanwhile, plant

MOST_SHOWN: Final = 40
FEWEST_POLICIES: Final = 2  # the shipped one, and one drawn by chance
_WHOLE: Final = re.compile(
    r"GET /v1/(?:privacy/customers/[^/]+/file|privacy/retention|audit|audit/export)(?:$|[?\s])"
)


class Difference(Struct):
    """One reply by which a role can tell two worlds apart."""

    role: str
    flavour: int
    policy: int
    question: str
    what: tuple[str, ...]
    told: tuple[bytes, bytes]

    @property
    def bytes_that_differed(self) -> int:
        """How many bytes of the longer body are not those of the other."""
        alike = sum(mine == theirs for mine, theirs in zip(*self.told, strict=False))
        return max(map(len, self.told)) - alike

    def __str__(self) -> str:
        return (
            f"{self.role}, twin {self.flavour}, policy {self.policy}: {self.question}: {', '.join(self.what)}"
        )


class Compared(Struct):
    """What comparing the twins of one role came to."""

    replies: int
    comparisons: int
    bytes_compared: int  # of the bodies of the twins
    questions: tuple[str, ...]  # method, path and query of each
    differences: tuple[Difference, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--comparisons",
        type=int,
        default=50_000,
        metavar="N",
        help="compare at least so much, under policies drawn by chance too (default: %(default)s)",
    )
    parser.add_argument(
        "--twins",
        type=int,
        choices=range(1, len(FLAVOURS) + 1),
        default=len(FLAVOURS),
        help="twins of each role; one alone finds less (default: %(default)s)",
    )


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Compare twin worlds of every role; under policies of chance too, until there are enough comparisons."""
    done: list[Compared] = []
    flavours = FLAVOURS[: options.twins]
    with stillness():
        rounds = 0
        while rounds < FEWEST_POLICIES or sum(each.comparisons for each in done) < options.comparisons:
            policy = DEFAULT_POLICY if rounds == 0 else policy_of_chance(rounds + 1)
            for role in ROLES:
                done.append(await compare(database_url, role, policy, flavours=flavours))
            rounds += 1
    found = [difference for each in done for difference in each.differences]
    made = sum(each.comparisons for each in done)
    differed = sum(each.bytes_that_differed for each in found)
    return Proof(
        promise="nothing hidden from a role changes a byte of what it is told",
        figure=f"{made:,} comparisons (of status, header, body) in "
        f"{sum(each.replies for each in done):,} pairs of replies, {len(ROLES)} roles, "
        f"{len(flavours)} twins each, {rounds} policies; {differed:,} of "
        f"{sum(each.bytes_compared for each in done):,} bytes of bodies differed, in {len(found)} replies",
        holds=not found,
        broken_by=tuple(str(each) for each in found[:MOST_SHOWN]),
        figures={
            "comparisons": made,
            "pairs_of_replies": sum(each.replies for each in done),
            "roles": len(ROLES),
            "twins": len(flavours),
            "policies": rounds,
            "bytes_compared": sum(each.bytes_compared for each in done),
            "bytes_that_differed": differed,
            "replies_that_differed": len(found),
            "differences": [str(each) for each in found],
        },
    )


async def compare(
    database_url: str,
    role: Role,
    policy: Policy = DEFAULT_POLICY,
    *,
    flavours: Sequence[int] = FLAVOURS,
    chapters: frozenset[str] | None = None,
) -> Compared:
    """Ask the world as it is told and its twins the same, and compare reply by reply.

    Args:
        database_url: an empty, migrated database that nobody is connected to; worlds are copies of it.
        chapters: the chapters of the transcript to read; None: all.
    """
    told, *twins = await asyncio.gather(
        *(_told(database_url, role, flavour, policy, chapters) for flavour in (0, *flavours))
    )
    found: list[Difference] = []
    for flavour, twin in zip(flavours, twins, strict=True):
        found += differences(role, flavour, policy, told, twin)
    return Compared(
        replies=sum(len(twin) for twin in twins),
        comparisons=sum(each.compared for twin in twins for each in twin),
        bytes_compared=sum(len(each.body) for twin in twins for each in twin),
        questions=tuple(each.question.split(": ", 1)[1].partition(" [")[0] for each in told),
        differences=tuple(found),
    )


def differences(
    role: Role, flavour: int, policy: Policy, told: Sequence[Told], twin: Sequence[Told]
) -> Iterable[Difference]:
    """Yield every reply by which a twin can be told apart from the world as it is told."""
    for mine, theirs in zip(told, twin, strict=False):
        if what := [each for each in mine.differences(theirs) if not _by_right(role, mine.question, each)]:
            yield Difference(
                role=role.value,
                flavour=flavour,
                policy=policy.version,
                question=mine.question,
                what=tuple(what),
                told=(mine.body, theirs.body),
            )
            if mine.question != theirs.question:
                return  # from here on other questions were asked
    if len(told) != len(twin):
        yield Difference(
            role=role.value,
            flavour=flavour,
            policy=policy.version,
            question="the end",
            what=(f"{len(told)} and {len(twin)} questions",),
            told=(b"", b""),
        )


def _by_right(role: Role, question: str, what: str) -> bool:
    """Whether the law tells him what his role does not: an access file and the trail are whole or none, and
    whose time is over is so by all that is known of her.
    """
    whole = role is Role.PRIVACY_OFFICER and _WHOLE.search(question) is not None
    return whole and what in ("body", "header content-length")


async def _told(
    database_url: str, role: Role, flavour: int, policy: Policy, chapters: frozenset[str] | None
) -> list[Told]:
    begin("world")
    async with (
        copy_of(database_url, f"twin_{os.getpid()}_{flavour}") as url,
        asked_world(url, role, flavour, policy) as (app, world),
    ):
        return await transcribed(app, world, url, chapters)


async def transcribed(
    app: Any,
    world: World,
    url: str,
    chapters: frozenset[str] | None = None,
    *,
    run: int = 0,
    brief: bool = False,
    told: list[Told] | None = None,
) -> list[Told]:
    """Return all that a role is told in one world; in ``told``, if given, as it is told."""
    asker = Asker(app, f"{world.role.value} {run}", chapters, told=told)
    async with connected(url) as aside:
        asker.life = (await aside.fetchval("select name_life()")).bytes
        reader = Reader(asker, world, lambda moment: meanwhile(aside, world, moment), run=run, brief=brief)
        await reader.read()
    return asker.told


@asynccontextmanager
async def asked_world(
    url: str, role: Role, flavour: int, policy: Policy, *, wall: str = "auto"
) -> AsyncIterator[tuple[Any, World]]:
    """Plant a world in an empty database and start an application on it."""
    kept = Passwords(memory_kib=64, rounds=1).hash(PASSWORD)
    async with connected(url) as connection:
        world = await plant(connection, role=role, flavour=flavour, policy=policy, password_hash=kept)
    app = _app_on(url, wall)
    async with app.lifespan():
        yield app, world


@lru_cache(maxsize=8)
def _app_on(url: str, wall: str) -> Any:
    """Return an application on a database; one for all worlds that have this name in turn."""
    return create_app(
        still(
            url,
            secret=SECRET,
            wall=wall,
            pool_size=2,
            build_snapshots_s=2.0,
            policy_cut_s=1.0,
            ready_within_s=PATIENCE_S,
        )
    )


@asynccontextmanager
async def copy_of(database_url: str, name: str) -> AsyncIterator[str]:
    """Make a copy of a database that nobody is connected to, and drop it at the end."""
    parts = urlsplit(database_url)
    template = parts.path.removeprefix("/")
    keeper = urlunsplit(parts._replace(path="/postgres"))
    await _execute(keeper, f'create database "{name}" template "{template}" strategy file_copy')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        await _execute(keeper, f'drop database "{name}" with (force)')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def policy_of_chance(version: int) -> Policy:
    """Return a policy drawn by its version: each role's levels by class, some by field.

    What is worked out from purchases is as visible as they are: a sum of hidden purchases would tell of them.
    """
    chance = random.Random(version)
    history = (Sensitivity.HISTORY, Sensitivity.SPEND, Sensitivity.TASTE, Sensitivity.LOYALTY)
    levels: dict[str, dict[str, Level]] = {}
    for role in ROLES:
        if role is Role.INTEGRATION:  # the source of everything that is told
            levels[role.value] = DEFAULT_POLICY.levels[role.value]
            continue
        by_class = {kind: Level(chance.randrange(4)) for kind in Sensitivity}
        shown = chance.choice((Level.HIDDEN, Level.READ))
        by_class |= dict.fromkeys(history, shown)
        by_class[Sensitivity.RELATION] = Level.READ
        row = {field: by_class[SENSITIVITY[field]] for field in FIELDS}
        for field in ("town", "title", "language", "email", "birth_date", "origin"):
            row[field] = chance.choice((row[field], Level.HIDDEN))
        if row["notes"] is Level.MASKED:
            row["notes"] = Level.HIDDEN
        if role is Role.SELLER:  # those who write notes in every world
            row["notes"] = Level.WRITE
        levels[role.value] = {field: level for field, level in row.items() if level}
    return Policy(version=version, levels=levels)
