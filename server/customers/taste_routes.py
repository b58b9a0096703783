"""Doors to what a customer wears and likes: sizes, likes and dislikes, one entry at a time."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, Router, delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, PathParameter

from schemas.mutations import AddElement, Mutation, PutEntry, RemoveElement, RemoveEntry
from schemas.problem import ErrorCode
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers import queries
from server.customers.routes import etag_of
from server.customers.views import ONE_CUSTOMER
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens, require_reachable, require_readable
from server.rest.paging import known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes

TASTE = (
    "sizes",
    "computed_sizes",
    "likes",
    "dislikes",
    "occasions",
    "wish_list",
    "advice",
    "payment_preference",
    "delivery_preference",
    "contact_preference",
)
KEYED = {"sizes": "sizes", "wish-list": "wish_list", "advice": "advice"}
SETS = {"likes": "likes", "dislikes": "dislikes", "occasions": "occasions"}

Key = Annotated[str, PathParameter(min_length=1, max_length=80)]


@get("/customers/{customer_id:uuid}/preferences", opt={AS_CALLER: True}, responses=ONE_CUSTOMER)
async def read_preferences(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Response[bytes]:
    """Sizes told and computed, likes, dislikes, occasions, wishes, payment and delivery preference."""
    require_readable(lens, *TASTE)
    response = await _preferences(connection, principal, lens, customer_id)
    await chain.append(
        connection, principal, "customer.preferences_read", subject_kind="customer", subject_id=customer_id
    )
    return response


@put("/customers/{customer_id:uuid}/preferences/{kind:str}/{key:str}", responses=ONE_CUSTOMER)
async def put_preference(
    customer_id: FromPath[UUID],
    kind: Key,
    key: Key,
    data: JSONBody[dict[str, Any]],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Response[bytes]:
    """Say a size (``sizes/shoes``: ``{"value": "38"}``), a wish, or a like (``likes/cashmere``: ``{}``)."""
    mutation: Mutation
    if kind in KEYED:
        mutation = PutEntry(field=KEYED[kind], key=key, value=data)
    elif kind in SETS and not data:
        mutation = AddElement(field=SETS[kind], element=key)
    elif kind in SETS:
        raise Refusal(ErrorCode.INVALID, "an element of a set has no content: send {}")
    else:
        raise Refusal(ErrorCode.NOT_FOUND)
    return await _change(connection, principal, lens, customer_id, mutation, writer)


@delete(
    "/customers/{customer_id:uuid}/preferences/{kind:str}/{key:str}", status_code=200, responses=ONE_CUSTOMER
)
async def delete_preference(
    customer_id: FromPath[UUID],
    kind: Key,
    key: Key,
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Response[bytes]:
    """Take a size, a wish or a like back. What is not there is gone already."""
    mutation: Mutation
    if kind in KEYED:
        mutation = RemoveEntry(field=KEYED[kind], key=key)
    elif kind in SETS:
        fields = await queries.read_profile(
            connection, customer_id, scopes=customer_scopes(principal), lens=lens
        )
        held = msgspec.json.decode((fields or {}).get(SETS[kind], b"{}"), type=dict[str, tuple[UUID, ...]])
        mutation = RemoveElement(field=SETS[kind], element=key, seen=held.get(key, ()))
    else:
        raise Refusal(ErrorCode.NOT_FOUND)
    return await _change(connection, principal, lens, customer_id, mutation, writer)


async def _change(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    customer_id: UUID,
    mutation: Mutation,
    writer: Writer,
) -> Response[bytes]:
    await require_reachable(connection, principal, customer_id)
    seen = await queries.revisions(connection, customer_id)
    await writer.write(customer_id, [mutation], seen=seen)
    return await _preferences(connection, principal, lens, customer_id)


async def _preferences(
    connection: Connection, principal: Principal, lens: Lens, customer_id: UUID
) -> Response[bytes]:
    fields = await queries.read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    body = queries.encode_profile(customer_id, fields, TASTE)
    return Response(body, media_type=MediaType.JSON, headers={"ETag": etag_of(body)})


router = Router(
    "/v1",
    route_handlers=[read_preferences, put_preference, delete_preference],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
