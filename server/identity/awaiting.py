"""What waits for its person: kept under keyed digests of what she showed, found when somebody has it too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from server.auth.sealing import keyed_digest
from server.database.pool import Connection

Form = tuple[str, str]  # kind and comparable form: ("card", "MB42"), ("visitor:shop", "…")


async def keep(
    connection: Connection,
    awaiting_id: UUID,
    *,
    source: str,
    said: Mapping[str, Any],
    forms: Sequence[Form],
    secret: bytes,
) -> None:
    """Keep what somebody did until she is known. Keeping it again changes nothing.

    Args:
        forms: by what she may be found, the surest first.
    """
    await connection.execute(
        "insert into awaiting (id, source, said) values ($1, $2, $3) on conflict do nothing",
        awaiting_id,
        source,
        said,
    )
    await connection.executemany(
        """
        insert into awaiting_key (awaiting_id, rank, digest) values ($1, $2, $3)
        on conflict (awaiting_id, rank) do update set digest = excluded.digest
        """,
        [(awaiting_id, rank, keyed_digest(secret, *form)) for rank, form in enumerate(forms)],
    )


async def held_under(connection: Connection, form: Form, secret: bytes) -> list[UUID]:
    """Return what waits under one digest, the first come first."""
    rows = await connection.fetch(
        """
        select a.id from awaiting_key k join awaiting a on a.id = k.awaiting_id
        where k.digest = $1 order by a.received_at, a.id
        """,
        keyed_digest(secret, *form),
    )
    return [row["id"] for row in rows]


async def match(connection: Connection, customer_id: UUID, forms: Iterable[Form], secret: bytes) -> None:
    """Note what waits under one of a customer's contacts; whoever claims it looks again."""
    digests = [keyed_digest(secret, *form) for form in forms]
    if digests:
        await connection.execute(
            """
            insert into awaiting_match (awaiting_id, customer_id)
            select distinct awaiting_id, $2::uuid from awaiting_key where digest = any($1::bytea[])
            on conflict (awaiting_id, customer_id)
              do update set state = 'waiting', due_at = now(), attempts = 0
            """,
            digests,
            customer_id,
        )


async def whose(connection: Connection, awaiting_id: UUID, brand: str, secret: bytes) -> UUID | None:
    """Return the one customer of a brand who has the surest of the contacts something waits under.

    None while nobody has one of them, or several people share it.
    """
    rows = await connection.fetch(
        "select digest from awaiting_key where awaiting_id = $1 order by rank", awaiting_id
    )
    near = await connection.fetch(
        """
        select p.kind, p.normalised, p.customer_id from awaiting_match m
        join contact_point p on p.customer_id = m.customer_id
        join customer c on c.id = m.customer_id and c.brand = $2 and c.alias_of is null
        where m.awaiting_id = $1
        """,
        awaiting_id,
        brand,
    )
    found: dict[bytes, set[UUID]] = {}
    for row in near:
        digest = keyed_digest(secret, row["kind"], row["normalised"])
        found.setdefault(digest, set()).add(row["customer_id"])
    for row in rows:
        holders = found.get(bytes(row["digest"]), set())
        if len(holders) == 1:
            return next(iter(holders))
    return None


async def drop(connection: Connection, awaiting_id: UUID) -> None:
    """Forget what waited: it has found its person, or is nobody's."""
    await connection.execute("delete from awaiting_key where awaiting_id = $1", awaiting_id)
    await connection.execute("delete from awaiting where id = $1", awaiting_id)


async def contacts_of(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, list[Form]]:
    """Return every contact of some customers in its comparable form."""
    rows = await connection.fetch(
        "select customer_id, kind, normalised from contact_point where customer_id = any($1)",
        list(customer_ids),
    )
    found: dict[UUID, list[Form]] = {each: [] for each in customer_ids}
    for row in rows:
        found[row["customer_id"]].append((row["kind"], row["normalised"]))
    return found


async def customer_with(connection: Connection, forms: Iterable[Form], brand: str) -> UUID | None:
    """Return the one customer of a brand with the first of these contacts that one person alone has."""
    for kind, form in forms:
        rows = await connection.fetch(
            """
            select distinct p.customer_id from contact_point p
            join customer c on c.id = p.customer_id and c.brand = $3 and c.alias_of is null
            where p.kind = $1 and p.normalised = $2 limit 2
            """,
            kind,
            form,
            brand,
        )
        if len(rows) == 1:
            found: UUID = rows[0]["customer_id"]
            return found
    return None
