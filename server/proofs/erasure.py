"""The promise that nothing is left of an erased person, attacked by searching for words only she had.

Each of her fields holds a word that occurs nowhere else, also in history, held edits, a merge and refused
lines. After the erasure the words are searched in every table as text, in the bytes of every table, index and
TOAST file, in every reply to every role (a tablet's first download among them), in the log, and in a backup
from before that was restored and told of the erasures. Each search must also find what is planted there
afterwards. The lines of her sales stay: what was sold is kept by law, and does not say to whom.
"""

import io
import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import structlog

from schemas.mutations import CreateCustomer, SetField
from schemas.staff import ROLES, Role
from server.api_document import api_document
from server.app import create_app
from server.audit.head import signing_key
from server.audit.sealing import Sealer
from server.audit.verifying import verify
from server.database.pool import Connection
from server.privacy import erasure_ledger
from server.privacy.fingerprints import use_secret
from server.proofs import lens
from server.proofs.lens import STORES, connected_to, word
from server.proofs.proof import Proof
from server.replication.push import submit
from server.settings import Settings

OTHER, HERS = STORES
TRACES = (f"zq{HERS}".encode(), b"zqtwin", word(HERS, "phone")[3:].encode())


async def prove(database_url: str) -> Proof:
    """Erase a person in a database that is thrown away, and search for her."""
    settings = Settings(
        database_url=database_url,
        secret=os.urandom(32),
        password_memory_kib=64,
        password_rounds=1,
        seal_audit_s=0,
        extraction_caps=False,
        sweep_s=0,
        follow_identity_s=0,
    )
    use_secret(settings.secret)
    async with connected_to(database_url) as connection:
        people = await lens.hire_one_per_role(connection, settings)
        customers = {store: await lens.plant(connection, people, store) for store in STORES}
        twin = await _more_of_her(connection, people, customers[HERS])
    backup = await _copy(database_url)
    places, found, planted, missed = await _attack(settings, customers, twin, backup)
    return Proof(
        promise="nothing is left of an erased person",
        figure=f"{places:,} places searched, {len(found)} traces; "
        f"{planted - len(missed)} of {planted} planted traces found",
        holds=not found and not missed,
        broken_by=(*found[:20], *(f"not noticed: {each}" for each in missed)),
    )


async def _attack(
    settings: Settings, customers: dict[str, UUID], twin: UUID, backup: str
) -> tuple[int, list[str], int, list[str]]:
    found: list[str] = []
    places = 0
    app = create_app(settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it asks, it does not serve
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)  # after the application has set its own
    with structlog.testing.capture_logs() as events:
        async with app.lifespan():
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://proof.invalid") as client:
                await _erase_over_http(client, customers, twin)
                doors = [path for path, methods in api_document(app)["paths"].items() if "get" in methods]
                alive = False
                for role in ROLES:
                    async for door, received in lens.ask_everything(client, role, doors, customers, settings):
                        places += 1
                        found += [f"{door} to {role.value}" for _ in _traces_in([received])]
                        alive = alive or f"zq{OTHER}".encode() in received
    missed = [] if alive else ["what others are told of somebody else"]
    async with connected_to(settings.database_url) as connection:
        for name, content in await _everything(connection):
            places += 1
            found += [name for _ in _traces_in([content])]
        async with connection.transaction():
            await Sealer(settings.secret).seal(connection)
        trail = await verify(connection, signing_key(settings.secret).public_key())
        found += [f"the audit trail: {finding.words}" for finding in trail.findings]
        ledger = await erasure_ledger.written(connection)
        await _plant_in_a_table(connection)
        noticed = {name for name, content in await _everything(connection) if _traces_in([content])}
        missed += sorted({"table import_refusal", "file import_refusal"} - noticed)
    async with connected_to(backup) as connection:
        if not any(_traces_in(content for _, content in await _everything(connection))):
            missed.append("a backup from before")
        async with connection.transaction():
            await erasure_ledger.replay(connection, ledger)
        for name, content in await _everything(connection):
            places += 1
            found += [f"restored backup: {name}" for _ in _traces_in([content])]
    places += 1
    found += ["the log" for _ in _traces_in([log.getvalue().encode(), repr(events).encode()])]
    logging.getLogger().warning("planted %s", word(HERS, "email"))
    if not _traces_in([log.getvalue().encode()]):
        missed.append("the log")
    logging.getLogger().removeHandler(handler)
    return places, found, 5, missed


