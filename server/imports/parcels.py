"""From orders of a file to mutations named by the source's own numbers: what one order submits."""

from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from schemas.customer import FieldInvalid, checked
from schemas.hlc import pack
from schemas.ids import NOBODY, id_from
from schemas.mutations import (
    CreateCustomer,
    Envelope,
    RecordPurchase,
    SourceRef,
    encode_args,
    op_of,
)
from schemas.purchase import TIES, Purchase, PurchaseKind, revision
from schemas.record import Channel
from server.imports.mapping import Mapping
from server.imports.money import minor_units
from server.imports.order_lines import Order
from server.imports.refusals import LineRefused

_RECORD_PURCHASE = str(RecordPurchase.__struct_config__.tag)


def kind_of(order: Order, mapping: Mapping) -> PurchaseKind:
    """Return what an order is by the mapping's rules; a cancellation is never also a return."""
    if any(line.cancelled for line in order.lines):
        return PurchaseKind.CANCELLED
    if mapping.returned is not None and sum(line.quantity for line in order.lines) < 0:
        return PurchaseKind.RETURN
    return PurchaseKind.SALE


def purchase_of(order: Order, mapping: Mapping) -> Purchase:
    """Return the purchase an order is. Its instant is that of its earliest line."""
    first = order.lines[0]
    whole = first.order
    reference = reference_of(order)
    kind = kind_of(order, mapping)
    void = is_void(order, mapping)
    total = sum(line.line.amount for line in order.lines)
    if whole is not None and whole.total is not None:
        total = minor_units(whole.total, first.currency)
    return Purchase(
        purchase_id=id_from("purchase", mapping.source, reference),
        source=mapping.source,
        reference=reference,
        at=min(line.at for line in order.lines),
        channel=Channel(first.channel),
        kind=kind,
        currency=first.currency,
        total=0 if void else total,
        lines=() if void else tuple(line.line for line in order.lines),
        store=first.store,
        author=None if whole is None else whole.author,
    )


def is_void(order: Order, mapping: Mapping) -> bool:
    """Whether an order was itself taken back; elsewhere an invoice of its own with negative sums does it."""
    rule = mapping.cancelled
    return rule is not None and rule.filled and any(line.cancelled for line in order.lines)


def reference_of(order: Order) -> str:
    """Return the number of an order for ever."""
    whole = order.lines[0].order
    return order.reference if whole is None or whole.reference is None else whole.reference


def revision_of(order: Order) -> int | UnsetType:
    """Return which word of the source this is: a later instant is a later word, and so is more given back."""
    whole = order.lines[0].order
    if whole is None or whole.revised is None:
        return UNSET
    back = minor_units(whole.refunded, order.lines[0].currency)
    return revision(whole.revised, min(back, TIES - 1))


def customer_mutation(number: str, order: Order, mapping: Mapping) -> CreateCustomer:
    """Return the mutation that makes known a customer whom the source knows by this number.

    Raises:
        LineRefused: what the lines tell of her cannot be kept.
    """
    values: dict[str, str] = {}
    if not mapping.customer.by_contact:
        values["family_name"] = mapping.customer.family_name.replace("{customer}", number)
    if mapping.customer.loyalty_card is not None:
        values["loyalty_card"] = mapping.customer.loyalty_card.replace("{customer}", number)
    if order.lines[0].home_store is not None:
        values["home_store"] = order.lines[0].home_store
    for line in order.lines:
        values |= line.person
    try:
        for field, value in values.items():
            checked(field, value)
    except FieldInvalid as error:
        raise LineRefused(error.field, f"{error.field}: {error.rule}") from error
    return CreateCustomer(values=values, source=SourceRef(system=mapping.source, reference=number))


def customer_envelope(mutation: CreateCustomer, *, wall_ms: int) -> Envelope:
    """Return the envelope of a new customer; the same number of the same source always gives the same ids."""
    assert mutation.source is not None
    names = ("customer", mutation.source.system, mutation.source.reference)
    return Envelope(
        seq=0,
        mutation_id=id_from("import", *names),
        record_id=id_from(*names),
        op=op_of(mutation),
        args=encode_args(mutation),
        hlc=pack(wall_ms, 0),
    )


def amount_of(order: Order, mapping: Mapping) -> Decimal:
    """Return what an order amounts to, exactly: what was paid where the file says it, else its lines."""
    if is_void(order, mapping):
        return Decimal(0)
    whole = order.lines[0].order
    if whole is not None and whole.total is not None:
        return whole.total
    return sum((line.amount for line in order.lines), Decimal(0))


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """An order ready to be submitted: its purchase as JSON, and what the report counts of it."""

    reference: str
    mutation_id: UUID  # an order that says something else next time is another mutation
    purchase: bytes  # arguments of the mutation
    customer: str | None
    making: CreateCustomer | None  # how she is made known, should she not be
    numbers: tuple[int, ...]  # the lines it stands on
    cancelled: bool
    duplicates: int
    quantity: int
    currency: str
    amount: Decimal  # exact
    stored: int  # minor units

    def envelope(self, *, customer_id: UUID | None, wall_ms: int) -> Envelope:
        """Return the envelope of the purchase, by this customer or by nobody."""
        return Envelope(
            seq=0,
            mutation_id=self.mutation_id,
            record_id=customer_id or NOBODY,
            op=_RECORD_PURCHASE,
            args=self.purchase,
            hlc=pack(wall_ms, 0),
        )


def _in_any_order(said: RecordPurchase) -> bytes:
    """Return what an order says, whichever line stands first: a file may be sorted otherwise."""
    lines = sorted(said.purchase.lines, key=msgspec.json.encode)
    purchase = msgspec.structs.replace(said.purchase, lines=tuple(lines))
    return encode_args(msgspec.structs.replace(said, purchase=purchase))


def parcel_of(order: Order, mapping: Mapping) -> Parcel:
    """Return an order as it is submitted.

    Raises:
        LineRefused: what its lines tell of the customer cannot be kept.
    """
    number = order.customer
    purchase = purchase_of(order, mapping)
    said = RecordPurchase(purchase=purchase, revision=revision_of(order))
    args = encode_args(said)
    content = sha256(_in_any_order(said)).hexdigest()
    return Parcel(
        reference=purchase.reference,
        mutation_id=id_from("import", "purchase", mapping.source, purchase.reference, content),
        purchase=args,
        customer=number,
        making=None if number is None else customer_mutation(number, order, mapping),
        numbers=tuple(line.number for line in order.lines),
        cancelled=purchase.kind == PurchaseKind.CANCELLED,
        duplicates=order.duplicates,
        quantity=sum(line.quantity for line in order.lines),
        currency=purchase.currency,
        amount=amount_of(order, mapping),
        stored=purchase.total,
    )
