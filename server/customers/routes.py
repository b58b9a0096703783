"""Doors to customers: search and list, make known, read, change."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, Router, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from schemas.customer import FIELDS
from schemas.mutations import CreateCustomer, SetField
from schemas.problem import ErrorCode, FieldError
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers import queries, search
from server.customers.forms import as_kept
from server.customers.views import CUSTOMERS, NEW_CUSTOMER, ONE_CUSTOMER
from server.database.pool import Connection, Pool, transaction
from server.problems import Refusal
from server.rest.access import lists_of, provide_lens
from server.rest.idempotency import IdempotencyKey, claim, keep_result
from server.rest.paging import QUERY, Cursor, Cursors, Limit, Word, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes, standing_before_one, store_scope

# What a list shows of each customer.
SUMMARY = (
    "title",
    "given_name",
    "family_name",
    "town",
    "email",
    "phone",
    "home_store",
    "associate_id",
    "loyalty_card",
    "loyalty",
)
# What a profile leaves out unless it is asked for by ``expand``, and the field it is.
EXPANDABLE = {
    "purchases": "purchases",
    "timeline": "touchpoints",
    "notes": "notes",
    "consents": "consents",
    "owned": "owned",
    "wish_list": "wish_list",
    "spend": "spend",
}
PROVENANCE = "provenance"
LONGEST_EXPAND = 200

Query = Annotated[str | None, QueryParameter(min_length=1, max_length=search.LONGEST_QUERY)]
Returning = Annotated[bool, QueryParameter()]
Expand = Annotated[str | None, QueryParameter(min_length=1, max_length=LONGEST_EXPAND)]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match")]


@get("/customers", opt={QUERY: ("q", "store", "cursor", "limit"), AS_CALLER: True}, responses=CUSTOMERS)
async def list_customers(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    q: Query = None,
    store: Word = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response[bytes]:
    """Find customers by name, phone, e-mail or card, best first; without ``q`` list them all."""
    scopes = _scopes(principal, store)
    cursors = Cursors(request.app.state.settings, principal, ("customers", q, store))
    async with lists_of(request, connection, principal) as reading:
        if q is None:
            after = cursors.open(cursor, tuple[UUID])
            found = await queries.list_customers(
                reading, scopes=scopes, after=after[0] if after else None, limit=limit + 1
            )
            places: list[tuple[Any, ...]] = [(customer_id,) for customer_id in found]
        else:
            place = cursors.open(cursor, tuple[int, UUID])
            hits = await search.find(reading, q, scopes=scopes, lens=lens)
            ranked = [(-hit.score, hit.customer_id) for hit in hits]
            left = [rank for rank in ranked if place is None or rank > place][: limit + 1]
            found, places = [customer_id for _, customer_id in left], list(left)
        shown = found[:limit]
        profiles = await queries.read_profiles(reading, shown, scopes=scopes, lens=lens)
    await chain.append_many(
        connection,
        principal,
        "customer.listed",
        "customer",
        [(customer_id, {"fields": _named(profiles[customer_id], SUMMARY)}) for customer_id in profiles],
    )
    rows = [
        queries.encode_profile(customer_id, profiles[customer_id], SUMMARY)
        for customer_id in shown
        if customer_id in profiles
    ]
    more = len(found) > limit
    ending = msgspec.json.encode(
        {"has_more": more, "next_cursor": cursors.seal(places[limit - 1]) if more else None}
    )
    return _json(b'{"data":[' + b",".join(rows) + b"]," + ending[1:])


@post("/customers", opt={QUERY: ("returning",)}, status_code=201, responses=NEW_CUSTOMER)
async def create_customer(
    data: JSONBody[dict[str, Any]],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    returning: Returning = False,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Make a person known. Sets (likes, tags) are given as lists, keyed collections as objects.

    Somebody who was forgotten is refused (``person_erased``) unless she herself asks to be known again:
    ``returning=true``.
    """
    if not customer_scopes(principal):
        raise Refusal(ErrorCode.NOT_ALLOWED)
    claimed = await claim(connection, principal, request, idempotency_key)
    if claimed.repeated and claimed.record_id is not None:
        customer_id = claimed.record_id
    else:
        values = {field: as_kept(field, value) for field, value in data.items()}
        if "home_store" not in values and lens.may_give("home_store") and (home := _home_of(principal)):
            values["home_store"] = home
        await _require_known(connection, values)
        customer_id = writer.new_id()
        await writer.write(customer_id, [CreateCustomer(values=values, returning=returning)], claimed=claimed)
        await keep_result(connection, claimed, customer_id)
    body = await _profile(connection, principal, lens, customer_id, "customer.read", FIELDS)
    return _json(
        body, status_code=201, headers={"Location": f"/v1/customers/{customer_id}", "ETag": etag_of(body)}
    )


