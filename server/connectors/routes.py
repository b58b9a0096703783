"""Doors to connectors for head office: what may tell us things, and what became of its deliveries."""

import base64
import secrets as randomness
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.auth.shared_secrets import Secret
from server.connectors import registry
from server.connectors.hook_routes import keep, new_write_key
from server.connectors.kinds import KINDS
from server.connectors.registry import Connector
from server.connectors.settings import ConnectorSettings
from server.connectors.signatures import STANDARD
from server.database import queue
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

KEEPERS = (Role.ADMINISTRATOR, Role.HEAD_OFFICE_CRM)
SECRET_BYTES = 32
LONGEST_OVERLAP_HOURS = 24 * 30

Kind = Literal["shopify", "woocommerce", "magento", "segment", "comptoir"]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{1,60}$")]
Given = Annotated[str, msgspec.Meta(min_length=8, max_length=200)]
Which = Annotated[str, QueryParameter(pattern="^(dead|waiting|done)$")]
Topic = Annotated[str, QueryParameter(pattern="^[a-z_./-]{1,60}$")]


class NewConnector(Struct, forbid_unknown_fields=True):
    """A source: the name its people are known under, and how it speaks."""

    source: Name
    kind: Kind
    settings: ConnectorSettings | None = None
    secret: Given | None = None  # where the platform makes it


class NewSecret(Struct, forbid_unknown_fields=True):
    """Another secret; the one before it stays good for a while."""

    secret: Given | None = None
    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_OVERLAP_HOURS)] = 24


class ShownConnector(Struct, omit_defaults=True):
    """A connector. Its secret is shown when it is made, this once, and only if we made it."""

    connector_id: UUID
    source: str
    kind: str
    settings: ConnectorSettings
    active: bool
    path: str  # where deliveries go
    secret: str | None = None


class ShownDelivery(Struct, omit_defaults=True):
    """A delivery and what became of it, without what it says."""

    delivery_id: UUID
    topic: str
    state: str
    attempts: int
    received_at: datetime
    due_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None


class Taken(Struct):
    """What was kept of documents that were brought."""

    delivery_id: UUID


