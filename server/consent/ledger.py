"""The ledger of consent: what was said, kept whole as proof."""

from collections.abc import Sequence

from schemas.mutations import RecordConsent
from server.database.pool import Connection
from server.replication.workspace import Entry
from sync.reducer import consent_event


async def append_consents(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append what customers said; the same statement twice is one."""
    rows = []
    for entry in entries:
        assert isinstance(entry.mutation, RecordConsent) and entry.state is not None
        event = consent_event(entry.mutation, entry.said)
        rows.append(
            (
                event.event_id,
                entry.state.customer_id,
                event.brand,
                event.channel.value,
                event.purpose.value,
                event.state.value,
                event.at,
                list(event.knows),
                event.wording,
                event.wording_hash,
                [list(stroke) for stroke in event.signature] or None,
                event.language,
                event.how,
                event.author,
                event.store,
                event.device,
                entry.said.mid,
                event.confirms,
            )
        )
    await connection.executemany(
        """
        insert into consent_event (id, customer_id, brand, channel, purpose, state, at_ms, knows, wording,
                                   wording_hash, signature, language, how, author, store, device_id,
                                   mutation_id, confirms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        on conflict (id) do nothing
        """,
        rows,
    )
