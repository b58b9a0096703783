"""The file of the store: what it promises, and what it does with files that are not its own."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from sync.replica.database import (
    MIGRATIONS,
    KeyNotSupported,
    StoreDamaged,
    StoreTooNew,
    open_store,
    transaction,
)


class TestOpenStore:
    def test_promises_that_saved_is_saved(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db")
        pragmas = {
            name: connection.execute(f"pragma {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "secure_delete")
        }
        assert pragmas == {"synchronous": 3, "journal_mode": "wal", "secure_delete": 1}

    def test_makes_a_file_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        open_store(tmp_path / "store.db")
        assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600

    def test_knows_its_version(self, tmp_path: Path) -> None:
        open_store(tmp_path / "store.db").close()
        connection = open_store(tmp_path / "store.db")
        assert connection.execute("pragma user_version").fetchone() == (len(MIGRATIONS),)

    def test_refuses_a_file_of_a_later_version(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db")
        connection.execute("pragma user_version = 99")
        connection.close()
        with pytest.raises(StoreTooNew):
            open_store(tmp_path / "store.db")

    def test_refuses_what_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_bytes(b"something else entirely" * 100)
        with pytest.raises(StoreDamaged):
            open_store(tmp_path / "store.db")

    def test_refuses_a_damaged_file(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db")
        with transaction(connection):
            connection.executemany(
                "insert into recent (record_id, at) values (?, ?)", [(bytes([i]) * 16, i) for i in range(250)]
            )
        connection.close()
        content = bytearray((tmp_path / "store.db").read_bytes())
        content[8192:-4096] = b"\xff" * (len(content) - 12288)
        (tmp_path / "store.db").write_bytes(content)
        with pytest.raises(StoreDamaged):
            open_store(tmp_path / "store.db")

    def test_leaves_no_trace_of_what_was_deleted_before_a_power_cut(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db")
        with transaction(connection):
            connection.execute("insert into meta (name, value) values ('x', ?)", (b"canary" * 50,))
        with transaction(connection):
            connection.execute("delete from meta")
        (tmp_path / "after").mkdir()
        for part in tmp_path.glob("store.db*"):
            shutil.copy(part, tmp_path / "after" / part.name)
        assert b"canary" in (tmp_path / "after" / "store.db-wal").read_bytes()
        reopened = open_store(tmp_path / "after" / "store.db")
        content = b"".join(part.read_bytes() for part in (tmp_path / "after").iterdir())
        reopened.close()
        assert b"canary" not in content

    def test_does_not_pretend_to_encrypt(self) -> None:
        with pytest.raises(KeyNotSupported):
            open_store(":memory:", key=b"k" * 32)


class TestTransaction:
    def test_undoes_all_of_a_block_that_fails(self) -> None:
        connection = open_store(":memory:")
        with pytest.raises(ZeroDivisionError), transaction(connection):
            connection.execute("insert into recent (record_id, at) values (x'00', 1)")
            raise ZeroDivisionError
        assert connection.execute("select count(*) from recent").fetchone() == (0,)

    def test_refuses_to_nest(self) -> None:
        connection = open_store(":memory:")
        with pytest.raises(sqlite3.OperationalError), transaction(connection), transaction(connection):
            pass
