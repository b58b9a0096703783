"""The access file: everything kept about a person, for her (GDPR 15 and 20), as JSON and as a readable page.

Every column of every table that is about her is in or out, with a reason; a test holds the list complete.
"""

import html
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.problem import ErrorCode
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.scope import reachable

IN = ""  # in the file

_INTERNAL = "a number of ours that says nothing about her"
_SEARCH = "another spelling of what is in the file, for search"
_LINK = "the id under which this is kept"
_STAFF = "who of the house wrote it: personal data of somebody else"

# table -> its column of the person; "purchase_line" hangs on its purchase
TABLES: Mapping[str, str] = {
    "customer": "id",
    "customer_part": "customer_id",
    "consent_event": "customer_id",
    "purchase": "customer_id",
    "touchpoint": "customer_id",
    "loyalty_entry": "customer_id",
    "source_record": "customer_id",
    "field_past": "record_id",
    "held_edit": "record_id",
    "conflict": "record_id",
    "processing_limit": "customer_id",
    "promise": "customer_id",
    "reveal": "customer_id",
    "contact_point": "customer_id",
    "customer_search": "customer_id",
    "identity_key": "customer_id",
    "identity_seen": "customer_id",
    "fragment": "record_id",
    "receipt": "record_id",
    "late_verdict": "record_id",
    "idempotency_key": "record_id",
    "member": "record_id",
    "pin": "record_id",
    "extraction_person": "customer_id",
}

# table -> column -> why it is not in the file. A table that is whole outside has one reason under "*".
OUT: Mapping[str, Mapping[str, str]] = {
    "customer": {"stamps": "told beside each value as where it came from", "erased_at": _INTERNAL},
    "customer_part": {"root": _LINK, "turns": _INTERNAL},
    "consent_event": {
        "position": _INTERNAL, "author": _STAFF, "mutation_id": _INTERNAL, "device_id": _INTERNAL,
    },
    "purchase": {"author": _STAFF, "mutation_id": _INTERNAL},
    "touchpoint": {"author": _STAFF, "mutation_id": _INTERNAL},
    "loyalty_entry": {"author": _STAFF, "mutation_id": _INTERNAL},
    "source_record": {"batch_id": _INTERNAL},
    "field_past": {"id": _INTERNAL, "lost_to": _INTERNAL, "stamp": _STAFF},
    "held_edit": {
        "base": _INTERNAL, "author": _STAFF, "device_id": _INTERNAL, "policy_version": _INTERNAL,
        "hlc": _INTERNAL, "decided_by": _STAFF,
    },
    "conflict": {
        "theirs_stamp": _STAFF, "mine_stamp": _STAFF, "mutation_id": _INTERNAL, "owner": _STAFF,
        "hlc": _INTERNAL, "decided_by": _STAFF,
    },
    "processing_limit": {"asked_by": _STAFF, "lifted_by": _STAFF},
    "promise": {"*": "a list by which what was promised is found; it is in the file in full"},
    "reveal": {"associate_id": _STAFF, "device_id": _INTERNAL},
    "contact_point": {"*": _SEARCH},
    "customer_search": {"*": _SEARCH},
    "identity_key": {"*": _SEARCH},
    "identity_seen": {"*": _SEARCH},
    "fragment": {"*": "the same values again, as they travel to tablets"},
    "receipt": {"*": _INTERNAL},
    "late_verdict": {"*": _INTERNAL},
    "idempotency_key": {"*": _INTERNAL},
    "member": {"*": "told as where she is held"},
    "pin": {"*": "told as where she is held"},
    "extraction_person": {"*": "that somebody read of her that day: told as who has seen it"},
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
            file[table] = await _rows_of(connection, table, column, ids)
    file["provenance"] = await _provenance(connection, root)
    file["held_in"] = await _held_in(connection, ids)
    file["read_by"] = await _read_by(connection, ids)
    file["left_out"] = {table: dict(columns) for table, columns in OUT.items()}
    await chain.append(
        connection, principal, "customer.access_file", subject_kind="customer", subject_id=root
    )
    return file


async def _rows_of(connection: Connection, table: str, column: str, ids: list[UUID]) -> list[Any]:
    left_out = list(OUT.get(table, {}))
    lines = ""
    if table == "purchase":
        lines = """ || jsonb_build_object('lines', coalesce((
            select jsonb_agg(jsonb_strip_nulls(to_jsonb(l) - 'purchase_id') order by l.position)
            from purchase_line l where l.purchase_id = t.id), '[]'))"""
    rows = await connection.fetch(
        f"select jsonb_strip_nulls(to_jsonb(t) - $2::text[]){lines} as line"  # noqa: S608 (our own names)
        f" from {table} t where t.{column} = any($1) order by 1",
        ids,
        left_out,
    )
    return [row["line"] for row in rows]


async def _provenance(connection: Connection, root: UUID) -> dict[str, Any]:
    """Where each value came from; of the author only whether it was one of the house."""
    stamps = await connection.fetchval("select stamps from customer where id = $1", root)
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
    words = {"brand": "head office", "own": "an associate's own book", "pin": "a tablet that looked her up"}
    return [row["key"] or words.get(row["kind"], row["kind"]) for row in rows]


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


_TITLES: Mapping[str, str] = {
    "customer": "What we know of you",
    "customer_part": "What each of your former records said",
    "consent_event": "What you allowed and withdrew",
    "purchase": "Your purchases",
    "touchpoint": "Contacts with us",
    "loyalty_entry": "Your points",
    "source_record": "What other systems told us",
    "field_past": "Earlier values",
    "held_edit": "Changes that were not made",
    "conflict": "Values two people disagreed about",
    "processing_limit": "What you asked us not to do",
    "reveal": "When a masked value was shown",
    "provenance": "Where each value came from",
    "held_in": "Where your data is held",
    "read_by": "Who has seen or changed it",
    "left_out": "What this file leaves out, and why",
    "ids": "Your numbers",
}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}}
h2{{margin-top:2.5rem}}table{{border-collapse:collapse;margin:.5rem 0 1rem}}
td,th{{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-top:1px solid #8884}}
:root{{color-scheme:light dark}}</style><h1>Your data</h1>{parts}</html>"""


def page_of(file: Mapping[str, Any]) -> bytes:
    """Return an access file as a page that a person can read. Nothing in it is a link or a script."""
    order = [*FIELDS, "id"]
    parts = [
        f"<h2>{html.escape(_TITLES.get(name, name))}</h2>{_shown(content, order)}"
        for name, content in file.items()
        if content
    ]
    return _PAGE.format(parts="".join(parts)).encode()


def _shown(value: Any, order: list[str]) -> str:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: (order.index(name) if name in order else len(order), name))
        rows = "".join(
            f"<tr><th>{html.escape(str(name).replace('_', ' '))}<td>{_shown(value[name], order)}"
            for name in names
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return " ".join(_shown(each, order) for each in value)
    return html.escape(value if isinstance(value, str) else msgspec.json.encode(value).decode())
