"""What the shop systems with REST shapes have in common: one sale as it stands, and what came back of it."""

from collections.abc import Iterator, Sequence

from schemas.ids import id_from
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.connectors.said import OrderSaid
from server.connectors.settings import Context


def sale(
    context: Context,
    *,
    reference: str,
    at: int,
    revision: int,
    currency: str,
    total: int,
    lines: Sequence[PurchaseLine],
    cancelled: bool,
    back: Sequence[tuple[str, int]] = (),
    customer: str | None,
    email: str | None,
    phone: str | None,
) -> Iterator[OrderSaid]:
    """Yield a sale of a web shop and, for each part that was paid back (its name, amount), a return."""
    told = [(reference, PurchaseKind.SALE, total, tuple(lines))]
    told += [(f"{reference}/refund/{name}", PurchaseKind.RETURN, -amount, ()) for name, amount in back]
    for name, kind, amount, parts in told:
        yield OrderSaid(
            purchase=Purchase(
                purchase_id=id_from("purchase", context.source, name),
                source=context.source,
                reference=name,
                at=at,
                channel=Channel.WEB,
                kind=PurchaseKind.CANCELLED if cancelled else kind,
                currency=currency,
                total=0 if cancelled else amount,
                lines=() if cancelled else parts,
            ),
            revision=revision,
            reference=customer,
            email=None if customer else email,
            phone=None if customer else phone,
        )
