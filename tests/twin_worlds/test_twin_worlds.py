"""Worlds that a role may not tell apart: they are alike, and a leak on any channel would be noticed."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import BaseRoute

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
from server.proofs.twins.worlds import World
from server.settings import Settings
from tests.conftest import Cluster
from tests.twin_worlds.leaks import BY_CROWDS, LASTING, LEAKS

pytestmark = pytest.mark.anyio

SLICE = frozenset({"profiles", "feed"})
TOLD, EMPTIED, CROWDED = 0, 1, 2
NOT_ASKED = {"/v1/sync/poke"}  # a socket: what it says holds no data


_numbers = itertools.count()


class Planted:
    """Three worlds of one role that stand while leaks are planted and removed."""

    def __init__(self, worlds: list[tuple[Any, World, str]]) -> None:
        self.worlds = worlds
        self.runs = 0

    async def differences(self, chapters: frozenset[str], twin: int) -> list[Difference]:
        self.runs += 1
        told: list[list[Told]] = []
        with stillness():
            for app, world, url in (self.worlds[TOLD], self.worlds[twin]):
                told.append(await transcribed(app, world, url, chapters, run=self.runs, brief=True))
        return list(differences(Role.SELLER, twin, DEFAULT_POLICY, *told))


@asynccontextmanager
async def planted_worlds(cluster: Cluster, template: str, *flavours: int) -> AsyncIterator[Planted]:
    async with AsyncExitStack() as stack:
        worlds = []
        for flavour in flavours:
            url = await stack.enter_async_context(copy_of(cluster.dsn(template), f"planted_{next(_numbers)}"))
            with stillness():
                begin("world")
                app, world = await stack.enter_async_context(
                    asked_world(url, Role.SELLER, flavour, DEFAULT_POLICY)
                )
            worlds.append((app, world, url))
        yield Planted(worlds)


@pytest.fixture(scope="class")
async def planted(cluster: Cluster, template: str) -> AsyncIterator[Planted]:
    async with planted_worlds(cluster, template, TOLD, EMPTIED, CROWDED) as worlds:
        yield worlds


class TestTwinWorlds:
    @pytest.mark.parametrize("role", ROLES)
    async def test_are_alike_for(self, role: Role, cluster: Cluster, template: str) -> None:
        # Every chapter for sellers, what reads most for the others: the rest is for `comptoir prove`.
        chapters = None if role is Role.SELLER else SLICE
        flavours = (2,) if role is not Role.SELLER else (3,)
        with stillness():
            compared = await compare(cluster.dsn(template), role, flavours=flavours, chapters=chapters)
        assert not compared.differences, [str(each) for each in compared.differences[:8]]
        assert compared.comparisons > 500
        if chapters is None:
            # A route without a question in the transcript is a door nobody has tried.
            missing = _doors_not_tried(
                create_app(Settings(database_url="", secret=bytes(32))), compared.questions
            )
            assert not missing, missing

    async def test_are_alike_under_another_policy(self, cluster: Cluster, template: str) -> None:
        with stillness():
            compared = await compare(
                cluster.dsn(template), Role.CALL_CENTRE, policy_of_chance(2), flavours=(1,), chapters=SLICE
            )
        assert not compared.differences, [str(each) for each in compared.differences[:8]]


def _doors_not_tried(app: Litestar, questions: Sequence[str]) -> list[str]:
    asked = {tuple(question.split(" ", 1)) for question in questions}
    return [
        f"{method} {route.path}"
        for route in app.routes
        if route.path not in NOT_ASKED
        for method in sorted(getattr(route, "methods", ["socket"]))
        if method != "OPTIONS" and not any(_fits(route, path) for verb, path in asked if verb == method)
    ]


def _fits(route: BaseRoute, path: str) -> bool:
    wanted, given = route.path.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part.startswith("{") or part == said for part, said in zip(wanted, given, strict=True)
    )


class TestAPlantedLeak:
    """Worlds stand while leaks are planted and removed: those that ask what nobody wrote yet come first."""

    @pytest.mark.parametrize("name", BY_CROWDS)
    async def test_is_found_in_a_crowd(
        self, name: str, planted: Planted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chapters, plant = BY_CROWDS[name]
        assert not await planted.differences(chapters, CROWDED)
        plant(monkeypatch)
        assert await planted.differences(chapters, CROWDED)

    @pytest.mark.parametrize("name", LEAKS)
    async def test_is_found(self, name: str, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
        chapters, plant = LEAKS[name]
        plant(monkeypatch)
        assert await planted.differences(chapters, EMPTIED)

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

    def test_exists_for_thirty_channels(self) -> None:
        assert len({**LEAKS, **BY_CROWDS, **LASTING}) >= 30
