"""What the capabilities of the server lend to replication, kept in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import structlog

from schemas.loyalty import LoyaltyEntry
from schemas.mutations import (
    AdjustPoints,
    BookAppointment,
    CreateCustomer,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    OpenCase,
    RecordConsent,
    RecordPurchase,
    SendMessage,
)
from server.loyalty.ledger import standing
from server.promises.ledger import list_promises
from server.purchases.facts import facts
from server.replication import checking, lives, tablet_pull
from server.replication.workspace import CustomerState, Entry, install, installed
from tests.simulation.memory import Transaction


@contextmanager
def in_memory() -> Iterator[None]:
    """Lend replication the capabilities of the simulation, and let its pages be small, inside the block."""
    lent, smallest = installed(), tablet_pull.SMALLEST_PAGE
    install(CAPABILITIES)
    tablet_pull.SMALLEST_PAGE = 1
    lives._lives.clear()
    checking.log, alarms = structlog.wrap_logger(None, processors=[_drop]), checking.log
    try:
        yield
    finally:
        install(lent)
        checking.log = alarms
        tablet_pull.SMALLEST_PAGE = smallest
        lives._lives.clear()


def _drop(*_event: Any) -> Any:
    raise structlog.DropEvent


async def load_customers(connection: Any, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Return customers by id and hold their rows."""
    at: Transaction = connection.at
    states: dict[UUID, CustomerState] = {}
    for customer_id in sorted(customer_ids):
        row = at.get("customer", customer_id)
        if row is None:
            continue
        at.lock(customer_id)
        state = CustomerState(
            customer_id=customer_id,
            brand=row["brand"],
            values=dict(row["values"]),
            stamps=dict(row["stamps"]),
            alias_of=row["alias_of"],
        )
        state.scopes_before = frozenset() if state.alias_of else state.scopes()
        states[customer_id] = state
    return states


async def save_customers(connection: Any, states: Sequence[CustomerState]) -> None:
    """Write customers."""
    at: Transaction = connection.at
    for state in states:
        row = {
            "brand": state.brand,
            "values": dict(state.values),
            "stamps": dict(state.stamps),
            "alias_of": state.alias_of,
        }
        at.put("customer", state.customer_id, row)


async def _adjust(connection: Any, entries: Sequence[Entry], now_ms: int) -> None:
    at: Transaction = connection.at
    for entry in entries:
        assert isinstance(entry.mutation, AdjustPoints) and entry.state is not None
        line = LoyaltyEntry(
            entry_id=entry.said.mid,
            at=entry.said.hlc >> 16,
            points=entry.mutation.points,
            reason="adjustment",
        )
        record_id = entry.state.customer_id
        at.put("points", line.entry_id, {"record_id": record_id, "line": line})
        lines = [row["line"] for _, row in at.rows("points") if row["record_id"] == record_id]
        entry.state.derive({"loyalty": standing(lines, now_ms=now_ms)})


async def _consent(connection: Any, entries: Sequence[Entry], _now_ms: int) -> None:
    for entry in entries:
        assert entry.state is not None
        row = {"record_id": entry.state.customer_id, "args": entry.mutation}
        connection.at.put("consent", entry.said.mid, row)


async def _touchpoint(connection: Any, entries: Sequence[Entry], _now_ms: int) -> None:
    for entry in entries:
        assert isinstance(entry.mutation, LogTouchpoint) and entry.state is not None
        row = {"record_id": entry.state.customer_id, "args": entry.mutation}
        connection.at.put("touchpoint", entry.mutation.touchpoint.touchpoint_id, row)


async def _redraw(_connection: Any, _states: Sequence[CustomerState], _now_ms: int) -> None:
    return None


async def _purchase(connection: Any, entries: Sequence[Entry], now_ms: int) -> None:
    at: Transaction = connection.at
    for entry in entries:
        assert isinstance(entry.mutation, RecordPurchase)
        purchase = entry.mutation.purchase
        if entry.state is None:
            continue
        record_id = entry.state.customer_id
        at.put("purchase", (purchase.source, purchase.reference), {"record_id": record_id, "line": purchase})
        ledger = [row["line"] for _, row in at.rows("purchase") if row["record_id"] == record_id]
        entry.state.derive(facts(ledger, now_ms=now_ms))


async def _nothing(_connection: Any, _entries: Sequence[Entry], _now_ms: int) -> None:
    return None


PROMISES = (MakeTask, MoveTask, BookAppointment, MoveAppointment, OpenCase, MoveCase)
CAPABILITIES = msgspec.structs.replace(  # what is not named here stays the server's own
    installed(),
    load_customers=load_customers,
    save_customers=save_customers,
    ledgers={
        **installed().ledgers,
        AdjustPoints: _adjust,
        **dict.fromkeys(PROMISES, list_promises),
        CreateCustomer: _nothing,
        LogTouchpoint: _touchpoint,
        RecordConsent: _consent,
        RecordPurchase: _purchase,
        SendMessage: _nothing,
    },
    redraw=_redraw,
)
