"""Worlds that a role may not tell apart: they are alike, and a leak on any channel would be noticed."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, get_args
from urllib.parse import parse_qs

import pytest
from litestar import Litestar

from schemas.mutations import Mutation
from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY
from server.app import create_app
from server.proofs.twin_worlds import (
    Difference,
    asked_world,
    compare,
    copy_of,
    differences,
    policy_of_chance,
    transcribed,
)
from server.proofs.twins.replies import Told
from server.proofs.twins.stillness import begin, stillness
from server.proofs.twins.transcript import EDITS, leads_to
from server.proofs.twins.worlds import World
from server.rest.paging import QUERY
from server.settings import Settings
from tests.conftest import Cluster
from tests.twin_worlds import (  # noqa: F401 (each plants its leaks)
    leaks_beside,
    leaks_of_lists,
    leaks_of_profiles,
    leaks_of_sync,
    leaks_of_writes,
    side_channels,
)
from tests.twin_worlds.channels import CHANNELS
from tests.twin_worlds.planting import BY_CROWDS, LASTING, LEAKS

pytestmark = pytest.mark.anyio

SLICE = frozenset({"profiles", "feed"})
TOLD, EMPTIED, CROWDED = 0, 1, 2
WITHOUT_TRACE = frozenset({"house", "lists", "searches", "profiles", "histories", "exports"})
PAUSE_S = 0.05


_numbers = itertools.count()

# Leaks of the code that tell nothing, because the database refuses the reader what they ask for.
STOPPED_BY_THE_WALL = frozenset(
    {
        "list_beyond_the_scope",
        "cache_without_the_role",
        "total_of_everybody",
        "feed_of_every_group",
        "existence_told",
    }
)


class Planted:
    """Three worlds of one role that stand while leaks are planted and removed."""

    def __init__(self, worlds: list[tuple[Any, World, str]]) -> None:
        self.worlds = worlds
        self.runs = 0

    async def differences(self, chapters: frozenset[str], twin: int) -> list[Difference]:
        self.runs += 1
        told: tuple[list[Told], list[Told]] = ([], [])
        with stillness():
            readers = [
                asyncio.create_task(
                    transcribed(app, world, url, chapters, run=self.runs, brief=True, told=heard)
                )
                for (app, world, url), heard in zip((self.worlds[TOLD], self.worlds[twin]), told, strict=True)
            ]
            running: set[asyncio.Task[list[Told]]] = set(readers)
            while running and not (chapters <= WITHOUT_TRACE and _differ(*told)):
                _, running = await asyncio.wait(running, timeout=PAUSE_S)
            for each in running:  # one difference is enough where asking changes nothing
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for each in set(readers) - running:
                each.result()
        shorter = min(map(len, told)) if running else None
        return list(differences(Role.SELLER, twin, DEFAULT_POLICY, *(each[:shorter] for each in told)))


def _differ(told: Sequence[Told], twin: Sequence[Told]) -> bool:
    return any(mine.differences(theirs) for mine, theirs in zip(told, twin, strict=False))


@asynccontextmanager
async def planted_worlds(
    cluster: Cluster, template: str, *flavours: int, wall: str = "off"
) -> AsyncIterator[Planted]:
    """Worlds in which the code alone refuses what may not be seen, unless the wall is asked for."""
    async with AsyncExitStack() as stack:
        worlds = []
        for flavour in flavours:
            url = await stack.enter_async_context(copy_of(cluster.dsn(template), f"planted_{next(_numbers)}"))
            with stillness():
                begin("world")
                app, world = await stack.enter_async_context(
                    asked_world(url, Role.SELLER, flavour, DEFAULT_POLICY, wall=wall)
                )
            worlds.append((app, world, url))
        yield Planted(worlds)


@pytest.fixture(scope="class")
async def planted(cluster: Cluster, template: str) -> AsyncIterator[Planted]:
    async with planted_worlds(cluster, template, TOLD, EMPTIED, CROWDED) as worlds:
        yield worlds


@pytest.fixture(scope="class")
async def walled(cluster: Cluster, template: str) -> AsyncIterator[Planted]:
    async with planted_worlds(cluster, template, TOLD, EMPTIED, CROWDED, wall="required") as worlds:
        yield worlds


# Which twins each role is shown here; `comptoir prove twin-worlds` shows all to all, under more policies.
TWINS: Mapping[Role, tuple[int, ...]] = {
    **{role: (1 + number % 3,) for number, role in enumerate(ROLES)},
    Role.SELLER: (1, 2, 3),
    Role.STORE_MANAGER: (2, 3),
}
LEAST = 4_170  # comparisons of one pair of worlds


class TestTwinWorlds:
    @pytest.mark.parametrize("role", ROLES)
    async def test_are_alike_for(self, role: Role, cluster: Cluster, template: str) -> None:
        with stillness():
            compared = await compare(cluster.dsn(template), role, flavours=TWINS[role])
        assert not compared.differences, [str(each) for each in compared.differences[:8]]
        assert compared.comparisons >= LEAST * len(TWINS[role])
        if role is Role.SELLER:
            app = create_app(Settings(database_url="", secret=bytes(32)))
            missing = _doors_not_tried(app, compared.questions)
            assert not missing, missing

    def test_make_fifty_thousand_comparisons(self) -> None:
        assert LEAST * sum(len(twins) for twins in TWINS.values()) >= 50_000

    def test_are_told_by_every_kind_of_edit(self) -> None:
        """A kind of edit that no transcript pushes could answer by what is hidden."""
        untold = {kind.__name__ for kind in get_args(Mutation)} - {kind.__name__ for kind in EDITS}
        assert not untold

    async def test_are_alike_under_another_policy(self, cluster: Cluster, template: str) -> None:
        with stillness():
            compared = await compare(
                cluster.dsn(template), Role.CALL_CENTRE, policy_of_chance(2), flavours=(1,), chapters=SLICE
            )
        assert not compared.differences, [str(each) for each in compared.differences[:8]]


def _doors_not_tried(app: Litestar, questions: Sequence[str]) -> list[str]:
    """Routes without a question in the transcript, and their parameters: doors nobody has tried."""
    asked = [tuple(question.split(" ", 1)) for question in questions]
    tried = [(verb, path.partition("?")[0], parse_qs(path.partition("?")[2], True)) for verb, path in asked]
    missing = []
    for route in app.routes:
        for method in sorted(getattr(route, "methods", ["socket"])):
            if method == "OPTIONS":
                continue
            here = [query for verb, path, query in tried if verb == method and leads_to(route.path, path)]
            names = route.route_handler_map[method][0].opt.get(QUERY, ()) if method == "GET" else ()
            missing += [] if here else [f"{method} {route.path}"]
            missing += [
                f"{method} {route.path}?{name}" for name in names if not any(name in each for each in here)
            ]
    return missing


class TestAPlantedLeak:
    """Worlds stand while leaks are planted and removed: those that ask what nobody wrote yet come first."""

    @pytest.mark.parametrize("name", BY_CROWDS)
    async def test_is_found_in_a_crowd(
        self, name: str, planted: Planted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chapters, plant = BY_CROWDS[name]
        found = await planted.differences(chapters, CROWDED)
        assert not found, [str(each) for each in found[:8]]
        plant(monkeypatch)
        assert await planted.differences(chapters, CROWDED)

    @pytest.mark.parametrize("name", sorted(LEAKS, key=lambda name: not LEAKS[name][0] <= WITHOUT_TRACE))
    async def test_is_found(self, name: str, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
        chapters, plant = LEAKS[name]
        plant(monkeypatch)
        assert await planted.differences(chapters, EMPTIED)

    @pytest.mark.parametrize("name", sorted(STOPPED_BY_THE_WALL))
    async def test_tells_nothing_where_the_database_refuses_it(
        self, name: str, walled: Planted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chapters, plant = {**LEAKS, **BY_CROWDS}[name]
        plant(monkeypatch)
        twin = CROWDED if name in BY_CROWDS else EMPTIED
        found = await walled.differences(chapters, twin)
        assert not found, [str(each) for each in found[:8]]

    async def test_leaves_nothing_behind(self, planted: Planted) -> None:
        """Else a leak would be found that an earlier one had left."""
        chapters = frozenset(chapter for chapters, _ in LEAKS.values() for chapter in chapters)
        found = await planted.differences(chapters, EMPTIED)
        assert not found, [str(each) for each in found[:8]]

    @pytest.mark.parametrize("name", LASTING)
    async def test_is_found_that_lasts(
        self, name: str, cluster: Cluster, template: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chapters, plant = LASTING[name]
        plant(monkeypatch)
        async with planted_worlds(cluster, template, TOLD, EMPTIED) as worlds:
            assert await worlds.differences(chapters, EMPTIED)

    def test_exists_for_every_channel(self) -> None:
        assert sorted(name for names in CHANNELS.values() for name in names) == sorted(
            {**LEAKS, **BY_CROWDS, **LASTING}
        )
