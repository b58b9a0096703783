"""The promise that nothing is left of an erased person, attacked by searching for words only she had.

Each of her fields holds a word that occurs nowhere else, also in history, held edits, a merge, refused
lines and a note that a tablet has not sent. After the erasure the words are searched wherever a copy could
be: every table, file and planner's memory of the database and of a streaming standby, ready-made downloads
opened, every reply to every role (exports among them), the logs of the server and of both PostgreSQLs, the
folders and the memory of real tablets, and a backup from before that was restored and told of the erasures.
What is searched held her before, or is given a trace afterwards: the search must find every one.
"""

import argparse
import asyncio
import contextlib
import io
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import structlog

from schemas.staff import ROLES, Role
from server.api_document import api_document
from server.app import create_app
from server.audit.head import signing_key
from server.audit.sealing import Sealer
from server.audit.verifying import verify
from server.auth.sealing import digest
from server.database.embedded import Cluster, EmbeddedPostgresFailed, cluster, free_port
from server.database.migrate import migrate
from server.database.standby import standby_of
from server.privacy import erasure_ledger
from server.privacy.fingerprints import use_secret
from server.privacy.receipts import LEASE_MARGIN, Standing, receipt_of
from server.privacy.scrubbing import scrub
from server.proofs import lens
from server.proofs.erasure_places import Search, caught_up, downloads_of, files_of, tables_of, written_in
from server.proofs.erasure_world import (
    ALIVE,
    CROWD,
    HERS,
    PRODUCT,
    SOLD,
    TRACES,
    UNSENT,
    WORDS,
    Furnished,
    furnish,
    plant_in_tables,
)
from server.proofs.lens import connected_to, word
from server.proofs.proof import Proof
from server.proofs.still import still
from server.proofs.tablet_side import Attacker, AttackFailed

SUMMARY = "traces of an erased person, wherever a copy of her could be"
LEASE_S: Final = 14 * 86_400
LISTENING: Final = "proof.listening"  # said to both kinds of log: it must be heard

# What becomes of each tablet: those that call hear of it, one never does.
CALLING: Final = ("by file", "by pages", "sealed")
SILENT: Final = "silent"
LATER: Final = "later"  # enrolled when she was gone
BY_FILE: Final = ("by file", LATER)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--crowd", type=int, default=CROWD, help="other customers of her store (default: %(default)s)"
    )


def prove_alone(options: argparse.Namespace) -> Proof:
    """Erase a person in a house that is thrown away, and search for her."""
    try:
        with tempfile.TemporaryDirectory(prefix="comptoir-erasure-") as folder:
            return asyncio.run(_prove(Path(folder), options.crowd))
    except EmbeddedPostgresFailed as error:
        raise AttackFailed(str(error)) from error


async def _prove(folder: Path, crowd: int) -> Proof:
    with cluster(folder / "primary", durable=False) as primary:
        url = primary.ensure_database("house")
        await migrate(url)
        house = _House(url, primary, folder)
        house.made = await furnish(url, house.settings, crowd=crowd)
        standby = standby_of(primary, folder / "standby")
        with standby:
            await house.attack(standby)
    search = house.search
    return Proof(
        promise="nothing is left of an erased person",
        figure=f"{search.places.total():,} places of {len(search.places)} kinds searched, "
        f"{len(search.found)} traces; {len(house.planted) - len(house.missed)} of {len(house.planted)} "
        "planted traces found; "
        f"{house.acknowledged} tablets acknowledged, {house.leased} covered by their lease",
        holds=not search.found and not house.missed and not house.broken,
        broken_by=(*search.found[:20], *(f"not noticed: {each}" for each in house.missed), *house.broken),
        figures={
            "places": dict(sorted(search.places.items())),
            "traces": len(search.found),
            "planted": sorted(house.planted),
            "planted_and_missed": sorted(house.missed),
            "tablets_that_acknowledged": house.acknowledged,
            "tablets_covered_by_their_lease": house.leased,
        },
    )


