"""What the capabilities lend to replication: where customers are kept, and a ledger per kind of mutation."""

from collections.abc import Sequence

from schemas.mutations import (
    AdjustPoints,
    BookAppointment,
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    HoldPoints,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    OpenCase,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RedeemPoints,
    RevealValue,
    SendMessage,
)
from server.catalog.edits import count_stock, put_products
from server.consent.ledger import append_consents
from server.customers.edits import load_customers, save_customers
from server.customers.reveals import keep_reveals
from server.database.pool import Connection
from server.engagement.ledger import log_touchpoints
from server.identity.ledger import keep_sources
from server.loyalty.ledger import adjust_points, draw_standing, earn_points, hold_points, redeem_points
from server.outgoing.queue import ask_to_confirm, queue_messages
from server.privacy.fingerprints import forget_fingerprints, recognised
from server.privacy.limits import draw_limits
from server.promises.ledger import list_promises
from server.purchases.ledger import draw_facts, record_purchases
from server.replication.workspace import Capabilities, CustomerState, Entry, install
from server.staff.absences import keep_absences


async def _purchases(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """A purchase enters two ledgers: hers of purchases, and of points if she carries a card."""
    written = await record_purchases(connection, entries, now_ms)
    await earn_points(connection, entries, now_ms, written)


async def _consents(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """What she said is kept as proof; what she is to say again is asked of her by mail."""
    await append_consents(connection, entries, now_ms)
    await ask_to_confirm(connection, entries, now_ms)


async def _redraw(connection: Connection, states: Sequence[CustomerState], now_ms: int) -> None:
    """What follows from ledgers, when whole ledgers have changed hands."""
    await draw_limits(connection, states, now_ms)  # first: they say whether anything is evaluated
    await draw_facts(connection, states, now_ms)
    await draw_standing(connection, states, now_ms)


install(
    Capabilities(
        load_customers=load_customers,
        save_customers=save_customers,
        ledgers={
            AdjustPoints: adjust_points,
            CountStock: count_stock,
            CreateCustomer: keep_sources,
            DeclareAbsence: keep_absences,
            HoldPoints: hold_points,
            LogTouchpoint: log_touchpoints,
            PutProduct: put_products,
            RecordConsent: _consents,
            RecordPurchase: _purchases,
            RedeemPoints: redeem_points,
            RevealValue: keep_reveals,
            SendMessage: queue_messages,
            **dict.fromkeys(
                (MakeTask, MoveTask, BookAppointment, MoveAppointment, OpenCase, MoveCase), list_promises
            ),
        },
        redraw=_redraw,
        recognised=recognised,
        forget_fingerprints=forget_fingerprints,
    )
)