@get("/customers/{customer_id:uuid}", opt={QUERY: ("expand",)}, responses=ONE_CUSTOMER)
async def read_customer(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    expand: Expand = None,
    if_none_match: IfNoneMatch = None,
) -> Response[bytes]:
    """One customer. ``expand`` adds, separated by commas: purchases, timeline, notes, consents, owned,
    wish_list, spend, provenance."""
    wanted, provenance = expanded(expand)
    scopes = customer_scopes(principal)
    pool: Pool = request.app.state.pool
    async with transaction(pool, standing_before_one(principal, lens)) as connection:
        fields = await queries.read_profile_and_note(
            connection, customer_id, principal=principal, scopes=scopes, lens=lens, wanted=wanted
        )
        if fields is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        stamps = None
        if provenance:
            stamps = await queries.read_stamps(connection, customer_id, scopes=scopes, lens=lens)
        body = encoded(customer_id, fields, wanted, stamps)
    etag = etag_of(body)
    if if_none_match is not None and matches(if_none_match, etag):
        return Response(b"", status_code=304, media_type=MediaType.JSON, headers={"ETag": etag})
    return _json(body, headers={"ETag": etag})


@patch("/customers/{customer_id:uuid}", opt={QUERY: ("expand",)}, responses=ONE_CUSTOMER)
async def change_customer(
    customer_id: FromPath[UUID],
    data: JSONBody[dict[str, Any]],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    expand: Expand = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Change single values; null clears one. Sizes, likes and the like have doors of their own.

    ``If-Match`` is the ETag of a read with the same ``expand``.
    """
    wanted, provenance = expanded(expand)
    body = await _profile(connection, principal, lens, customer_id, None, wanted)
    claimed = await claim(connection, principal, request, idempotency_key)
    if not claimed.repeated:
        seen = await queries.revisions(connection, customer_id)
        if not data:
            raise Refusal(ErrorCode.INVALID, "nothing to change")
        if if_match is not None:
            body = await _profile(
                connection, principal, lens, customer_id, None, wanted, provenance=provenance
            )
            if not matches(if_match, etag_of(body)):
                raise Refusal(ErrorCode.PRECONDITION_FAILED)
        edits = [SetField(field=field, value=as_kept(field, value)) for field, value in data.items()]
        await _require_known(connection, data)
        await writer.write(customer_id, edits, claimed=claimed, seen=seen)
        if "home_store" in data:
            scopes = customer_scopes(principal)
            if await queries.read_profile(connection, customer_id, scopes=scopes, lens=lens) is None:
                return _json(
                    msgspec.json.encode({"id": customer_id})
                )  # she has gone where he does not see her
    body = await _profile(
        connection, principal, lens, customer_id, "customer.read", wanted, provenance=provenance
    )
    return _json(body, headers={"ETag": etag_of(body)})


@get("/customers/{customer_id:uuid}/provenance", opt={AS_CALLER: True})
async def read_provenance(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> dict[str, msgspec.Raw]:
    """Where each value came from: who said it, where, when, on which device; by field or field/entry."""
    stamps = await queries.read_stamps(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if stamps is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(
        connection, principal, "customer.provenance_read", subject_kind="customer", subject_id=customer_id
    )
    return dict(sorted(stamps.items()))


_STORE = "select exists (select from store where code = $1)"
_ASSOCIATE = "select exists (select from associate where id::text = $1)"
_HOUSE = (
    ("home_store", _STORE, "no such store"),
    ("associate_id", _ASSOCIATE, "no such associate"),
    ("second_associate_id", _ASSOCIATE, "no such associate"),
)


async def _require_known(connection: Connection, values: Mapping[str, Any]) -> None:
    """Let nobody be given to a store or to somebody of whom the house knows nothing.

    Raises:
        Refusal: FIELD_INVALID, naming the field.
    """
    wrong = []
    for field, known, what in _HOUSE:
        value = values.get(field)
        if value is not None and not await connection.fetchval(known, str(value)):
            wrong.append(FieldError(pointer=f"/{field}", detail=what))
    if wrong:
        raise Refusal(ErrorCode.FIELD_INVALID, errors=tuple(wrong))


def encoded(
    customer_id: UUID,
    fields: queries.Fields,
    wanted: tuple[str, ...],
    stamps: dict[str, msgspec.Raw] | None,
) -> bytes:
    """Return the body of a profile; with stamps it says where the wanted values came from."""
    body = queries.encode_profile(customer_id, fields, wanted)
    if stamps is None:
        return body
    shown = {path: stamp for path, stamp in sorted(stamps.items()) if path.partition("/")[0] in wanted}
    return body[:-1] + b',"provenance":' + msgspec.json.encode(shown) + b"}"


def etag_of(body: bytes) -> str:
    """Return the ETag of a body as one person sees it: what is hidden from him does not change it."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match header names this ETag."""
    return any(each.strip().removeprefix("W/") in {etag, "*"} for each in header.split(","))


async def _profile(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    customer_id: UUID,
    action: str | None,
    wanted: tuple[str, ...],
    *,
    provenance: bool = False,
) -> bytes:
    fields = await queries.read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if action is not None:
        await chain.append(
            connection,
            principal,
            action,
            subject_kind="customer",
            subject_id=customer_id,
            facts={"fields": _named(fields, wanted)},
        )
    stamps = None
    if provenance:
        stamps = await queries.read_stamps(
            connection, customer_id, scopes=customer_scopes(principal), lens=lens
        )
    return encoded(customer_id, fields, wanted, stamps)


@lru_cache(maxsize=512)
def expanded(expand: str | None) -> tuple[tuple[str, ...], bool]:
    """Return the fields that a profile holds with this ``expand``, and whether it says where they came from.

    Raises:
        Refusal: INVALID for an unknown name.
    """
    asked = {part.strip() for part in (expand or "").split(",") if part.strip()}
    if asked - {*EXPANDABLE, PROVENANCE}:
        raise Refusal(
            ErrorCode.INVALID,
            errors=(FieldError(pointer="/expand", detail=f"known: {', '.join((*EXPANDABLE, PROVENANCE))}"),),
        )
    left_out = {field for name, field in EXPANDABLE.items() if name not in asked}
    return tuple(field for field in FIELDS if field not in left_out), PROVENANCE in asked


def _home_of(principal: Principal) -> str | None:
    if principal.device_store is not None:
        return principal.device_store
    return principal.stores[0] if len(principal.stores) == 1 else None


def _scopes(principal: Principal, store: str | None) -> tuple[str, ...]:
    """Return the scopes to look in; a store that is unknown or not his leaves none."""
    scopes = customer_scopes(principal)
    if store is None or not scopes:
        return scopes
    return (store_scope(store),) if store in principal.stores else ()


def _named(fields: queries.Fields, wanted: tuple[str, ...]) -> list[str]:
    return [field for field in wanted if field in fields]


def _json(body: bytes, *, status_code: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(body, status_code=status_code, media_type=MediaType.JSON, headers=headers or {})


router = Router(
    "/v1",
    route_handlers=[list_customers, create_customer, read_customer, change_customer, read_provenance],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