class _House:
    """A database, everything that hangs on it, and what was found there."""

    def __init__(self, url: str, primary: Cluster, folder: Path) -> None:
        self.url, self.primary, self.folder = url, primary, folder
        self.settings = still(
            url, build_snapshots_s=0.2, lease_s=LEASE_S, policy_cut_s=1.0, send_s=2.0, take_in_s=1.0
        )
        self.search = Search(TRACES, but=SOLD)
        self.planted: list[str] = []
        self.missed: list[str] = []
        use_secret(self.settings.secret)
        self.broken: list[str] = []
        self.acknowledged = self.leased = 0
        self.made: Furnished
        self.log = io.StringIO()

    async def attack(self, standby: Cluster) -> None:
        """Erase her, look everywhere, then see whether looking would have found anything."""
        app = create_app(self.settings)
        with _listening(self.log) as events:
            structlog.get_logger().warning(LISTENING)
            logging.getLogger("uvicorn.error").info(LISTENING)
            async with self._served(app) as server, Attacker.started("tests.residue.tablets") as tablets:
                filled = await self._give_tablets(tablets, server, *CALLING, SILENT)
                if not filled["by file"]["packed"]:
                    self.broken.append("no tablet got its first download by a file")
                await self._require_held(tablets)
                await self._require_told(app, server)
                case_id = await self._erase(server)
                await self._tablets_hear(tablets, case_id)
                if not await self._ask(self.search, app, server, ROLES):
                    self.missed.append("what others are told of somebody else")
                await self._give_tablets(tablets, server, LATER)
                await self._search_tablets(tablets)
            self._search_logs(standby, repr(events).encode())
        await self._search_databases(standby)
        await self._search_backup()

    @asynccontextmanager
    async def _served(self, app: Any) -> AsyncIterator[str]:
        """Serve an application of this process to tablets in another."""
        import uvicorn

        port = free_port()
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        async with app.lifespan():
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110 (it has no event)
                await asyncio.sleep(0.05)
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True
                await serving

    async def _give_tablets(self, tablets: Attacker, server: str, *names: str) -> dict[str, Any]:
        people = []
        async with connected_to(self.url) as connection:
            for name in names:
                device, secret = uuid4(), secrets.token_urlsafe(16)
                await connection.execute(
                    """
                    insert into device (id, store, name, secret_hash, enrolled_by)
                    values ($1, $2, $3, $4, $5)
                    """,
                    *(device, HERS, name, digest(secret), self.made.people[Role.ADMINISTRATOR.value]),
                )
                people.append(
                    {
                        "name": name,
                        "code": f"author-{HERS}",
                        "device_id": str(device),
                        "device_secret": secret,
                        "by_file": name in BY_FILE,
                        "sealed": name == "sealed",
                        "edit": UNSENT if name == "by pages" else "",
                    }
                )
        return await tablets.ask(
            "fill",
            task={
                "server": server,
                "store": HERS,
                "password": lens.PASSWORD,
                "folder": str(self.folder / "tablets"),
                "her": str(self.made.customers[HERS]),
                "product": PRODUCT,
                "people": people,
            },
        )

    async def _require_held(self, tablets: Attacker) -> None:
        """Else nothing is proved by her absence."""
        noticed = set()
        for name in (*CALLING, SILENT):
            held = await tablets.ask("search", words=list(WORDS), names=[name])
            noticed |= {f"tablet {name}"} if held["found"] else set()
        self._plant([f"tablet {name}" for name in (*CALLING, SILENT)], noticed)

    async def _require_told(self, app: Any, server: str) -> None:
        """Replies, exports and ready-made downloads hold her while she is there."""
        before = Search(TRACES, but=SOLD)
        await self._ask(before, app, server, (Role.PRIVACY_OFFICER,))
        async with connected_to(self.url) as connection:
            await before.look_through("download", downloads_of(connection))
        kinds = ("reply", "export", "download")
        self._plant(list(kinds), {kind for kind in kinds for each in before.found if each.startswith(kind)})

    async def _erase(self, server: str) -> UUID:
        async with httpx.AsyncClient(base_url=server, timeout=240) as client:
            crm = await lens.sign_in(client, Role.HEAD_OFFICE_CRM.value, None)
            path, into = f"/v1/customers/{self.made.twin}/merge", {"into": str(self.made.customers[HERS])}
            (await client.post(path, json=into, headers=crm)).raise_for_status()
            officer = await lens.sign_in(client, Role.PRIVACY_OFFICER.value, None)
            body = {"customer_id": str(self.made.twin), "reason": "proof"}
            done = (await client.post("/v1/privacy/erasures", json=body, headers=officer)).raise_for_status()
            return UUID(done.json()["id"])

    async def _tablets_hear(self, tablets: Attacker, case_id: UUID) -> None:
        told = await tablets.ask("call", names=list(CALLING))
        await tablets.ask("call", names=list(CALLING))  # what one call brought, the next acknowledges
        if not told["by pages"]:
            self.broken.append("nobody was told that an unsent note found nobody")
        now = datetime.now(UTC)
        async with connected_to(self.url) as connection:
            first = await receipt_of(connection, case_id, now=now)
            later = now + timedelta(seconds=LEASE_S) + 2 * LEASE_MARGIN
            last = await receipt_of(connection, case_id, now=later)
        standing = {copy.device: copy.standing for copy in first.copies}
        self.acknowledged = sum(each == Standing.ACKNOWLEDGED for each in standing.values())
        expected = dict.fromkeys(CALLING, Standing.ACKNOWLEDGED) | {SILENT: Standing.OUTSTANDING}
        if not expected.items() <= standing.items():
            self.broken.append(f"the receipt says {standing}")
        self.leased = sum(copy.standing == Standing.LEASE_ENDED for copy in last.copies)
        if first.complete or not last.complete:
            self.broken.append("the lease does not cover the tablet that never calls")
        lease = await tablets.ask("later", name=SILENT, seconds=LEASE_S + 120.0)
        if lease != {"before": False, "after": True}:
            self.broken.append("the store of the tablet that never calls opens after its lease")

    async def _ask(self, search: Search, app: Any, server: str, roles: Iterable[Role]) -> bool:
        """Search every reply these people get; return whether anybody else was in one."""
        doors = [path for path, methods in api_document(app)["paths"].items() if "get" in methods]
        alive = False
        async with httpx.AsyncClient(base_url=server, timeout=240) as client:
            for role in roles:
                async for door, received in lens.ask_everything(
                    client, role, doors, self.made.customers, self.settings
                ):
                    kind = "export" if "export" in door or door.endswith("/file") else "reply"
                    search.look(kind, f"{door} to {role.value}", received)
                    alive = alive or ALIVE in received
        return alive

    async def _search_tablets(self, tablets: Attacker) -> None:
        answer = await tablets.ask("search", words=list(WORDS), names=[*CALLING, LATER])
        self.search.places["tablet"] += answer["places"]
        self.search.found += answer["found"]
        planted = (await tablets.ask("plant", name="by pages", word=word(HERS, "email")))["places"]
        noticed = (await tablets.ask("search", words=list(WORDS), names=["by pages"]))["found"]
        self._plant(planted, set(noticed))

    def _search_logs(self, standby: Cluster, events: bytes) -> None:
        self.search.look("log", "the server's", self.log.getvalue().encode() + events)
        if LISTENING.encode() not in events or LISTENING not in self.log.getvalue():
            self.missed.append("that there is a log")
        logging.getLogger("planted").warning("planted %s", word(HERS, "email"))
        self._plant(["log"], {"log"} if self.search.holds(self.log.getvalue().encode()) else set())
        for name, home in (("primary", self.primary), ("standby", standby)):
            self.search.look("log", f"PostgreSQL's, {name}", written_in([home.directory / "log"]))

    async def _search_databases(self, standby: Cluster) -> None:
        other = standby.dsn("house")
        async with connected_to(self.url) as connection:
            await self.search.look_through("download", downloads_of(connection))
            async with connection.transaction():
                await Sealer(self.settings.secret).seal(connection)
            key = signing_key(self.settings.secret).public_key()
            trail = await verify(connection, key)
            self.broken += [f"the audit trail: {finding.words}" for finding in trail.findings]
            await scrub(connection)
            await self.search.look_through("database", tables_of(connection))
        await caught_up(self.url, other)
        await self.search.look_through("database", files_of(self.url, self.primary))
        async with connected_to(other) as connection:
            await self.search.look_through("standby", tables_of(connection))
        await self.search.look_through("standby", files_of(other, standby))
        async with connected_to(self.url) as connection:
            ledger = await erasure_ledger.written(connection)
            self.search.look("export", "the ledger of erasures", ledger)
            await plant_in_tables(connection)
            await connection.execute("checkpoint")
        await caught_up(self.url, other)
        again = Search(TRACES, but=SOLD)
        for kind, url, home in (("database", self.url, self.primary), ("standby", other, standby)):
            async with connected_to(url) as connection:
                await again.look_through(kind, tables_of(connection))
            await again.look_through(kind, files_of(url, home))
        planted = [
            f"{kind}: {place}"
            for kind in ("database", "standby")
            for place in (
                "table import_refusal",
                "file import_refusal",
                "file import_batch",
                "what the planner remembers",
            )
        ]
        self._plant(planted, set(again.found))
        log = written_in([self.primary.directory / "log"])
        self._plant(["log of PostgreSQL"], {"log of PostgreSQL"} if self.search.holds(log) else set())

    async def _search_backup(self) -> None:
        async with connected_to(self.url) as connection:
            ledger = await erasure_ledger.written(connection)
        async with connected_to(self.made.backup) as connection:
            before = Search(TRACES, but=SOLD)
            await before.look_through("backup", tables_of(connection))
            self._plant(["backup"], {"backup"} if before.found else set())
            async with connection.transaction():
                await erasure_ledger.replay(connection, ledger)
            await scrub(connection)
            await self.search.look_through("backup", tables_of(connection))
        await self.search.look_through("backup", files_of(self.made.backup, self.primary))

    def _plant(self, places: list[str], noticed: set[str]) -> None:
        self.planted += places
        self.missed += [place for place in places if place not in noticed]


@contextlib.contextmanager
def _listening(log: io.StringIO) -> Any:
    """Take down all that is logged, of every kind, instead of showing it."""
    root, asking = logging.getLogger(), logging.getLogger("httpx")
    serving = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access")]
    kept = [(each, each.handlers, each.level, each.propagate) for each in (root, asking, *serving)]
    asking.setLevel(logging.WARNING)  # it asks, it does not serve
    for each in serving:  # whoever else served in this process may have given them ways of their own
        each.handlers, each.propagate = [], True
        each.setLevel(logging.INFO)
    with structlog.testing.capture_logs() as events:
        root.handlers = [logging.StreamHandler(log)]
        root.setLevel(logging.INFO)
        try:
            yield events
        finally:
            for each, handlers, level, propagate in kept:
                each.handlers, each.propagate = handlers, propagate
                each.setLevel(level)
