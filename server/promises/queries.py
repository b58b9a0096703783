"""Finds promises across customers; what each one says is read from its customer, through a lens."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Struct
from schemas.visibility import Lens
from server.customers.queries import read_profiles
from server.database.pool import Connection
from server.scope import REACHABLE

FIRST = ("", UUID(int=0))  # sorts before every promise
NAMES = ("title", "given_name", "family_name")


class Listed(Struct, omit_defaults=True):
    """A promise in a list, with the customer it was made to, as the reader's lens shows them."""

    customer_id: UUID
    id: UUID
    kind: str  # task, appointment, case
    day: str  # ISO date (UTC) it is due or takes place; empty for none
    customer: dict[str, msgspec.Raw]
    said: msgspec.Raw


async def list_open(
    connection: Connection,
    *,
    fields: Sequence[str],
    owners: Sequence[str] | None,
    until: str | None,
    scopes: Sequence[str],
    lens: Lens,
    after: tuple[str, UUID],
    limit: int,
) -> list[Listed]:
    """Return promises that are not ended, those without a day first, then by day.

    Args:
        fields: where they are kept; only those that the lens reads may be given.
        owners: whose they are; None for anybody's.
        until: the last day looked at; None for all.
    """
    rows = await connection.fetch(
        f"""
        select p.id, p.customer_id, p.field, p.day from promise p
        where not p.ended and p.field = any($1) and ($2::text[] is null or p.owner = any($2))
          and ($3::text is null or p.day <= $3) and (p.day, p.id) > ($4, $5)
          and {REACHABLE.format(record="p.customer_id", keys="$6")}
        order by p.day, p.id limit $7
        """,  # noqa: S608 (the text put in is ours)
        list(fields),
        list(owners) if owners is not None else None,
        until,
        *after,
        list(scopes),
        limit,
    )
    customers = [row["customer_id"] for row in rows]
    profiles = await read_profiles(connection, customers, scopes=scopes, lens=lens)
    listed = []
    for row in rows:
        fields_read = profiles.get(row["customer_id"], {})
        things = msgspec.json.decode(fields_read.get(row["field"], b"{}"), type=dict[str, msgspec.Raw])
        listed.append(
            Listed(
                customer_id=row["customer_id"],
                id=row["id"],
                kind=row["field"].removesuffix("s"),
                day=row["day"],
                customer={name: msgspec.Raw(fields_read[name]) for name in NAMES if name in fields_read},
                said=things.get(str(row["id"]), msgspec.Raw(b"{}")),
            )
        )
    return listed


def things_in(fields: dict[str, bytes], field: str) -> dict[str, Any]:
    """Return the things of one kind out of a customer's fields, the latest first."""
    held: dict[str, Any] = msgspec.json.decode(fields.get(field, b"{}"))
    return dict(sorted(held.items(), key=lambda each: (each[1]["at"], each[0]), reverse=True))
