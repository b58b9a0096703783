"""The ledger of erasures, kept apart from backups: a restored backup forgets again whom we had forgotten."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.database.pool import Connection
from server.privacy.erasing import erase
from server.privacy.retention import at_the_console
from server.problems import Refusal

REASON = "restored backup"


class LedgerLine(Struct):
    """One person erased: the ids she had, and the keyed fingerprints."""

    case_id: UUID
    ids: tuple[UUID, ...]
    fingerprints: tuple[bytes, ...]


async def written(connection: Connection) -> bytes:
    """Return the whole ledger as JSON. It holds random ids and keyed digests, nothing about anybody."""
    rows = await connection.fetch(
        """
        select c.id, array(select record_id from erasure e where e.case_id = c.id order by 1) as ids,
               array(select fingerprint from erasure_fingerprint f
                     where f.case_id = c.id order by 1) as prints
        from erasure_case c order by c.created_at, c.id
        """
    )
    return msgspec.json.encode(
        [LedgerLine(case_id=row["id"], ids=row["ids"], fingerprints=row["prints"]) for row in rows]
    )


async def replay(connection: Connection, content: bytes) -> int:
    """Erase again everybody the ledger names, in the caller's transaction; return how many were there.

    Replaying it twice changes nothing. People the backup never knew are kept out all the same.
    """
    found = 0
    for line in msgspec.json.decode(content, type=list[LedgerLine]):
        for customer_id, brand in await _still_here(connection, line.ids):
            try:
                await erase(connection, at_the_console(brand), customer_id, reason=REASON)
                found += 1
            except Refusal as refusal:
                if refusal.code != ErrorCode.PERSON_ERASED:
                    raise
        await connection.execute(
            "insert into erasure (record_id, case_id) select unnest($1::uuid[]), $2 on conflict do nothing",
            list(line.ids),
            line.case_id,
        )
        await connection.execute(
            """
            insert into erasure_fingerprint (fingerprint, case_id) select unnest($1::bytea[]), $2
            on conflict do nothing
            """,
            list(line.fingerprints),
            line.case_id,
        )
    return found


async def _still_here(connection: Connection, ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    rows = await connection.fetch(
        "select id, brand from customer where id = any($1) order by alias_of is not null, id", list(ids)
    )
    return [(row["id"], row["brand"]) for row in rows]
