"""The doors where platforms knock: verified, kept word for word, answered at once."""

import base64
import binascii
import time
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from litestar import Request, Response, Router, post
from litestar.params import FromPath

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.auth.guard import PUBLIC
from server.connectors.kinds import is_ping, named
from server.connectors.registry import Connector, connector
from server.connectors.signatures import Headers, shopify, write_key
from server.database.pool import Connection, transaction
from server.gate import ACCEPTS, ANYTHING
from server.problems import Refusal
from server.rest.paging import known_parameters

_KEY: Final = "wk_"
_NOBODY: Final = ("no secret that anybody was told",)  # compared with where there is no connector


class Kept(Struct):
    """The delivery is kept, and will be dealt with; also when it was kept before."""

    status: str = "kept"


@post("/hooks/{connector_id:uuid}", status_code=200, opt={PUBLIC: True, ACCEPTS: ANYTHING}, tags=["hooks"])
async def receive(connector_id: FromPath[UUID], request: Request[Any, Any, Any]) -> Response[Kept]:
    """A delivery of a platform, signed as it signs. Unknown connectors and wrong signatures look the same."""
    body, headers = await request.body(), _headers(request)
    async with transaction(request.app.state.pool) as connection:
        held = await connector(connection, connector_id)
        if held is not None and held.kind == "woocommerce" and is_ping(headers, body):
            return Response(Kept())
        secrets = held.secrets(request.app.state.settings.secret, now=datetime.now(UTC)) if held else _NOBODY
        verify = held.source_kind().verify if held else shopify
        if not verify(secrets, headers, body, time.time()) or held is None:
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        reference, topic = named(held.source_kind(), headers, body)
        await keep(connection, held, reference=reference, topic=topic, body=body)
    return Response(Kept())


@post(
    ["/identify", "/track", "/page", "/screen", "/alias", "/group", "/batch"],
    status_code=200,
    opt={PUBLIC: True},
    tags=["hooks"],
)
async def collect(request: Request[Any, Any, Any]) -> Response[Kept]:
    """A call of a library that speaks Segment's HTTP interface, with the connector's write key."""
    body, headers = await request.body(), _headers(request)
    async with transaction(request.app.state.pool) as connection:
        held = await connector(connection, _connector_of(headers))
        secrets = held.secrets(request.app.state.settings.secret, now=datetime.now(UTC)) if held else _NOBODY
        if not write_key(secrets, headers) or held is None or held.kind != "segment":
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        reference, _ = named(held.source_kind(), headers, body)
        topic = request.url.path.rpartition("/")[2]
        await keep(connection, held, reference=reference, topic=topic, body=body)
    return Response(Kept())


async def keep(connection: Connection, held: Connector, *, reference: str, topic: str, body: bytes) -> UUID:
    """Keep a delivery for whoever works through them; one that is there already is the same one."""
    made: UUID | None = await connection.fetchval(
        """
        insert into delivery (id, connector_id, reference, topic, body) values ($1, $2, $3, $4, $5)
        on conflict (connector_id, reference) do nothing returning id
        """,
        uuid4(),
        held.id,
        _storable(reference),
        _storable(topic),
        body,
    )
    if made is None:
        made = await connection.fetchval(
            "select id from delivery where connector_id = $1 and reference = $2",
            held.id,
            _storable(reference),
        )
    assert made is not None
    return made


def new_write_key(connector_id: UUID, random: str) -> str:
    """Return a write key: it says by itself which connector it is of."""
    return f"{_KEY}{connector_id.hex}_{random}"


def _connector_of(headers: Headers) -> UUID:
    """Return the connector that a write key names; one that cannot be read names nobody's."""
    try:
        told = base64.b64decode(headers.get("authorization", "").partition(" ")[2], validate=True)
        key = told.partition(b":")[0].decode("ascii")
        return UUID(hex=key.removeprefix(_KEY).partition("_")[0])
    except (binascii.Error, ValueError):
        return UUID(int=0)


def _headers(request: Request[Any, Any, Any]) -> Headers:
    """Return the headers; one that is given twice is as good as none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, value in request.headers.multi_items():
        if name in found:
            twice.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def _storable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


router = Router("/v1", route_handlers=[receive, collect], guards=[known_parameters])
