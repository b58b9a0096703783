"""Doors to webhook endpoints: a service keeps its own, the administrator those of the whole brand."""

import base64
import secrets as randomness
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.auth.shared_secrets import Secret
from server.connectors.signatures import PRIVATE, STANDARD, new_private_key, public_key
from server.database import queue
from server.database.pool import Connection
from server.outside import LONGEST_URL, HostRefused, checked_url
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.webhooks import endpoints
from server.webhooks.endpoints import COLUMNS, TYPES, Endpoint, of_row, sealed, stop

SECRET_BYTES = 32
LONGEST_OVERLAP_HOURS = 24 * 30
MOST_OF_ACCOUNT = 20

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_URL)]
Type = Literal["customer.changed", "customer.entered", "customer.erased", "customer.left", "customer.merged"]
Types = Annotated[tuple[Type, ...], msgspec.Meta(min_length=1, max_length=len(TYPES))]
# "hmac": by a secret that both know; "ed25519": by a key that the server alone has.
Signing = Literal["hmac", "ed25519"]
Which = Annotated[str, QueryParameter(pattern="^(dead|waiting|done)$")]


class NewEndpoint(Struct, forbid_unknown_fields=True):
    """Where a service wants to be told, and of what."""

    url: Url
    types: Types | None = None  # None: of all
    account_id: UUID | None = None  # for the administrator, who says whose it is
    signing: Signing = "hmac"


class EndpointChange(Struct, forbid_unknown_fields=True):
    """What is to be otherwise. Started again it is told of all since it was stopped, each thing once."""

    url: Url | None = None
    types: Types | None = None
    active: bool | None = None


class Overlap(Struct, forbid_unknown_fields=True):
    """How long messages carry the signature of the secret before as well."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_OVERLAP_HOURS)] = 24
    signing: Signing | None = None  # None: as before


class ShownEndpoint(Struct, omit_defaults=True):
    """An endpoint. A secret is shown when it is made, this once; public keys whenever they are asked for."""

    endpoint_id: UUID
    account_id: UUID
    url: str
    types: tuple[str, ...]
    active: bool
    failing_since: datetime | None = None
    stopped_because: str | None = None  # gone: it said so; failing: for days
    secret: str | None = None  # of hmac
    public_keys: list[str] = []  # of ed25519: those of which the signatures are good now, the newest first


class ShownMessage(Struct, omit_defaults=True):
    """A message and what became of it; not of whom it is."""

    message_id: UUID
    type: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None


@get("/webhook-endpoints", opt={QUERY: ("cursor", "limit")})
async def list_endpoints(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[ShownEndpoint]:
    """Where services are told of changes: a service sees its own, the administrator those of the brand."""
    account_id = _account(principal)
    listing = Listing.asked(request, principal, cursor, limit, "webhooks")
    place = listing.after(tuple[UUID])
    rows = await connection.fetch(
        f"""
        select {COLUMNS} from webhook_endpoint
        where brand = $1 and ($2::uuid is null or account_id = $2) and id > $3 order by id limit $4
        """,  # noqa: S608 (the columns are ours)
        principal.brand,
        account_id,
        place[0] if place else UUID(int=0),
        listing.rows,
    )
    secret = request.app.state.settings.secret
    return listing.page([_shown(of_row(row), secret) for row in rows], lambda line: (line.endpoint_id,))


@post("/webhook-endpoints", status_code=201)
async def make_endpoint(
    data: JSONBody[NewEndpoint],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownEndpoint:
    """Tell a service of changes from now on. The secret is in the answer, this once; or the public key."""
    own = _account(principal)
    account_id = data.account_id or own
    if account_id is None or (own is not None and account_id != own):
        raise Refusal(ErrorCode.INVALID, "say which service is told, by account_id")
    # The account is locked: two requests cannot both be the last that fits.
    known = await connection.fetchval(
        "select true from service_account where id = $1 and brand = $2 and active for update",
        account_id,
        principal.brand,
    )
    if not known:
        raise Refusal(ErrorCode.NOT_FOUND)
    held = await connection.fetchval(
        "select count(*) from webhook_endpoint where account_id = $1", account_id
    )
    if held >= MOST_OF_ACCOUNT:
        raise Refusal(ErrorCode.INVALID, f"a service has {MOST_OF_ACCOUNT} endpoints at most")
    endpoint_id, text = uuid4(), _new_secret(data.signing)
    settings = request.app.state.settings
    await connection.execute(
        """
        insert into webhook_endpoint (id, account_id, brand, url, types, sealed_secrets, seen, made_by)
        values ($1, $2, $3, $4, $5, $6, pg_current_snapshot()::text, $7)
        """,
        endpoint_id,
        account_id,
        principal.brand,
        _checked(data.url, inside=settings.webhooks_inside),
        sorted(set(data.types or TYPES)),
        sealed(settings.secret, endpoint_id, [Secret(text=text)]),
        principal.associate_id,
    )
    await _note(
        connection,
        principal,
        "webhook.made",
        endpoint_id,
        account=str(account_id),
        types=sorted(data.types or TYPES),
        signing=data.signing,
    )
    return _shown(await _held(connection, principal, endpoint_id), settings.secret, text=text)


@put("/webhook-endpoints/{endpoint_id:uuid}")
async def change_endpoint(
    endpoint_id: FromPath[UUID],
    data: JSONBody[EndpointChange],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownEndpoint:
    """Say where else, of what else, or whether at all it is told."""
    held = await _held(connection, principal, endpoint_id)
    inside = request.app.state.settings.webhooks_inside
    await connection.execute(
        "update webhook_endpoint set url = $2, types = $3 where id = $1",
        endpoint_id,
        held.url if data.url is None else _checked(data.url, inside=inside),
        list(held.types) if data.types is None else sorted(set(data.types or TYPES)),
    )
    if data.active is False and held.active:
        await stop(connection, endpoint_id, because=None, now=datetime.now(UTC))
    if data.active is True and not held.active:
        await connection.execute(
            "update webhook_endpoint set active = true, stopped_because = null where id = $1", endpoint_id
        )
    said = sorted(name for name in data.__struct_fields__ if getattr(data, name) is not None)
    await _note(connection, principal, "webhook.changed", endpoint_id, said=said, active=data.active)
    return _shown(await _held(connection, principal, endpoint_id), request.app.state.settings.secret)


@post("/webhook-endpoints/{endpoint_id:uuid}/secrets", status_code=201)
async def change_secret(
    endpoint_id: FromPath[UUID],
    data: JSONBody[Overlap],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownEndpoint:
    """Sign with another secret; for the overlap messages carry the signature of the one before as well."""
    held = await _held(connection, principal, endpoint_id)
    secret, now = request.app.state.settings.secret, datetime.now(UTC)
    good = held.secrets(secret, now=now)
    before: Signing = "ed25519" if good and good[0].startswith(PRIVATE) else "hmac"
    text = _new_secret(data.signing or before)
    kept = held.with_secret(secret, text, now=now, overlap=timedelta(hours=data.overlap_hours))
    await connection.execute(
        "update webhook_endpoint set sealed_secrets = $2 where id = $1", endpoint_id, kept
    )
    await _note(connection, principal, "webhook.secret_made", endpoint_id, overlap=data.overlap_hours)
    return _shown(await _held(connection, principal, endpoint_id), secret, text=text)


@post("/webhook-endpoints/{endpoint_id:uuid}/remove", status_code=204)
async def remove_endpoint(
    endpoint_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Forget an endpoint and what was on its way to it."""
    await _held(connection, principal, endpoint_id)
    await connection.execute("delete from webhook_message where endpoint_id = $1", endpoint_id)
    await connection.execute("delete from webhook_endpoint where id = $1", endpoint_id)
    await _note(connection, principal, "webhook.removed", endpoint_id)


