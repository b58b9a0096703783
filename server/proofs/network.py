"""The promise that no network loses or doubles an edit: real tablets, a real server, a proxy in between.

The proxy drops before, in the middle and after, delays, sends twice or too late, cuts, corrupts, resets,
answers as a captive portal does, and mislabels. Every note that a tablet called saved is written in a plain
ledger; in the end each is on every tablet exactly once.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from schemas.record import Struct
from schemas.staff import Role
from server.auth.passwords import Passwords
from server.auth.sealing import digest
from server.database.embedded import free_port
from server.proofs.failover import START_S, ready
from server.proofs.proof import Proof
from server.proofs.tablet_side import AttackFailed

SUMMARY = "no network loses or doubles an edit"
ATTACKER = "loadtests.network_faults"
PASSWORD = "the same for everybody"  # noqa: S105 (of a database that is thrown away)
TABLETS = 6
TIMEOUT_S = 1_800


class _Found(Struct):
    requests: int
    faults: dict[str, int]
    saved: int
    lost: int
    doubled: int
    strange: list[str]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--requests", type=int, default=3_000, help="carried (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults (default: %(default)s)")


async def prove(database_url: str, options: argparse.Namespace) -> Proof:
    """Attack the sync of a fresh server."""
    people = await _hire(database_url)
    with tempfile.TemporaryDirectory(prefix="comptoir-network-") as folder:
        async with _api(database_url, Path(folder)) as server:
            found = await _attacked(
                {
                    "server": server, "store": "here", "password": PASSWORD, "people": people,
                    "requests": options.requests, "seed": options.seed,
                }
            )  # fmt: skip
    broken = [f"{found.lost} lost"] * bool(found.lost) + [f"{found.doubled} doubled"] * bool(found.doubled)
    kinds = ", ".join(f"{times} {name}" for name, times in found.faults.items())
    return Proof(
        promise=SUMMARY,
        figure=f"{found.saved} notes by {TABLETS} tablets over {found.requests} requests, of which "
        f"{sum(found.faults.values())} met a fault ({kinds}): {found.lost} lost, {found.doubled} doubled",
        holds=not broken and not found.strange and found.saved > 0 and sum(found.faults.values()) > 0,
        broken_by=(*broken, *found.strange),
    )


async def _hire(url: str) -> list[dict[str, str]]:
    people = []
    kept = Passwords(memory_kib=64, rounds=1).hash(PASSWORD)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "insert into store (code, name, city, brand, zone) values ('here', 'Here', 'Here', 'maison', 'z')"
        )
        for number in range(TABLETS):
            associate, device, secret = uuid4(), uuid4(), secrets.token_urlsafe(16)
            await connection.execute(
                """
                insert into associate (id, code, given_name, family_name, role, stores, brand, password_hash)
                values ($1, $2, 'Some', 'Body', $3, '{here}', 'maison', $4)
                """,
                associate, f"person{number}", Role.SELLER.value, kept,
            )  # fmt: skip
            await connection.execute(
                """
                insert into device (id, store, name, secret_hash, enrolled_by)
                values ($1, 'here', '', $2, $3)
                """,
                device, digest(secret), associate,
            )  # fmt: skip
            people.append({"code": f"person{number}", "device_id": str(device), "device_secret": secret})
    finally:
        await connection.close()
    return people


@asynccontextmanager
async def _api(url: str, folder: Path) -> AsyncIterator[str]:
    port = free_port()
    server = f"http://127.0.0.1:{port}"
    api = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "server.cli", "serve", "--port", str(port)),
        env={
            **os.environ,
            "DATABASE_URL": url,
            "COMPTOIR_HOME": str(folder),
            "COMPTOIR_SECRET": os.urandom(32).hex(),
        },
        start_new_session=True,
    )
    try:
        async with httpx.AsyncClient(base_url=server, timeout=START_S) as client:
            await ready(client, api)
        yield server
    finally:
        if api.returncode is None:
            api.terminate()
        await api.wait()


async def _attacked(task: dict[str, object]) -> _Found:
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", ATTACKER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(attacker.communicate(msgspec.json.encode(task)), TIMEOUT_S)
    if attacker.returncode:
        raise AttackFailed(f"the attack ended with {attacker.returncode}")
    return msgspec.json.decode(output, type=_Found)
