"""What became later of an edit that a tablet was told is refused, parked or contested.

A verdict given to a tablet is final for its queue, never for the edit: a manager may apply it, a person may
decide a conflict. The tablet learns it at its next pull, by the same cursor as everything else.
"""

from collections.abc import Iterable
from uuid import UUID

from schemas.problem import ErrorCode
from schemas.protocol import Outcome, OutcomeStatus
from server.database.pool import Connection


async def tell_later(
    connection: Connection, mutation_id: UUID, status: OutcomeStatus, code: ErrorCode | None = None
) -> None:
    """Replace the verdict on an edit, and tell the tablet it came from.

    The same edit sent again is answered with the new verdict.
    """
    await connection.execute(
        """
        with told as (
          update receipt set status = $2, code = $3 where mutation_id = $1
          returning mutation_id, record_id, device_id)
        insert into late_verdict (mutation_id, record_id, device_id, status, code)
        select mutation_id, record_id, device_id, $2, $3 from told where device_id is not null
        on conflict (mutation_id) do update
          set status = excluded.status, code = excluded.code, xid = pg_current_xact_id()
        """,
        mutation_id,
        status.value,
        code.value if code else None,
    )


def told_later(said: Iterable[str]) -> tuple[Outcome, ...]:
    """Return verdicts as they travel. Each is its mutation, its status and its code, if any.

    They name nothing but the edit: several people may use the tablet, and each takes those he still shows.
    """
    told = []
    for words in said:
        mutation_id, status, *code = words.split(" ")
        told.append(
            Outcome(
                seq=0,
                mutation_id=UUID(mutation_id),
                status=OutcomeStatus(status),
                code=code[0] if code else None,
            )
        )
    return tuple(told)
