"""A small house for tests: two brands' stores, one associate per role, a tablet, and who signs in as whom."""

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.hlc import pack
from schemas.ids import id_from, uuid7
from schemas.mutations import CreateCustomer, Envelope, Mutation, encode_args, op_of
from schemas.protocol import OutcomeStatus
from schemas.record import Struct
from schemas.staff import Role
from server.auth.access_token import Claims
from server.auth.passwords import Passwords
from server.auth.principal import Principal, principal_of
from server.database.pool import Connection
from server.replication.push import submit

PASSWORD = "correct horse battery"
_PASSWORDS = Passwords(memory_kib=64, rounds=1)
_KEPT = _PASSWORDS.hash(PASSWORD)

STORES = (
    ("lyon", "Lyon Bellecour", "Lyon", "maison", "south"),
    ("nice", "Nice Masséna", "Nice", "maison", "south"),
    ("paris", "Paris Vendôme", "Paris", "maison", "north"),
    ("geneva", "Genève Rhône", "Genève", "atelier", "north"),
)


def associate_id(code: str) -> UUID:
    """Return the id that a test's associate always has."""
    return id_from("test-associate", code)


async def open_stores(connection: Connection) -> None:
    """Open the stores of the house."""
    await connection.executemany(
        "insert into store (code, name, city, brand, zone) values ($1, $2, $3, $4, $5)", STORES
    )


async def hire(
    connection: Connection,
    code: str,
    role: Role,
    *stores: str,
    zone: str | None = None,
    brand: str = "maison",
) -> UUID:
    """Give somebody an account with the password of all tests, and return his id."""
    identifier = associate_id(code)
    await connection.execute(
        """
        insert into associate (id, code, given_name, family_name, role, stores, zone, brand, password_hash)
        values ($1, $2, $3, 'Martin', $4, $5, $6, $7, $8)
        """,
        identifier,
        code,
        code.capitalize(),
        role.value,
        list(stores),
        zone,
        brand,
        _KEPT,
    )
    return identifier


async def hire_everybody(connection: Connection) -> None:
    """Open the stores and hire one associate per role; sellers in Lyon, Nice and Paris."""
    await open_stores(connection)
    await hire(connection, "ines", Role.SELLER, "lyon")
    await hire(connection, "luc", Role.SELLER, "lyon")
    await hire(connection, "noe", Role.SELLER, "nice")
    await hire(connection, "paul", Role.SELLER, "paris")
    await hire(connection, "marie", Role.STORE_MANAGER, "lyon")
    await hire(connection, "zoe", Role.ZONE_MANAGER, zone="south")
    await hire(connection, "camille", Role.CALL_CENTRE)
    await hire(connection, "henri", Role.HEAD_OFFICE_CRM)
    await hire(connection, "lea", Role.LOYALTY_MANAGER)
    await hire(connection, "paola", Role.PRIVACY_OFFICER)
    await hire(connection, "import", Role.INTEGRATION)
    await hire(connection, "adam", Role.ADMINISTRATOR)


class Tablet(Struct):
    """An enrolled device, as a test holds it."""

    device_id: UUID
    device_secret: str
    store: str
    incarnation: UUID


async def sign_in(client: httpx.AsyncClient, code: str, tablet: Tablet | None = None) -> dict[str, Any]:
    """Sign in and return the tokens."""
    body: dict[str, Any] = {"code": code, "password": PASSWORD}
    if tablet is not None:
        body |= {"device_id": str(tablet.device_id), "device_secret": tablet.device_secret}
    reply = await client.post("/v1/auth/sign-in", json=body)
    assert reply.status_code == 200, reply.text
    tokens: dict[str, Any] = reply.json()
    return tokens


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Return the header that presents an access token."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def enrol(client: httpx.AsyncClient, store: str = "lyon", by: str = "adam") -> Tablet:
    """Enrol a new tablet of a store."""
    manager = await sign_in(client, by)
    code = await client.post("/v1/devices/enrolment-codes", json={"store": store}, headers=bearer(manager))
    assert code.status_code == 201, code.text
    reply = await client.post("/v1/devices/enrol", json={"code": code.json()["code"], "name": "Tablet 1"})
    assert reply.status_code == 201, reply.text
    return Tablet(
        device_id=UUID(reply.json()["device_id"]),
        device_secret=reply.json()["device_secret"],
        store=store,
        incarnation=uuid4(),
    )


async def principal_named(connection: Connection, code: str, tablet: Tablet | None = None) -> Principal:
    """Return the principal an associate is at this moment, without the HTTP around it."""
    family = uuid4()
    await connection.execute(
        "insert into refresh_family (id, associate_id, device_id, expires_at) values ($1, $2, $3, now())",
        family,
        associate_id(code),
        tablet.device_id if tablet else None,
    )
    claims = Claims(
        iss="",
        aud="",
        sub=associate_id(code),
        sid=family,
        jti=uuid4(),
        exp=0,
        nbf=0,
        iat=0,
        dev=tablet.device_id if tablet else None,
    )
    return await principal_of(connection, claims)


async def give_tablet(connection: Connection, store: str = "lyon") -> Tablet:
    """Enrol a tablet without the HTTP around it."""
    tablet = Tablet(device_id=uuid4(), device_secret="", store=store, incarnation=uuid4())
    await connection.execute(
        "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, 'Tablet', '', $3)",
        tablet.device_id,
        store,
        associate_id("adam"),
    )
    return tablet


NOW = datetime.now(UTC).replace(microsecond=0)  # the server has a clock of its own, and forgets after 90 days
NOW_MS = int(NOW.timestamp() * 1000)


def envelope(
    record_id: UUID,
    mutation: Mutation,
    *,
    seq: int = 0,
    base: dict[str, int] | None = None,
    at_ms: int = NOW_MS,
    mutation_id: UUID | None = None,
) -> Envelope:
    """Return an edit as it travels."""
    return Envelope(
        seq=seq,
        mutation_id=mutation_id or uuid7(at_ms, os.urandom(10)),
        record_id=record_id,
        op=op_of(mutation),
        args=encode_args(mutation),
        base=base or {},
        hlc=pack(at_ms, 0),
        policy_version=1,
    )


def customer_id(number: int) -> UUID:
    """Return the id that a test's customer always has."""
    return id_from("test-customer", str(number))


async def make_customer(connection: Connection, by: Principal, number: int = 1, **values: Any) -> UUID:
    """Make a customer through the write path and return her id."""
    record_id = customer_id(number)
    said = {"given_name": "Anne", "family_name": "Durand"} | values
    (outcome,) = await submit(connection, by, [envelope(record_id, CreateCustomer(values=said))], now=NOW)
    assert outcome.status == OutcomeStatus.APPLIED, (outcome.code, outcome.detail)
    return record_id
