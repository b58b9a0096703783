"""A tablet's pull: the next page since its token, and the people it must forget.

With nothing new it is one statement, which probes the feed's index once per scope.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.patch import PATCHES
from schemas.protocol import MemberRow, PullReply, PullRequest
from schemas.record import Kind
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.replication.entitlement import (
    SEEN_EVERY,
    entitlement_of,
    forgot_pushes,
    note_seen,
    require_tablet,
)
from server.replication.erasures import acknowledge, still_to_forget
from server.replication.feed import Carried, Entitled, Life, Page, read_page
from server.replication.late_verdicts import told_later
from server.replication.lives import current_boot, remembered, token_of_this_boot
from server.replication.token import (
    NOTHING_SEEN,
    FeedToken,
    OpenedToken,
    TokenBroken,
    open_token,
    write_token,
)
from server.scope import tablet_scopes
from sync.patching import Patch, pack

SMALLEST_PAGE, LARGEST_PAGE = 16 << 10, 4 << 20  # bytes
MOST_SILENT_PAGES = 200  # that are walked in one request


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

    A token that is not ours, of a history we no longer have, or older than what was swept, starts a new walk:
    ``reconcile`` says why (``token``, ``history``, ``too_old``).

    Raises:
        OnStandby: the database is no primary.
        Refusal: the caller is not the tablet the token was given to.
    """
    device_id = require_tablet(principal, request.caller)
    if request.erase_ack:
        await acknowledge(connection, principal, request.erase_ack)
    lens = await policies.lens(connection, principal)
    reading = _Reading(
        connection,
        principal,
        lens.groups,
        max_bytes=request.max_bytes,
        patched=request.patches >= PATCHES,
    )
    token, reconcile = _opened(request, principal, token_key)
    boot = token.boot if token else await current_boot(connection)
    held = await reading.named(token, boot) if token else None
    page = await reading.page(held, boot)
    unsaid: list[UUID] = []
    if page.life is None or page.life.boot != boot:  # the token is of another life
        boot = await current_boot(connection)
        # A token is older than the commit of what was said with it: an acknowledgement may be lost where the
        # token is not.
        unsaid = await still_to_forget(connection, principal)
        if token is not None:
            held = await token_of_this_boot(connection, await reading.named(token, boot), boot)
            reconcile = None if held else "history"
        page = await reading.page(held, boot)
    caller = (device_id, request.caller.incarnation, principal.associate_id)
    written = remembered(boot).note(caller, now, SEEN_EVERY)
    if written:
        await note_seen(connection, principal, request.caller, now=now, lease_s=lease_s)
    lost = _swept(held, page.life) if held is not None else None
    if lost is None and reconcile != "history" and written and request.caller.fence:
        # Also asked for who has no token yet: he may have pushed before his first page came in.
        lost = "history" if await forgot_pushes(connection, principal, request.caller) else None
    if lost is None and request.looked is not None and request.looked != boot:
        lost = "history"  # nobody knows whether what came to the tablet beside the feed was kept
    if lost is not None:
        remembered(boot).forget(caller)  # this reply may be lost: the next call looks again
        reconcile = lost
        page = await reading.page(None, boot)
    if page.rows or page.patches:
        await chain.append(connection, principal, "sync.pulled", facts=_given(page))
    erased = tuple(sorted({*page.erased, *unsaid}))
    return PullReply(
        entitlement=entitlement_of(
            principal,
            lens,
            now=now,
            lease_s=lease_s,
            holds=request.caller.holds,
            erased=erased,
        ),
        token=write_token(
            token_key, page.token, device_id, principal.associate_id, scopes=await reading.numbers(boot)
        ),
        more=page.more,
        rows=page.rows,
        reconcile=reconcile,
        verdicts=told_later(page.verdicts),
        patches=pack(page.patches) if page.patches else None,
    )


def _given(page: Page) -> dict[str, Any]:
    """Return what is noted of a page: of how many people, in which scopes. Who they are, ``member`` says."""
    people = {row.record_id for row in page.rows if row.kind == Kind.CUSTOMER and row.fragments}
    people |= {patch.record_id for patch in page.patches}
    scopes = sorted({row.scope for row in page.rows})
    return {"rows": len(page.rows) + len(page.patches), "customers": len(people), "scopes": scopes}


class _Reading:
    """What one person's pull may read."""

    def __init__(
        self,
        connection: Connection,
        principal: Principal,
        groups: tuple[str, ...],
        *,
        max_bytes: int,
        patched: bool,
    ) -> None:
        self._connection = connection
        self._keys = tablet_scopes(principal)
        self._groups = groups
        self._device_id = principal.device_id
        self._patched = patched
        self._max_bytes = min(max(max_bytes, SMALLEST_PAGE), LARGEST_PAGE)

    async def numbers(self, boot: UUID) -> dict[str, int]:
        return await remembered(boot).scope_ids(self._connection, self._keys)

    async def named(self, token: OpenedToken, boot: UUID) -> FeedToken:
        return token.named(await self.numbers(boot), self._groups)

    async def page(self, held: FeedToken | None, boot: UUID) -> Page:
        """Return what is shown next, up to the bytes asked for.

        Where a reply ends depends on what it shows alone: rows that changed unseen must not shorten it.
        """
        entitled = Entitled(scopes=await self.numbers(boot), groups=self._groups)
        first: Page | None = None
        rows: list[MemberRow] = []
        patches: list[Patch] = []
        carried: Carried = set()
        left = self._max_bytes
        for _ in range(MOST_SILENT_PAGES):
            page = await read_page(
                self._connection,
                entitled=entitled,
                held=held,
                boot=boot,
                max_bytes=left,
                device_id=self._device_id,
                carried=carried,
                patched=self._patched,
            )
            first = first or page
            rows += page.rows
            patches += page.patches
            held = page.token
            left -= page.size
            if left < 0 or not page.more:
                break
        assert first is not None
        return msgspec.structs.replace(
            page,
            rows=tuple(rows),
            patches=tuple(patches),
            erased=first.erased,
            verdicts=first.verdicts,
            life=first.life,
        )


def _opened(
    request: PullRequest, principal: Principal, token_key: bytes
) -> tuple[OpenedToken | None, str | None]:
    if request.token is None:
        return None, None
    assert principal.device_id is not None
    try:
        return open_token(token_key, request.token, principal.device_id, principal.associate_id), None
    except TokenBroken:
        return None, "token"


def _swept(held: FeedToken, life: Life | None) -> str | None:
    """Whether departures that this token has not seen may be gone from the feed."""
    floor = life.gc_floor if life else 0
    bases = [int(each.base.split(":")[0]) for each in held.streams if each.base != NOTHING_SEEN]
    return "too_old" if bases and min(bases) < floor else None
