"""`comptoir doctor`: check this machine, and say in one line what to do about each lack."""

import argparse
import asyncio
import ctypes.util
import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, data_folder, database

SPACE_NEEDED = 500_000_000  # bytes: the demo's database and pictures
OLDEST_POSTGRES = 180000  # server_version_num; the schema uses what 18 brought


class Finding(NamedTuple):
    """What one check saw. ``cure`` is empty when nothing has to be done."""

    check: str
    seen: str
    cure: str = ""
    needed: bool = True  # without it the project does not run; otherwise only a part of it


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument(
        "--port", type=int, default=8000, help="port the API shall have (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    findings = list(examine(arguments))
    facts = {
        "healthy": not any(found.cure and found.needed for found in findings),
        "findings": [found._asdict() for found in findings],
    }
    answer(arguments, facts, "\n".join(_line(found) for found in findings))
    return 0 if facts["healthy"] else 1


def examine(arguments: argparse.Namespace) -> Iterator[Finding]:
    """Yield every finding, the cheap ones first."""
    yield _python()
    yield from _wheels()
    yield _disk(data_folder(arguments))
    yield _port(arguments.port)
    yield _display()
    yield _graphics()
    yield from _database(arguments)


def _python() -> Finding:
    seen = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= (3, 14):
        return Finding("python", seen, "the tablet needs Python 3.11 to 3.13; the server runs", needed=False)
    return Finding("python", seen)


def _wheels() -> Iterator[Finding]:
    """Compare what is installed with what the project pins."""
    lacking: dict[bool, list[str]] = {True: [], False: []}
    count = 0
    for words in importlib.metadata.requires("comptoir") or []:
        requirement = Requirement(words)
        extra = re.search(r"extra == ['\"](\w+)['\"]", words)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra[1] if extra else ""}):
            continue
        count += 1
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            lacking[extra is None].append(requirement.name)
            continue
        if version not in requirement.specifier:
            lacking[extra is None].append(f"{requirement.name} (has {version})")
    for needed, names in lacking.items():
        if names:
            cure = "run `python3 run.py doctor`, which installs what is pinned"
            yield Finding("wheels", f"missing or of another version: {', '.join(names)}", cure, needed=needed)
    if not any(lacking.values()):
        yield Finding("wheels", f"{count} pinned packages are there")


def _disk(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    seen = f"{free / 1e9:.1f} GB free for {folder}"
    if free < SPACE_NEEDED:
        return Finding("disk", seen, f"free {SPACE_NEEDED / 1e9:.1f} GB or choose another folder with --data")
    if not os.access(existing, os.W_OK):
        return Finding("disk", f"{existing} is read-only", "choose another folder with --data")
    return Finding("disk", seen)


def _port(port: int) -> Finding:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Finding("port", f"{port}: {error.strerror}", "choose another with --port", needed=False)
    return Finding("port", f"{port} is free")


def _display() -> Finding:
    if sys.platform in ("win32", "darwin"):
        return Finding("display", "the desktop")
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return Finding("display", f"{variable}={os.environ[variable]}")
    return Finding("display", "none", "none needed: the demo plays its shift offscreen", needed=False)


def _graphics() -> Finding:
    if sys.platform != "linux":
        return Finding("graphics", "the system's")
    lacking = [name for name in ("GL", "EGL") if ctypes.util.find_library(name) is None]
    if lacking:
        cure = "install libgl1 libegl1 libgl1-mesa-dri; until then the tablet draws nothing"
        return Finding("graphics", f"no lib{' and no lib'.join(lacking)}", cure, needed=False)
    return Finding("graphics", "OpenGL and EGL are there")


def _database(arguments: argparse.Namespace) -> Iterator[Finding]:
    if arguments.database_url or os.environ.get("DATABASE_URL") or _has_cluster(arguments):
        try:
            with database(arguments) as url:
                yield from asyncio.run(_look_into(url))
        except CommandFailed as failure:
            yield Finding("database", str(failure), "set DATABASE_URL to a PostgreSQL 18, or mend this one")
        return
    # Nothing is kept yet: try the embedded PostgreSQL in a place that is thrown away.
    with tempfile.TemporaryDirectory(prefix="comptoir-doctor-") as folder:
        trial = argparse.Namespace(data=Path(folder), database_url=None)
        try:
            with database(trial) as url:
                found = asyncio.run(_look_into(url))
                yield found[0]
                yield Finding(
                    "migrations", "no database yet", "`comptoir demo` or `comptoir migrate` makes it", False
                )
        except CommandFailed as failure:
            yield Finding("database", str(failure), "set DATABASE_URL to a PostgreSQL 18")


def _has_cluster(arguments: argparse.Namespace) -> bool:
    return (data_folder(arguments) / "postgres" / "data" / "PG_VERSION").exists()


async def _look_into(url: str) -> list[Finding]:
    import asyncpg

    from server.database.migrate import newest_revision

    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        cure = "check DATABASE_URL and that the server runs and lets us in"
        return [Finding("database", f"does not answer: {error}", cure)]
    try:
        version = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
        name = await connection.fetchval("SELECT current_setting('server_version')")
        has_table = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        revision = await connection.fetchval("SELECT version_num FROM alembic_version") if has_table else None
        wall = await _wall(connection) if revision == newest_revision() else None
    finally:
        await connection.close()
    cure = "" if version >= OLDEST_POSTGRES else "PostgreSQL 18 is needed"
    findings = [Finding("database", f"PostgreSQL {name} answers", cure)]
    if revision == newest_revision():
        findings.append(Finding("migrations", f"newest ({revision})"))
        findings += [wall] if wall else []
    else:
        findings.append(Finding("migrations", f"at {revision or 'nothing'}", "run `comptoir migrate`", False))
    return findings


async def _wall(connection: Any) -> Finding:
    """Say whether the database itself refuses what a role may not see."""
    from server.database.inspection import flaws

    owner = await connection.fetchval("select current_user")
    if not await connection.fetchval("select exists (select from wall)"):
        cure = f'`alter role "{owner}" createrole`, then `comptoir migrate`; until then the application alone'
        return Finding("wall", "absent: the owner may not create roles", f"{cure} holds back", needed=False)
    found = await flaws(connection)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        cure = "undo it, or run `comptoir migrate --wall`, which states everything anew"
        return Finding("wall", f"not as it was raised: {found[0]}{more}", cure, needed=False)
    return Finding("wall", "stands: the database refuses what a role may not see")


def _line(found: Finding) -> str:
    mark = "ok  " if not found.cure else "FAIL" if found.needed else "note"
    return f"{mark}  {found.check:<11} {found.seen}" + (
        f"\n      {'':<11} -> {found.cure}" if found.cure else ""
    )