@get("/connectors", opt={QUERY: ("cursor", "limit")})
async def list_connectors(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[ShownConnector]:
    """The sources of the brand."""
    _require_keeper(principal)
    listing = Listing.asked(request, principal, cursor, limit, "connectors")
    place = listing.after(tuple[UUID])
    rows = await connection.fetch(
        f"select {registry.COLUMNS} from connector where brand = $1 and id > $2 order by id limit $3",  # noqa: S608
        principal.brand,
        place[0] if place else UUID(int=0),
        listing.rows,
    )
    return listing.page([_shown(registry.of_row(row)) for row in rows], lambda line: (line.connector_id,))


@post("/connectors", status_code=201)
async def make_connector(
    data: JSONBody[NewConnector],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownConnector:
    """Make a source known."""
    _require_keeper(principal)
    connector_id, settings = uuid4(), data.settings or ConnectorSettings()
    await _require_stores(connection, principal, settings)
    text, ours = _secret(data.kind, connector_id, data.secret)
    made = await connection.fetchval(
        """
        insert into connector (id, source, kind, brand, settings, sealed_secrets, made_by)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning true
        """,
        connector_id,
        data.source,
        data.kind,
        principal.brand,
        msgspec.to_builtins(settings),
        registry.sealed(request.app.state.settings.secret, connector_id, [Secret(text=text)]),
        principal.associate_id,
    )
    if not made:
        raise Refusal(ErrorCode.ALREADY_EXISTS)
    await _note(connection, principal, "connector.made", connector_id, kind=data.kind, source=data.source)
    return _shown(await _held(connection, principal, connector_id), secret=text if ours else None)


@put("/connectors/{connector_id:uuid}/settings")
async def change_settings(
    connector_id: FromPath[UUID],
    data: JSONBody[ConnectorSettings],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownConnector:
    """Say where its sales belong, and which of its words are consents; for what comes in from now on."""
    _require_keeper(principal)
    await _held(connection, principal, connector_id)
    await _require_stores(connection, principal, data)
    await connection.execute(
        "update connector set settings = $2 where id = $1", connector_id, msgspec.to_builtins(data)
    )
    await _note(
        connection, principal, "connector.changed", connector_id, consents=sorted(data.consents.values())
    )
    return _shown(await _held(connection, principal, connector_id))


@post("/connectors/{connector_id:uuid}/secrets", status_code=201)
async def change_secret(
    connector_id: FromPath[UUID],
    data: JSONBody[NewSecret],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownConnector:
    """Let another secret take the place of the one there is, which stays good for the overlap."""
    _require_keeper(principal)
    held = await _held(connection, principal, connector_id)
    text, ours = _secret(held.kind, connector_id, data.secret)
    kept = registry.with_new(
        held,
        request.app.state.settings.secret,
        text,
        now=datetime.now(UTC),
        overlap=timedelta(hours=data.overlap_hours),
    )
    await connection.execute("update connector set sealed_secrets = $2 where id = $1", connector_id, kept)
    await _note(connection, principal, "connector.secret_made", connector_id, overlap=data.overlap_hours)
    return _shown(held, secret=text if ours else None)


@post("/connectors/{connector_id:uuid}/close", status_code=204)
async def close_connector(
    connector_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Refuse its deliveries from the next one on. What it told stays."""
    _require_keeper(principal)
    await _held(connection, principal, connector_id)
    await connection.execute("update connector set active = false where id = $1", connector_id)
    await _note(connection, principal, "connector.closed", connector_id)


@get("/connectors/{connector_id:uuid}/deliveries", opt={QUERY: ("which", "cursor", "limit")})
async def list_deliveries(
    connector_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    which: Which = "dead",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[ShownDelivery]:
    """Deliveries that were put aside, wait or are done: when, of which topic and why; never what they say."""
    _require_keeper(principal)
    await _held(connection, principal, connector_id)
    listing = Listing.asked(request, principal, cursor, limit, "deliveries", str(connector_id), which)
    place = listing.after(tuple[datetime, UUID])
    rows = await connection.fetch(
        """
        select id as delivery_id, topic, state, attempts, received_at, due_at, ended_at, error from delivery
        where connector_id = $1 and state = $2
          and ($3::timestamptz is null or (received_at, id) < ($3, $4::uuid))
        order by received_at desc, id desc limit $5
        """,
        connector_id,
        which,
        *(place or (None, None)),
        listing.rows,
    )
    return listing.page(
        [msgspec.convert(dict(row), ShownDelivery) for row in rows],
        lambda line: (line.received_at, line.delivery_id),
    )


@post("/connectors/{connector_id:uuid}/deliveries", status_code=202, opt={QUERY: ("topic",)})
async def bring_documents(
    connector_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    topic: Topic,
) -> Taken:
    """Bring a page of a platform's REST answer, as it was answered: customers, orders."""
    _require_keeper(principal)
    held = await _held(connection, principal, connector_id)
    body = await request.body()
    reference = f"brought:{topic}:{sha256(body).hexdigest()}"
    kept = await keep(connection, held, reference=reference, topic=topic, body=body)
    await _note(connection, principal, "connector.documents_brought", connector_id, topic=topic)
    return Taken(delivery_id=kept)


@post("/connectors/{connector_id:uuid}/deliveries/{delivery_id:uuid}/retry", status_code=202)
async def retry_delivery(
    connector_id: FromPath[UUID],
    delivery_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Taken:
    """Deal with a delivery once more, from its own words. What stands already is not told twice."""
    _require_keeper(principal)
    await _held(connection, principal, connector_id)
    own = await connection.fetchval(
        "select true from delivery where id = $1 and connector_id = $2", delivery_id, connector_id
    )
    if not own:
        raise Refusal(ErrorCode.NOT_FOUND)
    await queue.try_again(connection, "delivery", delivery_id, now=datetime.now(UTC))
    await _note(connection, principal, "connector.delivery_retried", connector_id, delivery=str(delivery_id))
    return Taken(delivery_id=delivery_id)


def _secret(kind: str, connector_id: UUID, given: str | None) -> tuple[str, bool]:
    """Return the secret to keep, and whether we made it."""
    if KINDS[kind].own_secret and kind != "segment":
        if given is None:
            raise Refusal(ErrorCode.INVALID, "the platform makes this secret: say it")
        return given, False
    if given is not None:
        raise Refusal(ErrorCode.INVALID, "we make this secret: it is in the answer")
    if kind == "segment":
        return new_write_key(connector_id, randomness.token_urlsafe(SECRET_BYTES)), True
    return STANDARD + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode(), True


async def _held(connection: Connection, principal: Principal, connector_id: UUID) -> Connector:
    held = await registry.connector(connection, connector_id)
    if held is None or held.brand != principal.brand:
        raise Refusal(ErrorCode.NOT_FOUND)
    return held


async def _require_stores(connection: Connection, principal: Principal, settings: ConnectorSettings) -> None:
    rows = await connection.fetch("select code from store where brand = $1", principal.brand)
    named = {settings.store, settings.home_store, *settings.stores.values()} - {None}
    if not named <= {row["code"] for row in rows}:
        raise Refusal(ErrorCode.INVALID, "no such store")


async def _note(
    connection: Connection, principal: Principal, action: str, connector_id: UUID, **facts: Any
) -> None:
    await chain.append(
        connection, principal, action, subject_kind="connector", subject_id=connector_id, facts=facts
    )


def _shown(held: Connector, *, secret: str | None = None) -> ShownConnector:
    return ShownConnector(
        connector_id=held.id,
        source=held.source,
        kind=held.kind,
        settings=held.settings,
        active=held.active,
        path=f"/v1/hooks/{held.id}",
        secret=secret,
    )


def _require_keeper(principal: Principal) -> None:
    if principal.role not in KEEPERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)


router = Router(
    "/v1",
    route_handlers=[
        list_connectors, make_connector, change_settings, change_secret, close_connector, list_deliveries,
        bring_documents, retry_delivery,
    ],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["connectors"],
)  # fmt: skip
