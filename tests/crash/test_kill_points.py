"""A slice of ``comptoir prove kill-points``, and whether it would notice."""

import os
from pathlib import Path

import pytest

from mobile_app import keystore, session, unsent
from sync.replica import database
from tests.crash.flows import FLOWS
from tests.crash.kill_points import attack, enumerate_kills

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class TestKills:
    @pytest.mark.parametrize(("flow", "least"), [("migrate", 10), ("wipe", 20)])
    def test_leave_it_whole_or_undone(self, flow: str, least: int, tmp_path: Path) -> None:
        found = attack([flow], folder=tmp_path)
        assert found["broken"] == []
        assert found["kills"] >= least

    def test_are_noticed_where_a_migration_is_no_transaction(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def in_pieces(connection: database.Connection) -> None:
            version = connection.execute("pragma user_version").fetchone()[0]
            for number, script in enumerate(database.MIGRATIONS[version:], start=version + 1):
                connection.executescript(script)
                connection.execute(f"pragma user_version = {number}")

        monkeypatch.setattr(database, "_migrate", in_pieces)
        assert enumerate_kills(FLOWS["migrate"], tmp_path, stop_when_broken=True)[1]

    def test_are_noticed_where_a_wipe_destroys_before_it_saves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leave = unsent.leave_behind

        def late(tablet: Path, person: Path) -> None:
            if not (person / unsent.BESIDE_THE_STORE).exists():
                return
            content = (person / unsent.BESIDE_THE_STORE).read_bytes()
            (person / unsent.BESIDE_THE_STORE).unlink()
            session.replace_file(tablet / "note", b"")  # a moment in which a kill may come
            (person / unsent.BESIDE_THE_STORE).write_bytes(content)
            leave(tablet, person)

        monkeypatch.setattr(unsent, "leave_behind", late)
        assert enumerate_kills(FLOWS["wipe"], tmp_path, stop_when_broken=True)[1]

    def test_are_noticed_where_a_file_is_written_in_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def in_place(path: Path, content: bytes) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
            session.read_file(path)  # a moment in which a kill may come
            path.write_bytes(content)

        monkeypatch.setattr(keystore, "replace_file", in_place)
        assert enumerate_kills(FLOWS["enrol"], tmp_path, stop_when_broken=True)[1]
