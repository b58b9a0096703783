"""From a life to what the server keeps of it: values, stamps and ledgers, as edits one by one would leave.

The reducer that server and tablet share does the work. Purchases and touchpoints are folded once at the end
instead of once per edit, which a test holds to be the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from schemas.consent import ConsentEvent
from schemas.engagement import Touchpoint
from schemas.loyalty import LoyaltyEntry
from schemas.mutations import (
    AdjustPoints,
    CreateCustomer,
    LogTouchpoint,
    PutEntry,
    RecordConsent,
    RecordPurchase,
    RemoveEntry,
    SetField,
    decode_mutation,
    encode_args,
    op_of,
)
from schemas.purchase import Purchase
from schemas.record import Said, Stamp, Values
from server.demo.history import Life
from server.loyalty.ledger import points_of, standing
from server.purchases.facts import facts
from sync.reducer import LATEST_TOUCHPOINTS, Reduction, consent_event, reduce, value_at
from sync.state_machine import move_of

__all__ = ["Account", "fold_life"]


@dataclass(slots=True)
class Account:
    """Everything the server keeps of one customer. Ledgers are in the order the edits came."""

    customer_id: UUID
    values: Values = field(default_factory=dict)  # JSON-shaped
    stamps: dict[str, Stamp] = field(default_factory=dict)
    purchases: list[tuple[Said, Purchase]] = field(default_factory=list)
    touchpoints: list[tuple[Said, Touchpoint]] = field(default_factory=list)
    consents: list[tuple[Said, ConsentEvent]] = field(default_factory=list)
    past: list[tuple[Said, str, Any, Stamp]] = field(
        default_factory=list
    )  # path, value and stamp that gave way
    points: list[tuple[Said, LoyaltyEntry]] = field(default_factory=list)


def fold_life(life: Life, *, now_ms: int) -> Account:
    """Return what a life leaves on the server at an instant."""
    account = Account(life.customer_id)
    values, stamps = account.values, account.stamps
    for deed in life.deeds:
        said, mutation = deed.said, deed.mutation
        match mutation:
            case LogTouchpoint(touchpoint=touchpoint):
                account.touchpoints.append((said, touchpoint))
                stamps["touchpoints"] = said.stamp(stamps.get("touchpoints"))
                continue
            case RecordPurchase(purchase=purchase):
                account.purchases.append((said, purchase))
                if values.get("loyalty_card") and (earned := points_of(mutation)).points:
                    account.points.append((said, earned))
                continue
            case AdjustPoints():
                account.points.append((said, _adjustment(mutation, said)))
                continue
            case RecordConsent():
                account.consents.append((said, consent_event(mutation, said)))
        if isinstance(mutation, CreateCustomer | SetField | PutEntry):
            # As it comes off the wire: msgspec leaves a default out only if it is the very same object.
            mutation = decode_mutation(op_of(mutation), encode_args(mutation))
        change = reduce(values, mutation, said)
        if isinstance(mutation, SetField | PutEntry | RemoveEntry) and not _gives_way(account, change, said):
            continue
        if move_of(mutation) is not None:
            (path,) = change.stamped
            account.past.append((said, path, value_at(values, path), stamps[path]))
        values.update(change.values)
        for path in change.stamped:
            stamps[path] = said.stamp(stamps.get(path))
    if account.touchpoints:
        values["touchpoints"] = _latest(account.touchpoints)
    if account.purchases:
        values.update(facts((purchase for _said, purchase in account.purchases), now_ms=now_ms))
    if account.points:
        values["loyalty"] = standing((entry for _said, entry in account.points), now_ms=now_ms)
    return account


def _gives_way(account: Account, change: Reduction, said: Said) -> bool:
    """Return whether what stands differs from what is said; keep it as history if somebody had said it."""
    (path,) = change.stamped
    standing = value_at(account.values, path)
    if standing == value_at(change.values, path):
        return False
    if stamp := account.stamps.get(path):
        account.past.append((said, path, standing, stamp))
    return True


def _adjustment(mutation: AdjustPoints, said: Said) -> LoyaltyEntry:
    return LoyaltyEntry(
        entry_id=said.mid,
        at=said.hlc >> 16,
        points=mutation.points,
        reason="adjustment",
        reference=mutation.reason,
    )


def _latest(touchpoints: list[tuple[Said, Touchpoint]]) -> object:
    newest_first = sorted(
        (touchpoint for _said, touchpoint in touchpoints),
        key=lambda each: (each.at, str(each.touchpoint_id)),
        reverse=True,
    )
    return msgspec.json.decode(msgspec.json.encode(newest_first[:LATEST_TOUCHPOINTS]))
