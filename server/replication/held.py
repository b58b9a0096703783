"""Edits that did not pass, kept for a person to look at: nothing is lost."""

from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.mutations import Envelope
from schemas.note_guard import NoteVerdict, judge_note
from schemas.problem import ErrorCode
from schemas.record import Said
from server.auth.principal import Principal
from server.database.pool import Connection

LARGEST_VERSION = 2**31 - 1


async def hold(
    connection: Connection, principal: Principal, edits: Iterable[tuple[Envelope, Said, ErrorCode | None]]
) -> None:
    """Keep edits that were refused or parked, each with who said it and why it did not pass."""
    for envelope, said, code in edits:
        await connection.execute(
            """
            insert into held_edit (mutation_id, record_id, op, args, base, code, author, device_id, store,
                                   policy_version, hlc)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
            """,
            envelope.mutation_id,
            envelope.record_id,
            envelope.op[:64],
            _kept(envelope),
            envelope.base,
            code.value if code else "",
            principal.associate_id,
            principal.device_id,
            said.store,
            min(max(envelope.policy_version, 0), LARGEST_VERSION),
            said.hlc,
        )


def _kept(envelope: Envelope) -> Any:
    """The arguments as JSON the database can keep; None when it cannot, or may not: a note refused."""
    if b"\\u0000" in envelope.args:
        return None
    try:
        kept = msgspec.json.decode(envelope.args)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    texts = [kept.get(name) for name in ("subject", "text", "why")] if isinstance(kept, dict) else []
    if isinstance(kept, dict) and isinstance(met := kept.get("touchpoint"), dict):
        texts.append(met.get("summary"))
    refused = any(isinstance(text, str) and judge_note(text).verdict is NoteVerdict.REFUSE for text in texts)
    return None if refused else kept
