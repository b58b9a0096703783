"""The PostgreSQL in a wheel: starts, keeps its data, and leaves nothing behind."""

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import asyncpg
import pytest

from server.database.embedded import EmbeddedPostgresFailed, _living_name, cluster


class TestCluster:
    async def _ask(self, dsn: str, query: str) -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def test_knows_accented_letters_and_asks_for_its_password(self, open_path: Path) -> None:
        with cluster(open_path / "made" / "on the way", durable=False) as running:
            dsn = running.ensure_database("comptoir_test")
            assert asyncio.run(self._ask(dsn, "SELECT upper('élan')")) == "ÉLAN"
            assert asyncio.run(self._ask(dsn, "SELECT current_setting('fsync')")) == "off"
            with pytest.raises(asyncpg.InvalidPasswordError):
                asyncio.run(self._ask(dsn.replace(running._password, "guessed"), "SELECT 1"))

    def test_keeps_its_data_and_may_be_asked_twice_for_a_database(self, open_path: Path) -> None:
        with cluster(open_path, durable=False) as first:
            assert first.ensure_database("kept") == first.ensure_database("kept")
        with cluster(open_path, durable=False) as second:
            assert second._ask("SELECT count(*) FROM pg_database WHERE datname = 'kept'") == "1"

    def test_adopts_a_server_whose_starter_was_killed_and_stops_it(self, open_path: Path) -> None:
        script = """
            import os, signal, sys
            from pathlib import Path
            from server.database.embedded import cluster
            cluster(Path(sys.argv[1]), durable=False).start()
            os.kill(os.getpid(), signal.SIGKILL)
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(open_path)], check=False)
        orphan = int((open_path / "data" / "postmaster.pid").read_text().splitlines()[0])
        assert _living_name(orphan)

        with cluster(open_path, durable=False):
            pass

        assert _living_name(orphan) is None

    def test_leaves_alone_a_server_that_somebody_alive_started(self, open_path: Path) -> None:
        with cluster(open_path, durable=False) as starter:
            (open_path / "owner").write_text(str(os.getppid()))
            with cluster(open_path, durable=False) as guest:
                assert guest.dsn() == starter.dsn()
            assert starter._ask("SELECT 1") == "1"

    def test_removes_a_pid_file_that_names_some_other_program(self, open_path: Path) -> None:
        with cluster(open_path, durable=False):
            pass
        stale = [str(os.getpid()), str(open_path / "data"), "0", "1", "", "127.0.0.1", "0 0", "ready"]
        (open_path / "data" / "postmaster.pid").write_text("\n".join(stale) + "\n")

        with cluster(open_path, durable=False) as running:
            assert running._ask("SELECT 1") == "1"

    def test_says_in_one_line_that_the_folder_cannot_be_used(self, open_path: Path) -> None:
        (open_path / "file").write_text("in the way")
        with pytest.raises(EmbeddedPostgresFailed, match="cannot keep a database"):
            cluster(open_path / "file" / "inside").start()
