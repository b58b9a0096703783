"""Source records: which person of another system a customer was made from."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import CreateCustomer, SourceRef
from server.database.pool import Connection
from server.replication.workspace import Entry


async def keep_sources(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Keep what a source told when a customer was made, verbatim; the first word of a source stays."""
    told: dict[SourceRef, tuple[UUID, dict[str, Any]]] = {}
    for entry in entries:
        mutation = entry.mutation
        assert isinstance(mutation, CreateCustomer) and entry.state is not None
        if mutation.source is not None:
            told.setdefault(mutation.source, (entry.state.customer_id, mutation.values))
    if not told:
        return
    await connection.execute(
        """
        insert into source_record (source, source_id, customer_id, payload)
        select * from unnest($1::text[], $2::text[], $3::uuid[], $4::jsonb[])
        on conflict (source, source_id) do update set customer_id = excluded.customer_id
          where source_record.customer_id is null
        """,
        [source.system for source in told],
        [source.reference for source in told],
        [customer_id for customer_id, _ in told.values()],
        [msgspec.to_builtins(values) for _, values in told.values()],
    )
