"""Reads customers as one person may see them: stored field groups, picked by lens and passed on undecoded."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.visibility import MASKED_SUFFIX, NOTES, Lens
from server.audit import chain
from server.auth.principal import Principal
from server.database.drawing import counting
from server.database.pool import Connection

Fields = dict[str, bytes]  # field -> its JSON, as the lens shows it; hidden and empty fields are absent


class _Body(msgspec.Struct):
    values: dict[str, msgspec.Raw]


class _BodyWithStamps(msgspec.Struct):
    values: dict[str, msgspec.Raw]
    stamps: dict[str, msgspec.Raw] = {}


_body = msgspec.json.Decoder(_Body)
_body_with_stamps = msgspec.json.Decoder(_BodyWithStamps)
_list = msgspec.json.Decoder(list[msgspec.Raw])

_REACHABLE = """exists (
    select from member m
    where m.record_id = {record} and m.state = 1
      and m.scope = any(array(select id from scope where key = any({keys}::text[]))))"""


_READ_AND_NOTE = f"""
with seen as materialized (
    select f.grp, f.body from fragment f
    where f.record_id = $1 and f.grp = any($2::text[]) and {_REACHABLE.format(record="$1", keys="$3")}),
noted as ({chain.noting(4)} where exists (select from seen)),
{counting("$4", "array[$1]", "exists (select from seen)")}
select grp, body from seen
"""  # noqa: S608 (the text put in is ours)


async def read_profile(
    connection: Connection, customer_id: UUID, *, scopes: Sequence[str], lens: Lens
) -> Fields | None:
    """Return what the lens shows of a customer, or None when she is unknown or outside the scopes."""
    rows = await connection.fetch(
        f"""
        select f.grp, f.body from fragment f
        where f.record_id = $1 and f.grp = any($2::text[]) and {_REACHABLE.format(record="$1", keys="$3")}
        """,  # noqa: S608 (the text put in is ours)
        customer_id,
        list(lens.groups),
        list(scopes),
    )
    return shown_of(((row["grp"], row["body"]) for row in rows), lens) if rows else None


async def read_profile_and_note(
    connection: Connection,
    customer_id: UUID,
    *,
    principal: Principal,
    scopes: Sequence[str],
    lens: Lens,
    wanted: Iterable[str],
) -> Fields | None:
    """Return what ``read_profile`` does, note who read which fields and count it, in one statement.

    It is atomic without a transaction around it. Nobody is noted for a customer he may not reach.
    """
    shown = [field for field in wanted if field in lens.levels]
    rows = await connection.fetch(
        _READ_AND_NOTE,
        customer_id,
        list(lens.groups),
        list(scopes),
        *chain.noted(principal, "customer.read", "customer", customer_id, {"fields": shown}),
    )
    return shown_of(((row["grp"], row["body"]) for row in rows), lens) if rows else None


async def read_profiles(
    connection: Connection, customer_ids: Sequence[UUID], *, scopes: Sequence[str], lens: Lens
) -> dict[UUID, Fields]:
    """Return what the lens shows of several customers; those outside the scopes are absent."""
    rows = await connection.fetch(
        f"""
        select f.record_id, f.grp, f.body from fragment f
        where f.record_id = any($1::uuid[]) and f.grp = any($2::text[])
          and {_REACHABLE.format(record="f.record_id", keys="$3")}
        """,  # noqa: S608 (the text put in is ours)
        list(customer_ids),
        list(lens.groups),
        list(scopes),
    )
    bodies: dict[UUID, list[tuple[str, str]]] = {}
    for row in rows:
        bodies.setdefault(row["record_id"], []).append((row["grp"], row["body"]))
    return {customer_id: shown_of(held, lens) for customer_id, held in bodies.items()}


async def read_stamps(
    connection: Connection, customer_id: UUID, *, scopes: Sequence[str], lens: Lens
) -> dict[str, msgspec.Raw] | None:
    """Return where each value came from that the role reads in clear, by path; else None."""
    groups = [group for group in lens.groups if not group.endswith(MASKED_SUFFIX)]
    rows = await connection.fetch(
        f"""
        select f.body from fragment f
        where f.record_id = $1 and f.grp = any($2::text[]) and {_REACHABLE.format(record="$1", keys="$3")}
        """,  # noqa: S608 (the text put in is ours)
        customer_id,
        groups,
        list(scopes),
    )
    if not rows:
        return None
    return {
        path: stamp for row in rows for path, stamp in _body_with_stamps.decode(row["body"]).stamps.items()
    }


async def read_in_clear(
    connection: Connection, customer_id: UUID, field: str, *, group: str, scopes: Sequence[str]
) -> tuple[bool, Any]:
    """Return whether a customer is within the scopes, and the value of a field in clear.

    For a person who sees it masked and has said why he needs it; nobody else may call this.
    """
    row = await connection.fetchrow(
        f"""
        select {_REACHABLE.format(record="$1", keys="$3")} as reachable,
               (select body from fragment where record_id = $1 and grp = $2) as body
        """,  # noqa: S608 (the text put in is ours)
        customer_id,
        group,
        list(scopes),
    )
    assert row is not None
    if not row["reachable"] or row["body"] is None:
        return bool(row["reachable"]), None
    return True, msgspec.json.decode(row["body"])["values"].get(field)


async def in_clear_of_many(
    connection: Connection, customer_ids: Sequence[UUID], *, groups: Sequence[str], scopes: Sequence[str]
) -> dict[UUID, dict[str, Any]]:
    """Return the values of some groups in clear, of those customers who are within the scopes.

    To be sealed for a person who sees them masked; nobody else may call this.
    """
    rows = await connection.fetch(
        f"""
        select f.record_id, f.body from fragment f
        where f.record_id = any($1) and f.grp = any($2)
          and {_REACHABLE.format(record="f.record_id", keys="$3")}
        """,  # noqa: S608 (the text put in is ours)
        list(customer_ids),
        list(groups),
        list(scopes),
    )
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["record_id"], {}).update(msgspec.json.decode(row["body"])["values"])
    return found


async def list_customers(
    connection: Connection, *, scopes: Sequence[str], after: UUID | None, limit: int
) -> list[UUID]:
    """Return the customers of these scopes in the order of their ids, after one of them."""
    rows = await connection.fetch(
        """
        select distinct near.record_id
        from scope s cross join lateral (
            select m.record_id from member m
            where m.scope = s.id and m.state = 1 and m.record_id > $2
            order by m.record_id limit $3) as near
        where s.key = any($1::text[])
        order by near.record_id limit $3
        """,
        list(scopes),
        after or UUID(int=0),
        limit,
    )
    return [row["record_id"] for row in rows]


async def revisions(connection: Connection, customer_id: UUID) -> dict[str, int]:
    """Return the revision of every value of a customer, and hold her row until the transaction ends."""
    stamps: dict[str, Any] | None = await connection.fetchval(
        "select stamps from customer where id = $1 for update", customer_id
    )
    return {path: int(stamp["rev"]) for path, stamp in (stamps or {}).items()}


def encode_profile(customer_id: UUID, fields: Fields, wanted: Iterable[str] = FIELDS) -> bytes:
    """Return the JSON object of a customer: her id, then the wanted fields in their order."""
    parts = [f'"id":"{customer_id}"'.encode()]
    parts += [f'"{field}":'.encode() + fields[field] for field in wanted if field in fields]
    return b"{" + b",".join(parts) + b"}"


def shown_of(bodies: Iterable[tuple[str, str]], lens: Lens) -> Fields:
    """Return what the lens shows of stored groups and their bodies."""
    fields: Fields = {}
    notes: list[msgspec.Raw] = []
    for group, body in bodies:
        masked = group.endswith(MASKED_SUFFIX)
        for field, raw in _body.decode(body).values.items():
            if field == NOTES and not masked:
                notes += _list.decode(raw)
            elif lens.reads(field) or (masked and field in lens.levels):
                fields[field] = bytes(raw)
    if notes and lens.reads(NOTES):
        notes.sort(key=_note_order, reverse=True)
        fields[NOTES] = b"[" + b",".join(bytes(note) for note in notes) + b"]"
    return fields


class _NoteOrder(msgspec.Struct):
    at: int
    note_id: str


_note_key = msgspec.json.Decoder(_NoteOrder)


def _note_order(note: msgspec.Raw) -> tuple[int, str]:
    key = _note_key.decode(note)
    return key.at, key.note_id


async def survivor_of(connection: Connection, customer_id: UUID, *, scopes: Sequence[str]) -> UUID | None:
    """Return whom a customer was merged into, if she is in these scopes."""
    survivor: UUID | None = await connection.fetchval(
        """
        select c.alias_of from customer c where c.id = $1 and exists (
          select from member m join scope s on s.id = m.scope
          where m.record_id = c.alias_of and m.state = 1 and s.key = any($2))
        """,
        customer_id,
        list(scopes),
    )
    return survivor
