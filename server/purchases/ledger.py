"""The ledger of purchases: each ticket of each source once, and what follows for her card."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from schemas.consent import may_profile
from schemas.mutations import RecordPurchase
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.database.pool import Connection
from server.purchases.facts import facts
from server.replication.workspace import CustomerState, Entry

NOT_EVALUATED: Final[Mapping[str, Any]] = {"spend": None, "computed_sizes": {}}  # who objected to it
_LINE_COLUMNS = (
    "purchase_id",
    "position",
    "sku",
    "title",
    "quantity",
    "amount",
    "unit_price",
    "size",
    "size_category",
    "colour",
    "family",
)
_WRITE_LINE = f"""
    insert into purchase_line ({", ".join(_LINE_COLUMNS)})
    values ({", ".join(f"${place}" for place in range(1, len(_LINE_COLUMNS) + 1))})"""  # noqa: S608 (ours)


_WRITE = """
    insert into purchase (id, customer_id, source, reference, kind, channel, store, author, at_ms, total,
                          currency, mutation_id, revision)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::uuid[],
                         $13::bigint[])
    on conflict (source, reference) do update
      set (customer_id, kind, channel, store, author, at_ms, total, currency, mutation_id, revision)
        = (excluded.customer_id, excluded.kind, excluded.channel, excluded.store, excluded.author,
           excluded.at_ms, excluded.total, excluded.currency, excluded.mutation_id, excluded.revision)
      where purchase.id = excluded.id
        and (excluded.revision > purchase.revision
               and purchase.customer_id is not distinct from excluded.customer_id
             or excluded.revision >= purchase.revision
               and purchase.customer_id is null and excluded.customer_id is not null)
    returning new.id, old.total as before,
              old.id is not null and old.customer_id is null and new.customer_id is not null as claimed
