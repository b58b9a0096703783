"""Source records: which person of another system a customer was made from."""

from collections.abc import Sequence

import msgspec

from schemas.mutations import CreateCustomer
from server.database.pool import Connection
from server.replication.workspace import Entry


async def keep_sources(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Keep what a source told when a customer was made, verbatim; the first word of a source stays."""
    for entry in entries:
        mutation = entry.mutation
        assert isinstance(mutation, CreateCustomer) and entry.state is not None
        if mutation.source is not None:
            await connection.execute(
                """
                insert into source_record (source, source_id, customer_id, payload)
                values ($1, $2, $3, $4)
                on conflict (source, source_id) do update set customer_id = excluded.customer_id
                  where source_record.customer_id is null
                """,
                mutation.source.system,
                mutation.source.reference,
                entry.state.customer_id,
                msgspec.to_builtins(mutation.values),
            )
