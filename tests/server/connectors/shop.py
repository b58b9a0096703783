"""A shop of tests: what its systems deliver, small examples of our own in the shapes of each platform."""

import base64
import hmac
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from server.auth.sealing import derive
from server.auth.shared_secrets import Secret
from server.connectors import registry
from server.connectors.hook_routes import keep
from server.connectors.settings import ConnectorSettings
from server.connectors.work import work_through
from server.database.pool import Connection, open_pool
from server.identity.following import follow
from server.policy.in_force import Policies

SECRET = b"a secret of tests, never of anyone else"
SHARED = "hush-hush-of-the-shop"

CUSTOMER: dict[str, Any] = {
    "id": 7210448301122,
    "email": "aurelie@example.com",
    "first_name": "Aurélie",
    "last_name": "Lefèvre",
    "created_at": "2026-03-01T09:00:00+01:00",
    "updated_at": "2026-03-01T09:00:00+01:00",
    "phone": "+33698765432",
    "default_address": {
        "address1": "12 rue des Lilas",
        "city": "Lyon",
        "zip": "69003",
        "country_code": "FR",
        "province": None,
    },
}
ORDER: dict[str, Any] = {
    "id": 5510,
    "name": "#1001",
    "created_at": "2026-03-02T10:00:00+01:00",
    "processed_at": "2026-03-02T10:00:00+01:00",
    "updated_at": "2026-03-02T10:00:00+01:00",
    "currency": "EUR",
    "total_price": "120.00",
    "source_name": "web",
    "cancelled_at": None,
    "customer": {**CUSTOMER, "updated_at": "2026-03-02T10:00:00+01:00"},
    "line_items": [
        {"id": 1, "sku": "BAG-1", "title": "Bag", "quantity": 1, "price": "100.00", "variant_title": "M"},
        {"id": 2, "sku": "BELT-1", "title": "Belt", "quantity": 1, "price": "20.00"},
    ],
    "refunds": [],
}


def changed(document: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Return a document with some members changed."""
    return {**document, **values}


def consent(state: str, at: str, level: str = "single_opt_in") -> dict[str, Any]:
    """Return an e-mail consent as Shopify tells it."""
    given = {"state": state, "opt_in_level": level, "consent_updated_at": at}
    return {"customer_id": CUSTOMER["id"], "email_marketing_consent": given}


def signed(body: bytes, secret: str = SHARED) -> str:
    """Return Shopify's and WooCommerce's signature of a body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


async def connect(
    connection: Connection, kind: str = "shopify", *, source: str = "shop", **settings: Any
) -> UUID:
    """Make a connector known, and return its id."""
    connector_id = uuid4()
    chosen = msgspec.convert({"home_store": "lyon", "currency": "EUR", **settings}, ConnectorSettings)
    await connection.execute(
        """
        insert into connector (id, source, kind, brand, settings, sealed_secrets)
        values ($1, $2, $3, 'maison', $4, $5)
        """,
        connector_id,
        source,
        kind,
        msgspec.to_builtins(chosen),
        registry.sealed(SECRET, connector_id, [Secret(text=SHARED)]),
    )
    return connector_id


async def deliver(connection: Connection, connector_id: UUID, topic: str, document: Any) -> UUID:
    """Let a delivery wait to be dealt with; the same one again is the same."""
    held = await registry.connector(connection, connector_id)
    assert held is not None
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    reference = f"{topic}:{hash(body)}"
    return await keep(connection, held, reference=reference, topic=topic, body=body)


async def settle(connection: Connection, database: str) -> None:
    """Deal with all that waits, and let what waits for its person find her."""
    async with await open_pool(database, size=2) as pool:
        policies = Policies()
        for _ in range(6):
            while await work_through(pool, SECRET, policies, clock=lambda: datetime.now(UTC)):
                pass
            async with connection.transaction():
                looked_at = await follow(connection, derive(SECRET, "identity"))
            if not looked_at:
                return
