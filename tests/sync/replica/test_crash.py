"""Killing the tablet at every statement of a change: all of the change is in the file, or none of it."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from schemas.mutations import SetField
from schemas.staff import Role
from sync.replica.pull import apply_page, next_pull
from sync.replica.push import next_push, settle
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CLAIRE, DEVICE = UUID(int=1), UUID(int=90)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def held_by(tablet: Tablet) -> Any:
    """Everything in the file that matters, in a form to compare."""
    tables = ("fragment", "member", "outbox", "summary", "meta")
    return [sorted(map(repr, tablet.store.connection.execute(f"select * from {name}"))) for name in tables]


def kill_at_each_statement(
    tablet: Tablet, path: Path, change: Callable[[Tablet], None]
) -> tuple[int, Any, Any]:
    """Do a change on copies of the file, killed at its first, second, ... statement.

    Returns how many kills there were, and checks that each left the file as before or as after.
    """
    before = held_by(tablet)
    tablet.store.close()
    finished = _on_copy(tablet, path, change, kill_at=None)
    after = held_by(finished)
    finished.store.close()
    kills = 0
    while True:
        kills += 1
        survivor = _on_copy(tablet, path, change, kill_at=kills)
        found = held_by(survivor)
        done = not survivor_was_killed(survivor)
        survivor.store.close()
        assert found in (before, after), f"killed at statement {kills}: half of a change was kept"
        if done:
            assert found == after
            return kills, before, after


def survivor_was_killed(tablet: Tablet) -> bool:
    return Path(f"{tablet.path}.killed").exists()


def _on_copy(tablet: Tablet, path: Path, change: Callable[[Tablet], None], *, kill_at: int | None) -> Tablet:
    copy = path.parent / f"copy-{kill_at}" / path.name
    copy.parent.mkdir()
    for part in path.parent.glob(f"{path.name}*"):
        if part.is_file():
            shutil.copy(part, copy.parent / part.name)
    child = os.fork()
    if child == 0:
        try:
            working = _open(tablet, copy)
            left = kill_at or sys.maxsize

            def count(statement: str) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            working.store.connection.set_trace_callback(count)
            change(working)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        Path(f"{copy}.killed").touch()
    return _open(tablet, copy)


def _open(like: Tablet, path: Path) -> Tablet:
    person = like.server.people[like.device]
    opened = Tablet(path, like.server, device=like.device, role=person.role, stores=person.stores)
    like.server.people[like.device] = person
    opened.now = like.now
    return opened


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    for i in (1, 2):
        server.put_customer(
            UUID(int=i), {"family_name": f"Nom{i}", "phone": f"+3360000000{i}"}, scopes=["store:lyon"]
        )
    return server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def tablet(server: ModelServer, path: Path) -> Tablet:
    tablet = Tablet(path, server, device=DEVICE, role=Role.STORE_MANAGER)
    tablet.sync()
    return tablet


class TestKill:
    def test_leaves_an_edit_whole_or_absent(self, tablet: Tablet, path: Path) -> None:
        def change(working: Tablet) -> None:
            working.edit(CLAIRE, SetField(field="town", value="Nice"))

        kills, before, after = kill_at_each_statement(tablet, path, change)
        assert kills > 5 and before != after

    def test_leaves_a_page_whole_or_absent(self, tablet: Tablet, path: Path, server: ModelServer) -> None:
        server.put_customer(CLAIRE, {"town": "Nice"}, scopes=[])
        server.become(DEVICE, role=Role.SELLER)
        asked = next_pull(tablet.store, wall_ms=5)
        reply = server.pull(asked)
        kills, before, after = kill_at_each_statement(
            tablet, path, lambda working: void(apply_page(working.store, asked, reply, wall_ms=5))
        )
        assert kills > 10 and before != after

    def test_leaves_verdicts_whole_or_absent(self, tablet: Tablet, path: Path, server: ModelServer) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = next_push(tablet.store, wall_ms=5)
        assert request is not None
        reply = server.push(request)
        kills, before, after = kill_at_each_statement(
            tablet,
            path,
            lambda working: void(
                settle(
                    working.store,
                    request,
                    reply,
                    asked_with=working.store.meta.progress.token,
                    wall_ms=5,
                    new_incarnation=UUID(int=3),
                )
            ),
        )
        assert kills > 10 and before != after


def void(result: object) -> None:
    """Drop a result."""
