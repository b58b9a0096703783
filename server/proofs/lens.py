"""The promise that nobody receives a value his role may not read, attacked at every door by every role.

Each field of two customers holds a word that occurs nowhere else. Every role then opens every door the API
document names, searches for the words themselves, and fills a tablet; the bytes that arrive are searched.
"""

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    Envelope,
    LogTouchpoint,
    Mutation,
    RecordConsent,
    RecordPurchase,
    WriteNote,
    encode_args,
    op_of,
)
from schemas.protocol import CONTENT_TYPE, PROTOCOL, Caller, PullReply, PullRequest
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY, Level
from server.api_document import api_document
from server.app import create_app
from server.auth.passwords import Passwords
from server.auth.principal import Principal
from server.database.pool import Connection, prepare
from server.proofs.proof import Proof
from server.proofs.still import still
from server.replication.push import submit
from server.settings import Settings
from server.staff.accounts import Hired, hire

BRAND: Final = "maison"
STORES: Final = ("here", "there")
PASSWORD: Final = "the same for everybody"  # noqa: S105 (of a database that is thrown away)
STORE_ROLES: Final = (Role.SELLER, Role.STORE_MANAGER)
SETS: Final = ("likes", "dislikes", "occasions", "tags")
# Who may get a private note of another person, from which door, and why: this list is all of it.
TOLD_BY_LAW: Final[Mapping[tuple[Role, str], str]] = {
    (Role.PRIVACY_OFFICER, "/v1/privacy/customers/{customer_id}/file"): (
        "the access file is the customer's own data, which she is owed whole (GDPR article 15)"
    ),
}
SEARCHED: Final = ("given_name", "phone", "email", "loyalty_card", "notes", "address")


