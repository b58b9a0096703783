"""A real PostgreSQL that can be put back to any place in its log since a base copy was made.

What was committed after that place is lost, as with a standby that lacked it or a restored backup: another
timeline begins, and numbers of transactions are given out again.
"""

import shutil
import subprocess
import time
from pathlib import Path

from server.database.embedded import (
    Cluster,
    EmbeddedPostgresFailed,
    _environment,
    _give_to_stand_in,
    _identity,
    _is_root,
    _program,
)

KEPT_LOG = "1GB"  # of the log, for what was written since the base copy
PROMOTED_S = 60.0


class PointInTime:
    """A running cluster, a base copy of it, and the log since."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._base = cluster.directory / "base"
        self._log = cluster.directory / "archive"
        cluster._ask(f"alter system set wal_keep_size = '{KEPT_LOG}'")
        cluster._ask("select pg_reload_conf()")

    def keep(self) -> None:
        """Make the base copy anew."""
        for folder in (self._base, self._log):
            shutil.rmtree(folder, ignore_errors=True)
        self._run("pg_basebackup", "-D", str(self._base), "-X", "none", "-c", "fast",
                  "-d", self._cluster.dsn("postgres"))  # fmt: skip
        self._log.mkdir()
        if _is_root():
            _give_to_stand_in(self._log)

    def url(self, before: str) -> str:
        """Return the URL of a database now, from one that it had before."""
        return self._cluster.dsn(before.rpartition("/")[2])

    def go_back(self, lsn: int) -> None:
        """Put the cluster back to a place in its log. Nobody may be connected; its port changes."""
        self._cluster._ask("select pg_logical_emit_message(true, 'simulation', 'the end')")
        data = self._cluster.directory / "data"
        self._cluster.stop()
        for file in (data / "pg_wal").iterdir():
            if file.is_file():
                shutil.copy2(file, self._log / file.name)
                if _is_root():
                    _give_to_stand_in(self._log / file.name)
        shutil.rmtree(data)
        self._run("cp", "-a", str(self._base), str(data), ours=False)
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(f'restore_command = \'cp "{self._log}/%f" "%p"\'\n')
            settings.write(f"recovery_target_lsn = '{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}'\n")
            settings.write("recovery_target_inclusive = off\nrecovery_target_action = 'promote'\n")
        signal = data / "recovery.signal"
        signal.touch()
        if _is_root():
            _give_to_stand_in(signal)
        self._cluster.start()
        deadline = time.monotonic() + PROMOTED_S
        while self._cluster._ask("select pg_is_in_recovery()") != "f":
            if time.monotonic() > deadline:
                raise EmbeddedPostgresFailed("PostgreSQL does not come to the end of its recovery")
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str, ours: bool = True) -> None:
        done = subprocess.run(
            [_program(program) if ours else program, *arguments],
            check=False,
            capture_output=True,
            cwd=Path(self._cluster.directory.anchor),
            env=_environment(),
            **_identity(),
        )
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()
            raise EmbeddedPostgresFailed(f"{program}: {last[-1] if last else 'failed'}")
