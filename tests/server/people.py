"""A small house for tests: two brands' stores, one associate per role, a tablet, and who signs in as whom."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.ids import id_from
from schemas.record import Struct
from schemas.staff import Role
from server.auth.passwords import Passwords
from server.database.pool import Connection

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
