"""The ledger of points, and the standing drawn from it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.ids import id_from
from schemas.loyalty import LoyaltyEntry, LoyaltyStanding, balance, holder_of, holds, tier_for
from schemas.mutations import AdjustPoints, HoldPoints, RecordPurchase, RedeemPoints
from schemas.purchase import PurchaseKind
from server.database.pool import Connection
from server.replication.workspace import CustomerState, Entry

YEAR_MS = 365 * 24 * 3600 * 1000
LATEST = 8  # lines on the card that are no purchases
MINOR_UNITS_PER_POINT = 100  # one point for each euro


async def adjust_points(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append points given or taken by hand, once per mutation."""
    lines: list[tuple[CustomerState, LoyaltyEntry, Entry]] = []
    for entry in entries:
        assert isinstance(entry.mutation, AdjustPoints) and entry.state is not None
        line = LoyaltyEntry(
            entry_id=entry.said.mid,
            at=entry.said.hlc >> 16,
            points=entry.mutation.points,
            reason="adjustment",
            reference=entry.mutation.reason,
        )
        lines.append((entry.state, line, entry))
    await _append(connection, lines, now_ms)


async def redeem_points(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append what was spent, once per mutation; that it was there has been judged under her lock."""
    lines: list[tuple[CustomerState, LoyaltyEntry, Entry]] = []
    for entry in entries:
        assert isinstance(entry.mutation, RedeemPoints) and entry.state is not None
        line = LoyaltyEntry(
            entry_id=entry.said.mid,
            at=entry.said.hlc >> 16,
            points=-entry.mutation.points,
            reason="reward",
            reference=entry.mutation.reward,
            holder=holder_of(entry.said.device, entry.said.author),
        )
        lines.append((entry.state, line, entry))
    await _append(connection, lines, now_ms)


async def hold_points(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append what tablets set aside: as many as were found, which may be fewer than were asked for."""
    lines: list[tuple[CustomerState, LoyaltyEntry, Entry]] = []
    for entry in entries:
        assert isinstance(entry.mutation, HoldPoints) and entry.state is not None
        holder = holder_of(entry.said.device, entry.said.author)
        if holder is None:
            continue
        line = LoyaltyEntry(
            entry_id=entry.said.mid,
            at=entry.said.hlc >> 16,
            points=0,
            reason="hold",
            holder=holder,
            held=entry.mutation.points,
        )
        lines.append((entry.state, line, entry))
    await _append(connection, lines, now_ms)


async def earn_points(
    connection: Connection, entries: Sequence[Entry], now_ms: int, written: Mapping[UUID, int | None]
) -> None:
    """Append the points of purchases of customers who carry a card; returns take theirs back.

    Args:
        written: the purchases that were written, with the total for which she has her points already.
    """
    lines: list[tuple[CustomerState, LoyaltyEntry, Entry]] = []
    for entry in entries:
        assert isinstance(entry.mutation, RecordPurchase)
        if entry.state is None or not entry.state.values.get("loyalty_card"):
            continue
        if entry.mutation.purchase.purchase_id not in written:
            continue
        line = points_of(entry.mutation, before=written[entry.mutation.purchase.purchase_id])
        if line.points:
            lines.append((entry.state, line, entry))
    await _append(connection, lines, now_ms)


def points_of(mutation: RecordPurchase, *, before: int | None = None) -> LoyaltyEntry:
    """Return the ledger's line of a purchase: always the same for the same ticket, or the same word on it."""
    purchase = mutation.purchase
    again = () if before is None else (str(mutation.revision),)
    return LoyaltyEntry(
        entry_id=id_from("points", purchase.source, purchase.reference, *again),
        at=purchase.at,
        points=int(purchase.total / MINOR_UNITS_PER_POINT) - int((before or 0) / MINOR_UNITS_PER_POINT),
        reason="purchase" if purchase.kind == PurchaseKind.SALE else "return",
        reference=purchase.reference,
    )


def standing(ledger: Iterable[LoyaltyEntry], *, now_ms: int) -> dict[str, Any] | None:
    """Return what the card shows of a ledger, JSON-shaped; None when there is none. Any order, no repeats."""
    lines = sorted(ledger, key=lambda line: (line.at, line.entry_id))
    if not lines:
        return None
    earned = sum(line.points for line in lines if line.at > now_ms - YEAR_MS and line.reason != "reward")
    shaped: dict[str, Any] = msgspec.to_builtins(
        LoyaltyStanding(
            tier=tier_for(earned),
            points=balance(lines),
            since=datetime.fromtimestamp(lines[0].at / 1000, UTC).date().isoformat(),
            held=holds(lines),
            latest=tuple(
                msgspec.structs.replace(line, holder=None)
                for line in reversed(lines)
                if line.reason in ("adjustment", "reward")
            )[:LATEST],
        )
    )
    return shaped


async def draw_standing(connection: Connection, states: Sequence[CustomerState], now_ms: int) -> None:
    """Put into customers the standing that follows from their whole ledgers, also when a ledger is empty."""
    ledgers = await _entries_of(connection, [state.customer_id for state in states])
    for state in states:
        state.derive({"loyalty": standing(ledgers.get(state.customer_id, []), now_ms=now_ms)})


async def _append(
    connection: Connection, lines: Sequence[tuple[CustomerState, LoyaltyEntry, Entry]], now_ms: int
) -> None:
    if not lines:
        return
    await connection.execute(
        """
        insert into loyalty_entry (id, customer_id, at_ms, points, reason, reference, author, mutation_id,
                                   holder, held)
        select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[], $5::text[], $6::text[],
                             $7::text[], $8::uuid[], $9::text[], $10::int[])
        on conflict (id) do nothing
        """,
        [line.entry_id for _, line, _ in lines],
        [state.customer_id for state, _, _ in lines],
        [line.at for _, line, _ in lines],
        [line.points for _, line, _ in lines],
        [line.reason for _, line, _ in lines],
        [line.reference for _, line, _ in lines],
        [entry.said.author for _, _, entry in lines],
        [entry.said.mid for _, _, entry in lines],
        [line.holder for _, line, _ in lines],
        [line.held for _, line, _ in lines],
    )
    states = {state.customer_id: state for state, _, _ in lines}
    for customer_id, ledger in (await _entries_of(connection, list(states))).items():
        states[customer_id].derive({"loyalty": standing(ledger, now_ms=now_ms)})


async def _entries_of(connection: Connection, customer_ids: list[UUID]) -> dict[UUID, list[LoyaltyEntry]]:
    rows = await connection.fetch(
        """
        select id, customer_id, at_ms, points, reason, reference, holder, held
        from loyalty_entry where customer_id = any($1)
        """,
        customer_ids,
    )
    found: dict[UUID, list[LoyaltyEntry]] = {}
    for row in rows:
        found.setdefault(row["customer_id"], []).append(
            LoyaltyEntry(
                entry_id=row["id"],
                at=row["at_ms"],
                points=row["points"],
                reason=row["reason"],
                reference=row["reference"],
                holder=row["holder"],
                held=row["held"],
            )
        )
    return found
