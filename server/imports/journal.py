"""What an import touched, as it was before: enough to take the whole batch back."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from schemas.ids import NOBODY
from schemas.mutations import Envelope
from server.database.pool import Connection

CUSTOMER, PART, SOURCE, COST = "customer", "part", "source", "cost"


async def note(connection: Connection, batch_id: UUID, envelopes: Sequence[Envelope]) -> None:
    """Note edits about to be submitted, and their customers as they are. What was noted first stays."""
    if not envelopes:
        return
    await connection.execute(
        """
        insert into import_edit (batch_id, mutation_id, record_id)
        select $1::uuid, * from unnest($2::uuid[], $3::uuid[])
        on conflict do nothing
        """,
        batch_id,
        [each.mutation_id for each in envelopes],
        [each.record_id for each in envelopes],
    )
    records = sorted({each.record_id for each in envelopes} - {NOBODY})
    await connection.execute(
        f"""
        with touched as (
          select distinct coalesce(c.alias_of, t.id) as id from unnest($2::uuid[]) as t (id)
          left join customer c on c.id = t.id)
        insert into import_before (batch_id, subject, key, before)
        select $1::uuid, '{CUSTOMER}', t.id::text, to_jsonb(c)
        from touched t left join customer c on c.id = t.id
        union all
        select $1::uuid, '{PART}', p.customer_id::text, to_jsonb(p)
        from touched t join customer_part p on p.root = t.id
        on conflict do nothing
        """,  # noqa: S608 (the words are ours)
        batch_id,
        records,
    )


async def note_sources(
    connection: Connection, batch_id: UUID, source: str, references: Iterable[str]
) -> None:
    """Note source records about to be written, as they are."""
    await connection.execute(
        f"""
        insert into import_before (batch_id, subject, key, before)
        select $1::uuid, '{SOURCE}', r.reference, to_jsonb(s) from unnest($3::text[]) as r (reference)
        left join source_record s on s.source = $2 and s.source_id = r.reference
        on conflict do nothing
        """,  # noqa: S608 (the word is ours)
        batch_id,
        source,
        list(references),
    )