@get("/webhook-endpoints/{endpoint_id:uuid}/messages", opt={QUERY: ("which", "cursor", "limit")})
async def list_messages(
    endpoint_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    which: Which = "dead",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[ShownMessage]:
    """Messages that were put aside, wait or were taken: when, of which type and why; never of whom."""
    await _held(connection, principal, endpoint_id)
    listing = Listing.asked(request, principal, cursor, limit, "messages", str(endpoint_id), which)
    place = listing.after(tuple[datetime, UUID])
    rows = await connection.fetch(
        """
        select id as message_id, type, state, attempts, created_at, due_at, ended_at, error
        from webhook_message
        where endpoint_id = $1 and state = $2
          and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
        order by created_at desc, id desc limit $5
        """,
        endpoint_id,
        which,
        *(place or (None, None)),
        listing.rows,
    )
    return listing.page(
        [ShownMessage(**dict(row)) for row in rows], lambda line: (line.created_at, line.message_id)
    )


@post("/webhook-endpoints/{endpoint_id:uuid}/messages/{message_id:uuid}/replay", status_code=202)
async def replay_message(
    endpoint_id: FromPath[UUID],
    message_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Send a message once more under its own id, after it was put aside or taken."""
    held = await _held(connection, principal, endpoint_id)
    own = await connection.fetchval(
        "select true from webhook_message where id = $1 and endpoint_id = $2", message_id, endpoint_id
    )
    if not own:
        raise Refusal(ErrorCode.NOT_FOUND)
    if not held.active:
        raise Refusal(ErrorCode.INVALID, "the endpoint is stopped")
    await queue.try_again(connection, "webhook_message", message_id, now=datetime.now(UTC))
    await _note(connection, principal, "webhook.replayed", endpoint_id, message=str(message_id))


def _account(principal: Principal) -> UUID | None:
    """Return whose endpoints somebody keeps: a service its own; None for the administrator: everybody's."""
    if principal.areas is not None:
        return principal.associate_id
    if principal.role is not Role.ADMINISTRATOR:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return None


async def _held(connection: Connection, principal: Principal, endpoint_id: UUID) -> Endpoint:
    account_id = _account(principal)
    held = await endpoints.endpoint(connection, endpoint_id)
    if held is None or held.brand != principal.brand or account_id not in (None, held.account_id):
        raise Refusal(ErrorCode.NOT_FOUND)
    return held


def _checked(url: str, *, inside: bool) -> str:
    try:
        return checked_url(url, inside=inside)
    except HostRefused as error:
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/url", detail=str(error)),)) from error


def _new_secret(signing: Signing) -> str:
    if signing == "ed25519":
        return new_private_key()
    return STANDARD + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def _shown(held: Endpoint, secret: bytes, *, text: str | None = None) -> ShownEndpoint:
    good = held.secrets(secret, now=datetime.now(UTC))
    return ShownEndpoint(
        endpoint_id=held.id,
        account_id=held.account_id,
        url=held.url,
        types=held.types,
        active=held.active,
        failing_since=held.failing_since,
        stopped_because=held.stopped_because,
        secret=None if text is None or text.startswith(PRIVATE) else text,
        public_keys=[public_key(each) for each in good if each.startswith(PRIVATE)],
    )


async def _note(
    connection: Connection, principal: Principal, action: str, endpoint_id: UUID, **facts: Any
) -> None:
    await chain.append(
        connection, principal, action, subject_kind="webhook", subject_id=endpoint_id, facts=facts
    )


router = Router(
    "/v1",
    route_handlers=[
        list_endpoints, make_endpoint, change_endpoint, change_secret, remove_endpoint, list_messages,
        replay_message,
    ],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["webhooks"],
)  # fmt: skip