async def _more_of_her(connection: Connection, people: dict[str, UUID], customer_id: UUID) -> UUID:
    """Leave her in the rarer places too: history, held edits, refused lines, and another record of hers."""
    source = lens.principal_of_a_role(people[Role.INTEGRATION.value], Role.INTEGRATION, STORES)
    seller = lens.principal_of_a_role(people[Role.SELLER.value], Role.SELLER, STORES)
    twin = uuid4()
    for principal, record, mutation in (
        (source, customer_id, SetField(field="town", value=f"zq{HERS}later")),
        (seller, customer_id, SetField(field="email", value=f"zq{HERS}refused@example.com")),
        (source, twin, CreateCustomer(values={"family_name": "zqtwin", "home_store": HERS})),
    ):
        await submit(connection, principal, [lens.envelope(record, mutation)], now=datetime.now(UTC))
    batch = uuid4()
    await connection.execute(
        "insert into import_batch (id, source, file_name, file_hash) values ($1, 'till', 'a.csv', 'x')", batch
    )
    await connection.execute(
        "insert into import_refusal (batch_id, line, code, reason, original) values ($1, 1, 'x', 'x', $2)",
        batch,
        ["1", word(HERS, "given_name"), word(HERS, "family_name"), f"{word(HERS, 'email')}@example.com"],
    )
    return twin


async def _erase_over_http(client: httpx.AsyncClient, customers: dict[str, UUID], twin: UUID) -> None:
    crm = await lens.sign_in(client, Role.HEAD_OFFICE_CRM.value, None)
    merged = await client.post(
        f"/v1/customers/{twin}/merge", json={"into": str(customers[HERS])}, headers=crm
    )
    merged.raise_for_status()
    officer = await lens.sign_in(client, Role.PRIVACY_OFFICER.value, None)
    body = {"customer_id": str(twin), "reason": "proof"}
    (await client.post("/v1/privacy/erasures", json=body, headers=officer)).raise_for_status()


async def _copy(database_url: str) -> str:
    """Return the address of a copy of a database that nobody is connected to: a backup, restored."""
    address, _, name = database_url.rpartition("/")
    async with connected_to(f"{address}/postgres") as connection:
        await connection.execute(f'drop database if exists "{name}_restored"')
        await connection.execute(f'create database "{name}_restored" template "{name}" strategy file_copy')
    return f"{address}/{name}_restored"


async def _everything(connection: Connection) -> list[tuple[str, bytes]]:
    """Return each table as text, and the bytes of each file of tables, indices and TOAST once swept."""
    await connection.execute("vacuum full")
    await connection.execute("checkpoint")
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
    content: list[tuple[str, bytes]] = []
    for row in tables:
        name = row["tablename"]
        lines = await connection.fetch(f'select t::text as line from "{name}" t')  # noqa: S608 (our own)
        content.append((f"table {name}", "\n".join(line["line"] for line in lines).encode()))
    files = await connection.fetch(
        """
        select coalesce(owner.relname, c.relname) as name,
               pg_read_binary_file(pg_relation_filepath(c.oid)) as bytes
        from pg_class c left join pg_class owner on owner.reltoastrelid = c.oid
        where c.relkind in ('r', 'i', 't') and c.relpersistence = 'p'
          and c.relnamespace in (select oid from pg_namespace
                                 where nspname in ('public', 'pg_toast'))
          and pg_relation_filepath(c.oid) is not null
        """
    )
    content += [(f"file {row['name']}", bytes(row["bytes"])) for row in files]
    return [(name, held) for name, held in content if not name.endswith("purchase_line")]


async def _plant_in_a_table(connection: Connection) -> None:
    await connection.execute("update import_refusal set original = $1", [word(HERS, "given_name")])


def _traces_in(contents: Iterable[bytes]) -> list[bytes]:
    return [trace for content in contents for trace in TRACES if trace in content.lower()]
