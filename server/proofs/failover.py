"""The promise that what the API acknowledged survives the loss of its database.

A primary and a synchronous standby; an API that knows both, in a process of its own; people who write through
it all the time. Backends are ended and killed, then the primary's postmaster is killed and the standby
promoted. The API must say 503 in between, nothing else, and go on by itself.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from schemas.staff import Role
from server.auth.passwords import Passwords
from server.database.embedded import Cluster, EmbeddedPostgresFailed, cluster, free_port
from server.database.migrate import migrate
from server.database.standby import postmaster_of, promote, standby_of
from server.proofs.proof import Proof
from server.proofs.tablet_side import AttackFailed

SUMMARY = "what was acknowledged survives the loss of the primary"
PASSWORD = "the same for everybody"  # noqa: S105 (of a database that is thrown away)
WRITERS = 4
START_S = 60.0
LONGEST_GAP_S = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=1, help="fail-overs (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=6, help="backends per round (default: %(default)s)")


def prove_alone(options: argparse.Namespace) -> Proof:
    """Lose the primary so many times, each in a house of its own."""
    rounds = [_Round(kills=options.kills) for _ in range(options.rounds)]
    for each in rounds:
        try:
            with tempfile.TemporaryDirectory(prefix="comptoir-failover-") as folder:
                asyncio.run(each.run(Path(folder)))
        except EmbeddedPostgresFailed as error:
            raise AttackFailed(str(error)) from error
    acknowledged = sum(len(each.acknowledged) for each in rounds)
    broken = [text for each in rounds for text in each.broken]
    gaps = ", ".join(f"{each.gap_s:.1f}" for each in rounds)
    return Proof(
        promise=SUMMARY,
        figure=f"{acknowledged} writes acknowledged over {len(rounds)} fail-overs and "
        f"{sum(each.killed for each in rounds)} backends ended or killed: "
        f"{sum(each.lost for each in rounds)} lost, {sum(each.doubled for each in rounds)} doubled; "
        f"{sum(each.refused for each in rounds)} answers of 503; writes again after {gaps} s",
        holds=not broken and acknowledged > 0,
        broken_by=tuple(broken[:20]),
    )


class _Round:
    def __init__(self, *, kills: int) -> None:
        self._kills = kills
        self.acknowledged: dict[str, float] = {}  # name -> instant
        self.killed = self.refused = self.lost = self.doubled = 0
        self.gap_s = 0.0
        self.broken: list[str] = []
        self._stop = asyncio.Event()

    async def run(self, folder: Path) -> None:
        with cluster(folder / "primary") as primary:
            await migrate(primary.ensure_database("house"))
            await _hire(primary.dsn("house"))
            standby = standby_of(primary, folder / "standby")
            with standby:
                await _require_acknowledged_twice(primary)
                await self._attack(primary, standby, folder)

    async def _attack(self, primary: Cluster, standby: Cluster, folder: Path) -> None:
        port = free_port()
        api = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "server.cli", "serve", "--port", str(port)),
            env={
                **os.environ,
                "DATABASE_URL": both(primary.dsn("house"), standby.dsn("house")),
                "COMPTOIR_HOME": str(folder / "home"),
                "COMPTOIR_SECRET": os.urandom(32).hex(),
            },
            start_new_session=True,
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                await ready(client, api)
                writers = [asyncio.create_task(self._write(client, number)) for number in range(WRITERS)]
                await asyncio.sleep(1)
                for number in range(self._kills):
                    await self._end_a_backend(primary, brutally=number == self._kills - 1)
                    await asyncio.sleep(0.3)
                await self._written_since(time.monotonic())
                os.kill(postmaster_of(primary), signal.SIGKILL)
                lost_at = time.monotonic()
                await asyncio.sleep(1)
                await asyncio.to_thread(promote, standby)
                await self._written_since(lost_at)
                self.gap_s = min(at for at in self.acknowledged.values() if at > lost_at) - lost_at
                await asyncio.sleep(1)
                self._stop.set()
                await asyncio.gather(*writers)
                if api.returncode is not None:
                    self.broken.append("the API ended")
                if (await client.get("/ready")).status_code != 200:
                    self.broken.append("the API is not ready again")
        finally:
            if api.returncode is None:
                api.terminate()
            await api.wait()
        await self._compare(standby)

    async def _write(self, client: httpx.AsyncClient, writer: int) -> None:
        """Write down customers, each until it is acknowledged."""
        number, headers = 0, dict[str, str]()
        while not self._stop.is_set():
            name = f"W{writer}N{number}"
            key = str(uuid4())
            while True:
                try:
                    if not headers:
                        headers = await self._signed_in(client)
                    reply = await client.post(
                        "/v1/customers",
                        json={"family_name": name},
                        headers={**headers, "Idempotency-Key": key},
                    )
                except (httpx.ReadError, httpx.RemoteProtocolError):
                    # At rest while all waited, and closed by the server just as it was used: as any client
                    # he asks again, under the same key.
                    await asyncio.sleep(0.1)
                    continue
                except httpx.HTTPError as error:
                    self.broken.append(f"no answer: {type(error).__name__}")
                    return
                except _Later:
                    await asyncio.sleep(0.1)
                    continue
                if reply.status_code in (200, 201):
                    self.acknowledged[name] = time.monotonic()
                    break
                if reply.status_code == 503:
                    self.refused += 1
                elif reply.status_code >= 500:
                    self.broken.append(f"an answer of {reply.status_code}")
                    return
                elif reply.status_code == 401:
                    headers = {}
                else:
                    self.broken.append(f"refused: {reply.status_code} {reply.text[:80]}")
                    return
                await asyncio.sleep(0.05)
            number += 1

    async def _signed_in(self, client: httpx.AsyncClient) -> dict[str, str]:
        reply = await client.post("/v1/auth/sign-in", json={"code": "marie", "password": PASSWORD})
        if reply.status_code == 503:
            self.refused += 1
            raise _Later
        reply.raise_for_status()
        return {"Authorization": f"Bearer {reply.json()['access_token']}"}

    async def _end_a_backend(self, primary: Cluster, *, brutally: bool) -> None:
        """End one of the API's connections, or kill its process: then all of PostgreSQL recovers."""
        connection = await asyncpg.connect(primary.dsn("house"))
        try:
            rows = await connection.fetch(
                "select pid from pg_stat_activity where application_name = 'comptoir' and datname = 'house'"
            )
            if not rows:
                return
            pid = random.choice(rows)["pid"]
            self.killed += 1
            if brutally:
                os.kill(pid, signal.SIGKILL)
            else:
                await connection.fetchval("select pg_terminate_backend($1)", pid)
        finally:
            await connection.close(timeout=5)

    async def _written_since(self, instant: float) -> None:
        """Wait until something was acknowledged after an instant."""
        deadline = time.monotonic() + LONGEST_GAP_S
        while not any(at > instant for at in self.acknowledged.values()):
            if time.monotonic() > deadline or self.broken:
                raise AttackFailed(f"no write in {LONGEST_GAP_S:.0f} s; {'; '.join(self.broken[:3])}")
            await asyncio.sleep(0.05)

    async def _compare(self, standby: Cluster) -> None:
        connection = await asyncpg.connect(standby.dsn("house"))
        try:
            rows = await connection.fetch(
                "select family_name, count(*) as times from customer group by family_name"
            )
        finally:
            await connection.close()
        kept = {row["family_name"]: row["times"] for row in rows}
        lost = [name for name in self.acknowledged if name not in kept]
        doubled = [name for name, times in kept.items() if times > 1]
        self.lost, self.doubled = len(lost), len(doubled)
        self.broken += [f"lost {name}" for name in lost] + [f"doubled {name}" for name in doubled]