"""


async def record_purchases(
    connection: Connection, entries: Sequence[Entry], now_ms: int
) -> dict[UUID, int | None]:
    """Keep each ticket of a source once, as its source tells it last; then draw the facts of each customer.

    A ticket of nobody becomes hers when it is told again with her; one of somebody else never does.

    Returns:
        the purchases that were made, changed or claimed; of those that were hers before, their total then.
    """
    told: dict[tuple[str, str], tuple[Entry, Purchase, int]] = {}
    for entry in entries:
        assert isinstance(entry.mutation, RecordPurchase)
        purchase, revision = entry.mutation.purchase, entry.mutation.revision or 0
        key = (purchase.source, purchase.reference)
        if key not in told or told[key][2] < revision:
            told[key] = (entry, purchase, revision)
    pairs = [told[key] for key in sorted(told)]
    made = await connection.fetch(
        _WRITE,
        [purchase.purchase_id for _, purchase, _ in pairs],
        [entry.state.customer_id if entry.state else None for entry, _, _ in pairs],
        [purchase.source for _, purchase, _ in pairs],
        [purchase.reference for _, purchase, _ in pairs],
        [purchase.kind.value for _, purchase, _ in pairs],
        [purchase.channel.value for _, purchase, _ in pairs],
        [purchase.store for _, purchase, _ in pairs],
        [purchase.author for _, purchase, _ in pairs],
        [purchase.at for _, purchase, _ in pairs],
        [purchase.total for _, purchase, _ in pairs],
        [purchase.currency for _, purchase, _ in pairs],
        [entry.said.mid for entry, _, _ in pairs],
        [revision for _, _, revision in pairs],
    )
    written = {row["id"] for row in made}
    again = [row["id"] for row in made if row["before"] is not None]
    if again:
        await connection.execute("delete from purchase_line where purchase_id = any($1)", again)
    await _write_lines(connection, [purchase for _, purchase, _ in pairs if purchase.purchase_id in written])
    states = {
        entry.state.customer_id: entry.state
        for entry, purchase, _ in pairs
        if entry.state is not None and purchase.purchase_id in written
    }
    for customer_id, ledger in (await purchases_of(connection, states)).items():
        _draw(states[customer_id], ledger, now_ms)
    return {row["id"]: None if row["claimed"] else row["before"] for row in made}


async def draw_facts(connection: Connection, states: Sequence[CustomerState], now_ms: int) -> None:
    """Put into customers what follows from their whole ledgers, also when a ledger is empty."""
    ledgers = await purchases_of(connection, [state.customer_id for state in states])
    for state in states:
        _draw(state, ledgers.get(state.customer_id, []), now_ms)


def _draw(state: CustomerState, ledger: Iterable[Purchase], now_ms: int) -> None:
    drawn = facts(ledger, now_ms=now_ms)
    if not may_profile(state.values.get("limits")):
        drawn |= NOT_EVALUATED
    state.derive(drawn)


async def _write_lines(connection: Connection, purchases: Iterable[Purchase]) -> None:
    lines = [
        (
            purchase.purchase_id,
            position,
            line.sku,
            line.title,
            line.quantity,
            line.amount,
            line.unit_price,
            line.size,
            line.size_category,
            line.colour,
            line.family,
        )
        for purchase in purchases
        for position, line in enumerate(purchase.lines)
    ]
    if lines:
        # COPY: an import writes thousands of lines at once, and arrays cost the driver three times as much.
        # It is not for tables with row policies, which only a superuser passes.
        if connection.get_settings().is_superuser == "on":
            await connection.copy_records_to_table("purchase_line", records=lines, columns=_LINE_COLUMNS)
        else:
            await connection.executemany(_WRITE_LINE, lines)


async def purchases_of(connection: Connection, customer_ids: Iterable[UUID]) -> dict[UUID, list[Purchase]]:
    """Return the whole ledger of some customers, each in no particular order."""
    wanted = list(customer_ids)
    if not wanted:
        return {}
    tickets = await connection.fetch("select * from purchase where customer_id = any($1)", wanted)
    rows = await connection.fetch(
        """
        select l.* from purchase_line l join purchase p on p.id = l.purchase_id
        where p.customer_id = any($1) order by l.purchase_id, l.position
        """,
        wanted,
    )
    lines = _by_purchase(rows)
    ledger: dict[UUID, list[Purchase]] = {}
    for row in tickets:
        ledger.setdefault(row["customer_id"], []).append(_purchase(row, lines.get(row["id"], [])))
    return ledger


async def sale_of_nobody(connection: Connection, purchase_id: UUID) -> tuple[Purchase, int] | None:
    """Return a purchase that no customer has claimed, with its revision; None when it is somebody's."""
    ticket = await connection.fetchrow(
        "select * from purchase where id = $1 and customer_id is null", purchase_id
    )
    if ticket is None:
        return None
    rows = await connection.fetch(
        "select * from purchase_line where purchase_id = $1 order by position", purchase_id
    )
    return _purchase(ticket, _by_purchase(rows).get(purchase_id, [])), ticket["revision"]


def _by_purchase(rows: Iterable[asyncpg.Record]) -> dict[UUID, list[PurchaseLine]]:
    lines: dict[UUID, list[PurchaseLine]] = {}
    for row in rows:
        lines.setdefault(row["purchase_id"], []).append(_line(row))
    return lines


def _purchase(row: asyncpg.Record, lines: Sequence[PurchaseLine]) -> Purchase:
    return Purchase(
        purchase_id=row["id"],
        source=row["source"],
        reference=row["reference"],
        at=row["at_ms"],
        channel=Channel(row["channel"]),
        kind=PurchaseKind(row["kind"]),
        currency=row["currency"],
        total=row["total"],
        lines=tuple(lines),
        store=row["store"],
        author=row["author"],
    )


def _line(row: asyncpg.Record) -> PurchaseLine:
    return PurchaseLine(
        sku=row["sku"],
        title=row["title"],
        quantity=row["quantity"],
        amount=row["amount"],
        unit_price=row["unit_price"],
        size=row["size"],
        size_category=row["size_category"],
        colour=row["colour"],
        family=row["family"],
    )
