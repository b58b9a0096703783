"""The ledger of touchpoints: all of them, where a card shows the latest."""

from collections.abc import Sequence

from schemas.mutations import LogTouchpoint
from server.database.pool import Connection
from server.replication.workspace import Entry


async def log_touchpoints(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append touchpoints; one that is there already changes nothing."""
    rows = []
    for entry in entries:
        assert isinstance(entry.mutation, LogTouchpoint) and entry.state is not None
        each = entry.mutation.touchpoint
        rows.append(
            (
                each.touchpoint_id,
                entry.state.customer_id,
                each.kind.value,
                each.channel.value,
                each.at,
                each.summary,
                each.store,
                each.author,
                each.sku,
                entry.said.mid,
            )
        )
    await connection.execute(
        """
        insert into touchpoint (id, customer_id, kind, channel, at_ms, summary, store, author, sku,
                                mutation_id)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                             $7::text[], $8::text[], $9::text[], $10::uuid[])
        on conflict (id) do nothing
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )
