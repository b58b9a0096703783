"""A tablet's pull: the next page since its token, and the people it must forget."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.protocol import MemberRow, PullReply, PullRequest
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.replication.entitlement import entitlement_of, note_seen, require_tablet
from server.replication.feed import Entitled, current_boot, read_page, token_of_this_boot
from server.replication.token import FeedToken, TokenBroken, read_token, write_token
from server.scope import scope_ids, tablet_scopes

SMALLEST_PAGE, LARGEST_PAGE = 16 << 10, 4 << 20  # bytes
MOST_SILENT_PAGES = 200  # pages without a visible row that are walked in one request


async def pull(
    connection: Connection,
    principal: Principal,
    request: PullRequest,
    *,
    now: datetime,
    policies: Policies,
    token_key: bytes,
    lease_s: int,
) -> PullReply:
    """Return the next page of what a tablet may hold and has not seen.

    A token that is not ours, or of a history we no longer have, starts a new walk: ``reconcile``.

    Raises:
        OnStandby: the database is no primary.
        Refusal: the caller is not the tablet the token was given to.
    """
    device_id = require_tablet(principal, request.caller)
    await note_seen(connection, principal, request.caller, now=now, lease_s=lease_s)
    if request.erase_ack:
        await _acknowledge(connection, device_id, request.erase_ack)
    lens = await policies.lens(connection, principal)
    keys = tablet_scopes(principal)
    entitled = Entitled(scopes=await scope_ids(connection, keys), groups=lens.groups)
    boot = await current_boot(connection)
    held, reconcile = await _held(connection, request, principal, device_id, token_key, boot)
    max_bytes = min(max(request.max_bytes, SMALLEST_PAGE), LARGEST_PAGE)
    rows: list[MemberRow] = []
    base: str | None = None
    for _ in range(MOST_SILENT_PAGES):
        page = await read_page(connection, entitled=entitled, held=held, boot=boot, max_bytes=max_bytes)
        base = base or page.base
        rows += page.rows
        held = page.token
        if rows or not page.more:
            break
    assert held is not None and base is not None
    return PullReply(
        entitlement=entitlement_of(
            principal, lens, now=now, lease_s=lease_s, erased=await _erased_since(connection, base)
        ),
        token=write_token(token_key, held, device_id, principal.associate_id),
        more=page.more,
        rows=tuple(rows),
        reconcile=reconcile,
    )


async def _held(
    connection: Connection,
    request: PullRequest,
    principal: Principal,
    device_id: UUID,
    token_key: bytes,
    boot: UUID,
) -> tuple[FeedToken | None, str | None]:
    if request.token is None:
        return None, None
    try:
        said = read_token(token_key, request.token, device_id, principal.associate_id)
    except TokenBroken:
        return None, "token"
    held = await token_of_this_boot(connection, said, boot)
    return held, None if held is not None else "history"


async def _erased_since(connection: Connection, base: str) -> list[UUID]:
    """Return everybody forgotten since a snapshot, whatever the scope: random ids tell nothing."""
    rows = await connection.fetch(
        """
        select record_id from erasure
        where xid >= pg_snapshot_xmin($1::text::pg_snapshot)
          and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
        order by record_id
        """,
        base,
    )
    return [row["record_id"] for row in rows]


async def _acknowledge(connection: Connection, device_id: UUID, record_ids: Sequence[UUID]) -> None:
    await connection.execute(
        """
        insert into erasure_ack (device_id, record_id)
        select $1, record_id from erasure where record_id = any($2) on conflict do nothing
        """,
        device_id,
        list(record_ids[:10_000]),
    )
