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
from sync.replica.driver import Connection


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


KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def put(connection: Connection, name: str, value: bytes) -> None:
    with transaction(connection):
        connection.execute("insert into meta (name, value) values (?, ?)", (name, value))


def bytes_under(folder: Path) -> bytes:
    return b"".join(part.read_bytes() for part in sorted(folder.rglob("*")) if part.is_file())


class TestUnderAKey:
    def test_keeps_the_promises_of_a_plain_store(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db", KEY)
        pragmas = {
            name: connection.execute(f"pragma {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "secure_delete")
        }
        assert pragmas == {"synchronous": 3, "journal_mode": "wal", "secure_delete": 1}

    def test_gives_back_what_was_kept(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db", KEY)
        put(connection, "x", b"canary")
        connection.close()
        again = open_store(tmp_path / "store.db", KEY)
        assert again.execute("select value from meta where name = 'x'").fetchone() == (b"canary",)

    def test_shows_nothing_in_the_file_nor_in_its_log(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db", KEY)
        put(connection, "x", b"canary" * 50)
        assert (tmp_path / "store.db-wal").stat().st_size > 0
        content = bytes_under(tmp_path)
        connection.close()
        content += bytes_under(tmp_path)
        for word in (b"canary", b"create table", b"fragment", b"SQLite format"):
            assert word not in content

    @pytest.mark.parametrize("key", [None, OTHER_KEY])
    def test_opens_under_no_other_key(self, tmp_path: Path, key: bytes | None) -> None:
        open_store(tmp_path / "store.db", KEY).close()
        with pytest.raises(StoreDamaged):
            open_store(tmp_path / "store.db", key)

    def test_notices_one_altered_byte(self, tmp_path: Path) -> None:
        connection = open_store(tmp_path / "store.db", KEY)
        put(connection, "x", b"canary" * 5000)
        connection.close()
        content = bytearray((tmp_path / "store.db").read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / "store.db").write_bytes(content)
        with pytest.raises(StoreDamaged):
            open_store(tmp_path / "store.db", KEY)

    @pytest.mark.parametrize("key", [b"", b"short", b"k" * 33])
    def test_takes_a_key_of_one_length(self, tmp_path: Path, key: bytes) -> None:
        with pytest.raises(KeyNotSupported):
            open_store(tmp_path / "store.db", key)

    def test_refuses_where_nothing_can_encrypt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sync.replica.driver._cipher", None)
        with pytest.raises(KeyNotSupported):
            open_store(tmp_path / "store.db", KEY)


class TestAPlainStore:
    @pytest.fixture
    def plain(self, tmp_path: Path) -> Path:
        """A store as it was before encryption, with its log not folded in yet."""
        (tmp_path / "then").mkdir()
        connection = open_store(tmp_path / "then" / "store.db")
        put(connection, "x", b"canary" * 50)
        connection.execute("insert into recent (record_id, at) values (x'07', 7)")
        (tmp_path / "now").mkdir()
        for part in (tmp_path / "then").iterdir():
            shutil.copy(part, tmp_path / "now" / part.name)
        connection.close()
        shutil.rmtree(tmp_path / "then")
        return tmp_path / "now" / "store.db"

    def test_is_taken_over_with_all_it_held(self, plain: Path) -> None:
        connection = open_store(plain, KEY)
        assert connection.execute("select value from meta").fetchall() == [(b"canary" * 50,)]
        assert connection.execute("select at from recent").fetchall() == [(7,)]
        assert connection.execute("pragma user_version").fetchone() == (len(MIGRATIONS),)

    def test_leaves_nothing_readable(self, plain: Path) -> None:
        assert b"canary" in bytes_under(plain.parent)
        open_store(plain, KEY).close()
        assert b"canary" not in bytes_under(plain.parent)
        assert [part.name for part in plain.parent.iterdir()] == ["store.db"]

    def test_is_taken_over_after_an_attempt_that_was_cut_short(self, plain: Path) -> None:
        plain.with_name("store.db.sealing").write_bytes(b"half of it")
        connection = open_store(plain, KEY)
        assert connection.execute("select count(*) from meta").fetchone() == (1,)


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
