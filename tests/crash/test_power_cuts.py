"""A slice of ``comptoir prove power-cuts``, and whether it would notice."""

import random
from pathlib import Path

import pytest

from sync.replica.driver import ERRORS, connect
from tests.crash.disk import Create, Delete, Disk, NoSuchLibrary, Platter, Sync, Write, library_of
from tests.crash.power_cuts import KEY, attack


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    chosen: bytes | None = request.param
    try:
        library_of(chosen)
    except NoSuchLibrary:
        pytest.skip("this SQLite takes no disk of ours")
    return chosen


class TestPowerCuts:
    def test_lose_nothing_that_was_saved(self, key: bytes | None, tmp_path: Path) -> None:
        found = attack(150, key=key, folder=tmp_path)
        assert (found["lost"], found["half_done"], found["unreadable"]) == (0, 0, 0), found["first"]

    def test_are_noticed_where_commits_are_not_synced(self, key: bytes | None, tmp_path: Path) -> None:
        found = attack(60, key=key, weaken="synchronous=normal", folder=tmp_path)
        assert found["lost"] > 10

    def test_are_noticed_where_nothing_is_synced(self, key: bytes | None, tmp_path: Path) -> None:
        found = attack(60, key=key, weaken="synchronous=off", folder=tmp_path)
        assert found["unreadable"] + found["half_done"] > 5


class TestPlatter:
    def test_keeps_what_was_synced_whatever_comes(self) -> None:
        platter = Platter()
        for op in (Create("a", 1), Write(1, 0, b"sure"), Sync(1), Write(1, 0, b"lost")):
            platter.follow(op)
        left = {platter.after_a_cut(random.Random(seed))["a"] for seed in range(50)}
        assert left == {b"sure", b"lost"}

    def test_may_bring_a_deleted_file_back(self) -> None:
        platter = Platter()
        for op in (Create("a", 1), Write(1, 0, b"old"), Sync(1), Delete("a", synced=False)):
            platter.follow(op)
        assert {"a" in platter.after_a_cut(random.Random(seed)) for seed in range(50)} == {True, False}

    def test_keeps_a_file_deleted_where_the_folder_was_synced(self) -> None:
        platter = Platter()
        for op in (Create("a", 1), Write(1, 0, b"old"), Sync(1), Delete("a", synced=True)):
            platter.follow(op)
        assert not any("a" in platter.after_a_cut(random.Random(seed)) for seed in range(50))


class TestDisk:
    def test_refuses_what_has_no_room(self) -> None:
        disk = Disk(None)
        disk.put("/x.db", b"")
        connection = connect("/x.db", None, vfs=disk.vfs)
        connection.execute("create table t (a)")
        disk.room = 0
        with pytest.raises(ERRORS):
            connection.execute("insert into t values (zeroblob(100000))")
        connection.close()
        disk.close()
