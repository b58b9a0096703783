"""Customers of the test house, and people signed in to ask about them over HTTP."""

from typing import Any
from uuid import UUID

import httpx

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    LogTouchpoint,
    Mutation,
    PutEntry,
    RecordConsent,
    RecordPurchase,
    WriteNote,
)
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import (
    NOW,
    NOW_MS,
    bearer,
    envelope,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

PHONE = "+33612345678"
EMAIL = "anne.durand@example.org"
DAY_MS = 86_400_000


async def furnish(connection: Connection) -> dict[str, UUID]:
    """Hire everybody and make two customers: Anne of Lyon, with a history, and Brune of Paris."""
    await hire_everybody(connection)
    integration = await principal_named(connection, "import")
    anne = await make_customer(
        connection,
        integration,
        1,
        home_store="lyon",
        town="Lyon",
        phone=PHONE,
        email=EMAIL,
        loyalty_card="MB000042",
        address={"line1": "1 rue Hidden", "city": "Lyon"},
    )
    brune = await make_customer(
        connection, integration, 2, given_name="Brune", family_name="Petit", home_store="paris"
    )
    ines = await principal_named(connection, "ines")
    luc = await principal_named(connection, "luc")
    await tell(
        connection,
        integration,
        anne,
        *(purchase(number) for number in range(5)),
        *(touchpoint(number) for number in range(5)),
    )
    await tell(
        connection,
        ines,
        anne,
        PutEntry(field="sizes", key="shoes", value={"value": "38"}),
        AddElement(field="likes", element="cachemire"),
        WriteNote(note_id=id_from("note", "brand"), text="For the brand", level=NoteLevel.BRAND),
        WriteNote(note_id=id_from("note", "store"), text="For the store", level=NoteLevel.STORE),
        WriteNote(note_id=id_from("note", "private"), text="For Ines", level=NoteLevel.PRIVATE),
        RecordConsent(
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.MARKETING,
            state=ConsentState.GRANTED,
            how="spoken",
        ),
    )
    await tell(
        connection,
        luc,
        anne,
        WriteNote(note_id=id_from("note", "luc"), text="For Luc", level=NoteLevel.PRIVATE),
    )
    return {"anne": anne, "brune": brune}


async def tell(connection: Connection, who: Principal, customer_id: UUID, *mutations: Mutation) -> None:
    """Let somebody make edits, all of which must stand."""
    outcomes = await submit(
        connection, who, [envelope(customer_id, mutation) for mutation in mutations], now=NOW
    )
    assert {outcome.status.value for outcome in outcomes} == {"applied"}, outcomes


def purchase(number: int) -> RecordPurchase:
    """Return a purchase, a day older for each number; even ones in the store, odd ones on the web."""
    lines = (
        PurchaseLine(sku=f"SKU{number}", title="Sac", quantity=1, amount=12_500),
        PurchaseLine(sku="BELT", title="Ceinture", quantity=2, amount=18_000),
    )
    return RecordPurchase(
        purchase=Purchase(
            purchase_id=id_from("purchase", "till", str(number)),
            source="till",
            reference=str(number),
            at=NOW_MS - number * DAY_MS,
            channel=Channel.WEB if number % 2 else Channel.STORE,
            kind=PurchaseKind.SALE,
            currency="EUR",
            total=30_500,
            lines=lines,
            store=None if number % 2 else "lyon",
        )
    )


def touchpoint(number: int) -> LogTouchpoint:
    """Return a touchpoint, half a day after the purchase of that number."""
    return LogTouchpoint(
        touchpoint=Touchpoint(
            touchpoint_id=id_from("touchpoint", str(number)),
            at=NOW_MS - number * DAY_MS - DAY_MS // 2,
            kind=TouchpointKind.VISIT if number % 2 == 0 else TouchpointKind.WEB_VIEW,
            channel=Channel.STORE if number % 2 == 0 else Channel.WEB,
        )
    )


class Asking:
    """Somebody signed in, asking the API."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._client.get(f"/v1{path}", headers=self._headers | _named(headers))

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        if body is None:
            return await self._client.request(method, f"/v1{path}", headers=self._headers | _named(headers))
        return await self._client.request(
            method, f"/v1{path}", json=body, headers=self._headers | _named(headers)
        )


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def asking(client: httpx.AsyncClient, code: str) -> Asking:
    """Sign somebody in."""
    return Asking(client, bearer(await sign_in(client, code)))
