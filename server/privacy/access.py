"""The access file: everything kept about a person, for her (GDPR 15 and 20), as JSON.

It is drawn from the list of all tables and columns there are: what is new is in, until a reason keeps it out.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from schemas.problem import ErrorCode
from server.audit import chain
from server.auth.principal import Principal
from server.database import catalogue
from server.database.pool import Connection
from server.privacy.access_words import (
    AWAITED,
    DELIVERED,
    GONE,
    HELD,
    HOLDERS,
    INTERNAL,
    LINK,
    OTHERS,
    PROMISED,
    SEARCH,
    SEEN,
    STAFF,
    STAMPS,
    TRAVELS,
    UNDONE,
    WITHIN,
    said,
)
from server.problems import Refusal
from server.scope import reachable

NOT_HERS: Mapping[str, str] = {
    "erasure": GONE,
    "erasure_ack": GONE,
    "erasure_case": GONE,
    "erasure_fingerprint": GONE,
    "import_refusal": AWAITED,
    "awaiting": AWAITED,
    "awaiting_key": AWAITED,
    "delivery": DELIVERED,
    "import_file": DELIVERED,
    "import_batch": INTERNAL,
    "merge_record": INTERNAL,
    "purchase_line": WITHIN,
    "snapshot_file": TRAVELS,
    "snapshot_part": TRAVELS,
}

# table -> its column of the person. Drawn from the list of all tables there are: one more is in the file at
# once, and so is one more column. "purchase_line" hangs on its purchase.
TABLES: Mapping[str, str] = {"customer": "id"} | {
    table: column
    for table, held in catalogue.TABLES.items()
    for column in ("customer_id", "record_id")
    if column in held.columns.split() and table not in NOT_HERS
}

# Tables that name her otherwise: which rows are hers, $1 being her ids.
OTHERWISE: Mapping[str, str] = {
    "merge": "t.loser = any($1) or t.winner = any($1)",
    "identity_pair": "t.one = any($1) or t.other = any($1)",
    "visitor_link": "exists (select from source_record s where s.source = t.source"
    " and s.source_id = t.reference and s.customer_id = any($1))",
    "import_before": "t.subject = 'customer' and t.before is not null and t.key = any($1::uuid[]::text[])",
}

# table -> column -> why it is not in the file. A table that is whole outside has one reason under "*".
OUT: Mapping[str, Mapping[str, str]] = {
    "customer": {"stamps": STAMPS, "erased_at": INTERNAL},
    "customer_part": {"root": LINK, "turns": INTERNAL},
    "consent_event": {
        "position": INTERNAL, "author": STAFF, "mutation_id": INTERNAL, "device_id": INTERNAL,
        "confirms": INTERNAL,
    },
    "purchase": {"author": STAFF, "mutation_id": INTERNAL, "revision": INTERNAL},
    "touchpoint": {"author": STAFF, "mutation_id": INTERNAL},
    "loyalty_entry": {"author": STAFF, "mutation_id": INTERNAL, "holder": STAFF, "held": INTERNAL},
    "source_record": {"batch_id": INTERNAL},
    "field_past": {"id": INTERNAL, "lost_to": INTERNAL, "stamp": STAFF},
    "held_edit": {
        "base": INTERNAL, "author": STAFF, "device_id": INTERNAL, "policy_version": INTERNAL,
        "hlc": INTERNAL, "decided_by": STAFF,
    },
    "conflict": {
        "theirs_stamp": STAFF, "mine_stamp": STAFF, "mutation_id": INTERNAL, "owner": STAFF,
        "hlc": INTERNAL, "decided_by": STAFF,
    },
    "processing_limit": {"asked_by": STAFF, "lifted_by": STAFF},
    "privacy_case": {"opened_by": STAFF, "answered_by": STAFF},
    "promise": {"*": PROMISED},
    "outgoing": {
        "author": STAFF, "attempts": INTERNAL, "not_before": INTERNAL, "claim": INTERNAL,
        "claimed_until": INTERNAL, "answer": INTERNAL,
    },
    "reveal": {"associate_id": STAFF, "device_id": INTERNAL},
    "contact_point": {"*": SEARCH},
    "customer_search": {"*": SEARCH},
    "identity_key": {"*": SEARCH},
    "identity_seen": {"*": SEARCH},
    "fragment": {"*": TRAVELS},
    "receipt": {"*": INTERNAL},
    "late_verdict": {"*": INTERNAL},
    "idempotency_key": {"*": INTERNAL},
    "member": {"*": HELD},
    "pin": {"*": HELD},
    "awaiting_match": {"*": INTERNAL},
    "import_edit": {"*": INTERNAL},
    "webhook_message": {"*": INTERNAL},
    "extraction_person": {"*": SEEN},
    "merge": {"merged_by": STAFF, "undone_by": STAFF, "turn": INTERNAL},
    "identity_pair": {"one": OTHERS, "other": OTHERS, "bits": INTERNAL, "decided_by": STAFF},
    "visitor_link": {"visitor": LINK},
    "import_before": {"batch_id": INTERNAL, "subject": INTERNAL, "before": UNDONE},
}  # fmt: skip

_LATEST_READS = 5_000


async def access_file(connection: Connection, principal: Principal, customer_id: UUID) -> dict[str, Any]:
    """Return everything kept about a person, by table, and who has seen it.

    Raises:
        Refusal: NOT_FOUND.
    """
    root = await connection.fetchval("select coalesce(alias_of, id) from customer where id = $1", customer_id)
    if root is None or not await reachable(connection, principal, [root]):
        raise Refusal(ErrorCode.NOT_FOUND)
    rows = await connection.fetch("select id from customer where id = $1 or alias_of = $1 order by id", root)
    ids = [row["id"] for row in rows]
    file: dict[str, Any] = {"ids": [str(each) for each in ids]}
    for table, column in TABLES.items():
        if "*" not in OUT.get(table, {}):
            file[table] = await _rows_of(connection, table, f"t.{column} = any($1)", ids)
    for part in file["customer_part"]:
        part["stamps"] = _sources(part.get("stamps"))
    for table, hers in OTHERWISE.items():
        file[table] = await _rows_of(connection, table, hers, ids)
    file["provenance"] = await _provenance(connection, root)
    file["held_in"] = await _held_in(connection, ids)
    file["read_by"] = await _read_by(connection, ids)
    file["left_out"] = {
        **{table: dict(columns) for table, columns in OUT.items()},
        **{table: {"*": reason} for table, reason in NOT_HERS.items()},
    }
    await chain.append(
        connection, principal, "customer.access_file", subject_kind="customer", subject_id=root
    )
    return file


async def _rows_of(connection: Connection, table: str, hers: str, ids: list[UUID]) -> list[Any]:
    left_out = list(OUT.get(table, {}))
    lines = ""
    if table == "import_before":
        lines = " || jsonb_build_object('values', jsonb_strip_nulls(t.before - 'stamps'))"
    if table == "purchase":
        lines = """ || jsonb_build_object('lines', coalesce((
            select jsonb_agg(jsonb_strip_nulls(to_jsonb(l) - 'purchase_id') order by l.position)
            from purchase_line l where l.purchase_id = t.id), '[]'))"""
    rows = await connection.fetch(
        f"select jsonb_strip_nulls(to_jsonb(t) - $2::text[]){lines} as line"  # noqa: S608 (our own names)
        f" from {table} t where {hers} order by 1",
        ids,
        left_out,
    )
    return [row["line"] for row in rows]


async def _provenance(connection: Connection, root: UUID) -> dict[str, Any]:
    return _sources(await connection.fetchval("select stamps from customer where id = $1", root))


def _sources(stamps: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return where each value came from; of the author only whether it was one of the house."""
    return {
        path: {"channel": stamp["channel"], "at": stamp["at"], "store": stamp.get("store")}
        for path, stamp in sorted((stamps or {}).items())
    }


async def _held_in(connection: Connection, ids: list[UUID]) -> list[str]:
    rows = await connection.fetch(
        """
        select distinct split_part(s.key, ':', 1) as kind,
               case when s.key like 'store:%' then s.key end as key
        from member m join scope s on s.id = m.scope where m.record_id = any($1) and m.state = 1 order by 1, 2
        """,
        ids,
    )
    return [row["key"] or said(HOLDERS, row["kind"], "en") for row in rows]


async def _read_by(connection: Connection, ids: list[UUID]) -> list[Any]:
    """Who has seen or changed her data: by role, store and what was done; the latest few thousand times."""
    rows = await connection.fetch(
        """
        select jsonb_strip_nulls(jsonb_build_object('action', action, 'role', role, 'store', store,
                 'times', count(*), 'last', max(at))) as line
        from (select * from audit_event where subject_id = any($1) order by id desc limit $2) seen
        group by action, role, store order by max(at) desc
        """,
        ids,
        _LATEST_READS,
    )
    return [row["line"] for row in rows]
