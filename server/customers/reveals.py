"""What is kept of masked values that were opened: by whom, which field, when and why."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from schemas.mutations import REVEAL_REASONS, RevealValue
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.workspace import Entry

OWN_WORDS = "own_words"


async def keep_reveal(
    connection: Connection,
    principal: Principal,
    customer_id: UUID,
    *,
    reveal_id: UUID,
    field: str,
    reason: str,
    at: datetime,
    offline: bool = False,
) -> None:
    """Write one down, once; own words stay in a table that erasure empties."""
    is_new = await connection.fetchval(
        """
        insert into reveal (id, customer_id, associate_id, device_id, field, reason, created_at)
        values ($1, $2, $3, $4, $5,
                case when exists (select from erasure where record_id = $2) then '' else $6 end, $7)
        on conflict (id) do nothing returning true
        """,
        reveal_id,
        customer_id,
        principal.associate_id,
        principal.device_id,
        field,
        reason,
        at,
    )
    if not is_new:
        return
    facts: dict[str, Any] = {"field": field, "reason": reason if reason in REVEAL_REASONS else OWN_WORDS}
    if offline:
        facts |= {"offline": True, "at": at.isoformat(timespec="seconds")}
    await chain.append(
        connection,
        principal,
        "customer.revealed",
        subject_kind="customer",
        subject_id=customer_id,
        facts=facts,
    )


async def keep_reveals(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Write down what was opened on a tablet without a line, by the tablet's own word on when it was."""
    for entry in entries:
        assert isinstance(entry.mutation, RevealValue)
        assert entry.record_id is not None and entry.sent_by is not None
        await keep_reveal(
            connection,
            entry.sent_by,
            entry.record_id,
            reveal_id=entry.said.mid,
            field=entry.mutation.field,
            reason=entry.mutation.reason,
            at=datetime.fromtimestamp((entry.said.hlc >> 16) / 1000, UTC),
            offline=True,
        )