class _Later(Exception):
    pass


def both(primary: str, standby: str) -> str:
    """Return the URL of a database on two hosts: whichever takes writes."""
    head, _, tail = primary.rpartition("@")
    place, _, name = tail.partition("/")
    other = standby.rpartition("@")[2].partition("/")[0]
    return f"{head}@{place},{other}/{name}?target_session_attrs=read-write"


async def _hire(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "insert into store (code, name, city, brand, zone) values ('here', 'Here', 'Here', 'maison', 'z')"
        )
        await connection.execute(
            """
            insert into associate (id, code, given_name, family_name, role, stores, brand, password_hash)
            values ($1, 'marie', 'Marie', 'Martin', $2, '{here}', 'maison', $3)
            """,
            uuid4(),
            Role.STORE_MANAGER.value,
            Passwords(memory_kib=19 * 1024, rounds=2).hash(PASSWORD),
        )
    finally:
        await connection.close()


async def _require_acknowledged_twice(primary: Cluster) -> None:
    """Let a commit wait until the standby has it, and wait until it follows."""
    connection = await asyncpg.connect(primary.dsn("postgres"))
    try:
        await connection.execute("alter system set synchronous_standby_names = '*'")
        await connection.fetchval("select pg_reload_conf()")
        deadline = time.monotonic() + START_S
        while not await connection.fetchval(
            "select exists (select from pg_stat_replication where sync_state = 'sync')"
        ):
            if time.monotonic() > deadline:
                raise AttackFailed("the standby does not follow")
            await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def ready(client: httpx.AsyncClient, api: asyncio.subprocess.Process) -> None:
    """Wait until an API that was started answers.

    Raises:
        AttackFailed: it does not.
    """
    deadline = time.monotonic() + START_S
    while True:
        try:
            if (await client.get("/ready")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        if api.returncode is not None or time.monotonic() > deadline:
            raise AttackFailed("the API does not start")
        await asyncio.sleep(0.1)
