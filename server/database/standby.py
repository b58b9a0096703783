"""A standby of an embedded PostgreSQL, and its promotion: for proofs and tests of a fail-over."""

import os
import shutil
import subprocess
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


def standby_of(primary: Cluster, directory: Path) -> Cluster:
    """Return a new standby of a running primary, not started yet; both keep the same password."""
    directory.mkdir(parents=True)
    shutil.copy2(primary.directory / "password", directory / "password")
    if _is_root():
        _give_to_stand_in(directory)
    _run(
        "pg_basebackup", "-D", str(directory / "data"), "-X", "stream", "-c", "fast", "-R",
        "-d", primary.dsn("postgres"),
    )  # fmt: skip
    return Cluster(directory, durable=primary.durable)


def promote(standby: Cluster) -> None:
    """Make a standby a primary; returns once it takes writes."""
    _run("pg_ctl", "promote", "-D", str(standby.directory / "data"), "-w")


def postmaster_of(cluster: Cluster) -> int:
    """Return the pid of a cluster's postmaster."""
    lines = (cluster.directory / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return int(lines[0])


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [_program(program), *arguments],
        check=False,
        capture_output=True,
        cwd=os.sep,
        env=_environment(),
        **_identity(),
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise EmbeddedPostgresFailed(f"{program}: {last[-1] if last else 'failed'}")