async def prove(database_url: str) -> Proof:
    """Attack a fresh server in a database that is thrown away."""
    settings = still(database_url)
    async with connected_to(database_url) as connection:
        people = await hire_one_per_role(connection, settings)
        customers = {store: await plant(connection, people, store) for store in STORES}
    app = create_app(settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    leaks: list[str] = []
    replies = size = 0
    arrived: set[tuple[Role, str]] = set()
    async with app.lifespan():
        doors = [path for path, methods in api_document(app)["paths"].items() if "get" in methods]
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://proof.invalid") as client:
            for role in ROLES:
                async for door, received in ask_everything(client, role, doors, customers, settings):
                    replies, size = replies + 1, size + len(received)
                    arrived.update((role, text) for text in _allowed(role) if text.encode() in received)
                    leaks += [
                        f"{role.value} got {what} from {door}" for what in forbidden(role, door, received)
                    ]
    expected = sum(len(_allowed(role)) for role in ROLES)
    return Proof(
        promise="nobody receives a value his role may not read",
        figure=f"{len(leaks)} leaks in {replies} replies ({size:,} bytes) to {len(ROLES)} roles; "
        f"{len(arrived)} of {expected} words arrived where they may",
        # Silence keeps secrets too: a server that answers nothing has proved nothing.
        holds=not leaks and len(arrived) == expected,
        broken_by=tuple(leaks[:20]),
    )


def word(store: str, field: str) -> str:
    """Return the word that only this field of this store's customer holds."""
    if field == "phone":
        return f"+3361234560{STORES.index(store)}"
    if field == "birth_date":
        return f"191{STORES.index(store)}-03-07"
    return f"zq{store}{field.replace('_', '')}qz"


def _values(store: str) -> dict[str, Any]:
    """Return what a customer of a store can be given at once, a word in each field."""

    def planted(field: str) -> str:
        return word(store, field)

    plain = ("given_name", "family_name", "title", "town", "payment_preference", "delivery_preference")
    return {
        **{field: planted(field) for field in (*plain, "loyalty_card", "phone", "birth_date")},
        "email": f"{planted('email')}@example.com",
        "home_store": store,
        "address": {"line1": planted("address"), "city": "Lyon"},
        "other_addresses": {"work": {"line1": planted("other_addresses")}},
        "other_contacts": {"work": {"kind": "email", "value": f"{planted('other_contacts')}@example.com"}},
        "social_handles": {"net": {"handle": planted("social_handles")}},
        "important_dates": {"day": {"label": planted("important_dates"), "date": "--05-06"}},
        "family": {"one": {"relation": "sister", "name": planted("family")}},
        "origin": {"channel": "web", "campaign": planted("origin")},
        "sizes": {"shoes": {"value": planted("sizes")}},
        "contact_preference": "messaging",
        "advice": {planted("advice"): {"answer": "accepted", "at": 1}},
        "wish_list": {"w": {"sku": "w", "title": planted("wish_list"), "at": 1}},
    }


def _edits(store: str, now_ms: int) -> list[Mutation]:
    """Return what is told of her afterwards."""

    def planted(field: str) -> str:
        return word(store, field)

    line = PurchaseLine(sku="s", title=planted("purchases"), quantity=1, amount=777_777)
    return [
        *(AddElement(field=field, element=planted(field)) for field in SETS),
        RecordPurchase(
            purchase=Purchase(
                purchase_id=uuid4(),
                source="till",
                reference=f"r-{store}",
                at=now_ms - 1000,
                channel=Channel.STORE,
                kind=PurchaseKind.SALE,
                currency="EUR",
                total=777_777,
                lines=(line,),
                store=store,
            )
        ),
        LogTouchpoint(
            touchpoint=Touchpoint(
                touchpoint_id=uuid4(),
                at=now_ms - 2000,
                kind=TouchpointKind.CALL,
                channel=Channel.CALL_CENTRE,
                summary=planted("touchpoints"),
            )
        ),
        RecordConsent(
            brand=BRAND,
            channel=ContactChannel.EMAIL,
            purpose=Purpose.MARKETING,
            state=ConsentState.GRANTED,
            how=planted("consents"),
        ),
    ]


# Nobody invents a word for these: a store's code, and one of a few words that the API names itself.
WITHOUT_WORD: Final = ("home_store", "contact_preference")
PLANTED: Final = (
    *(field for field in _values("here") if field not in WITHOUT_WORD),
    *SETS,
    *("purchases", "touchpoints", "notes"),
)


def _allowed(role: Role) -> list[str]:
    """Return the words of the first store's customer that this role may read."""
    readable = [field for field in PLANTED if DEFAULT_POLICY.level(role.value, field) >= Level.READ]
    return [word(STORES[0], field) for field in readable]


def forbidden(role: Role, door: str, received: bytes) -> list[str]:
    """Return what these bytes of a door hold that this role, who works in the first store, may not read."""
    found = []
    for store in STORES:
        in_reach = role not in STORE_ROLES or store == STORES[0]
        for field in PLANTED:
            readable = in_reach and DEFAULT_POLICY.level(role.value, field) >= Level.READ
            if not readable and word(store, field).encode() in received:
                found.append(f"{field} of {store}")
        # Notes have an audience besides: a store's own stay in it, private ones with their author.
        private = _note(store, NoteLevel.PRIVATE).encode() in received
        if private and (role, door) not in TOLD_BY_LAW:
            found.append(f"a private note of {store}")
        if not in_reach and _note(store, NoteLevel.STORE).encode() in received:
            found.append(f"a note of the store {store}")
    return found


def _note(store: str, level: NoteLevel) -> str:
    return f"{word(store, 'notes')} {level.value}"


async def ask_everything(
    client: httpx.AsyncClient, role: Role, doors: list[str], customers: Mapping[str, UUID], settings: Settings
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every reply a person of this role can get, as bytes, with the door it came from."""
    tablet = await _enrol(client)
    signed = await sign_in(client, role.value, tablet)
    for door in doors:
        for store, customer_id in customers.items():
            asked = door.replace("{customer_id}", str(customer_id)).replace("{sku}", "s")
            for query in [{}, *({"q": word(store, field)} for field in SEARCHED if door == "/v1/customers")]:
                reply = await client.get(asked, params=query, headers=signed)
                yield door, _without_question(reply.content, query)
    token, more = None, True
    while more:
        caller = Caller(
            protocol=PROTOCOL,
            app_version="0",
            device_id=UUID(tablet["device_id"]),
            incarnation=UUID(int=7),
            fence=1,
            sent_at=_now_ms(),
        )
        reply = await client.post(
            "/v1/sync/pull",
            content=msgspec.msgpack.encode(PullRequest(caller=caller, token=token)),
            headers=signed | {"content-type": CONTENT_TYPE, "accept-encoding": "identity"},
        )
        yield "/v1/sync/pull", reply.content
        if reply.status_code != 200:
            return
        page = msgspec.msgpack.decode(reply.content, type=PullReply)
        token, more = page.token, page.more


def _without_question(received: bytes, query: Mapping[str, str]) -> bytes:
    """Return a reply without the words that the asker gave himself."""
    for asked in query.values():
        received = received.replace(asked.encode(), b"")
    return received


async def sign_in(client: httpx.AsyncClient, code: str, tablet: Mapping[str, str] | None) -> dict[str, str]:
    device = {key: tablet[key] for key in ("device_id", "device_secret")} if tablet else {}
    reply = await client.post("/v1/auth/sign-in", json={"code": code, "password": PASSWORD, **device})
    return {"Authorization": f"Bearer {reply.raise_for_status().json()['access_token']}"}


async def _enrol(client: httpx.AsyncClient) -> dict[str, str]:
    signed = await sign_in(client, Role.ADMINISTRATOR.value, None)
    made = await client.post("/v1/devices/enrolment-codes", json={"store": STORES[0]}, headers=signed)
    code = made.raise_for_status().json()["code"]
    reply = await client.post("/v1/devices/enrol", json={"code": code, "name": "proof"})
    enrolled: dict[str, str] = reply.raise_for_status().json()
    return enrolled


async def hire_one_per_role(connection: Connection, settings: Settings) -> dict[str, UUID]:
    """Open two stores and hire one person per role, and a seller for each store; return their ids."""
    kept = Passwords(memory_kib=settings.password_memory_kib, rounds=settings.password_rounds).hash(PASSWORD)
    await connection.executemany(
        "insert into store (code, name, city, brand, zone) values ($1, $1, $1, $2, 'zone')",
        [(store, BRAND) for store in STORES],
    )
    people: dict[str, UUID] = {}
    wanted = [(role.value, role, STORES[0]) for role in ROLES]
    wanted += [(f"author-{store}", Role.SELLER, store) for store in STORES]
    async with connection.transaction():
        for code, role, store in wanted:
            someone = Hired(
                code=code,
                given_name="Person",
                family_name="Somebody",
                role=role,
                brand=BRAND,
                stores=(store,) if role in STORE_ROLES else (),
                zone="zone" if role is Role.ZONE_MANAGER else None,
            )
            people[code] = await hire(connection, someone, password_hash=kept)
    return people


async def plant(connection: Connection, people: Mapping[str, UUID], store: str) -> UUID:
    """Make the customer of a store, with a word in each field."""
    customer_id, now = uuid4(), datetime.now(UTC)
    source = principal_of_a_role(people[Role.INTEGRATION.value], Role.INTEGRATION, STORES)
    author = principal_of_a_role(people[f"author-{store}"], Role.SELLER, (store,), tablet_of=store)
    said = [CreateCustomer(values=_values(store)), *_edits(store, _now_ms())]
    notes = [
        WriteNote(note_id=uuid4(), text=_note(store, level), level=level)
        for level in (NoteLevel.PRIVATE, NoteLevel.STORE, NoteLevel.BRAND)
    ]
    async with connection.transaction():
        for principal, mutations in ((source, said), (author, notes)):
            outcomes = await submit(
                connection, principal, [envelope(customer_id, one) for one in mutations], now=now
            )
            for mutation, outcome in zip(mutations, outcomes, strict=True):
                if outcome.status != "applied":
                    raise RuntimeError(f"{op_of(mutation)}: {outcome.status} {outcome.code} {outcome.detail}")
    return customer_id


def principal_of_a_role(
    associate_id: UUID, role: Role, stores: tuple[str, ...], *, tablet_of: str | None = None
) -> Principal:
    return Principal(
        associate_id=associate_id,
        name="Person S.",
        role=role,
        stores=stores,
        zone=None,
        brand=BRAND,
        device_store=tablet_of,
    )


def envelope(customer_id: UUID, mutation: Mutation) -> Envelope:
    return Envelope(
        seq=0,
        mutation_id=uuid7(_now_ms(), os.urandom(10)),
        record_id=customer_id,
        op=op_of(mutation),
        args=encode_args(mutation),
        hlc=pack(_now_ms(), 0),
        policy_version=DEFAULT_POLICY.version,
    )


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


@asynccontextmanager
async def connected_to(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        await prepare(connection)
        yield connection
    finally:
        await connection.close()
