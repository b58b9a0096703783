"""From the lines of a file to orders, and from orders to mutations named by the source's own numbers.

Two equal lines of one order are two lines: a till prints the same article twice when it was scanned twice,
and only with both do the sums of the orders equal the sum of the file. They are counted, never dropped. What
makes a second import harmless is not the line but the order: (source, reference) is one purchase for ever.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import msgspec

from schemas.mutations import (
    RecordPurchase,
)
from schemas.purchase import PurchaseLine
from schemas.record import Channel
from server.customers.forms import email_form, phone_form
from server.imports.csv_source import Dialect, Line, parse_decimal, restored
from server.imports.customer_rows import parted
from server.imports.mapping import Mapping, parse_instant
from server.imports.money import LARGEST_PRICE, minor_units
from server.imports.refusals import BROKEN, LineRefused, Refusal

LONGEST_TEXT = 200
LARGEST_QUANTITY = 1 << 31  # a line of more pieces is a slip of the keyboard
LARGEST_ORDER = 10_000  # lines
REMEMBERED = 50_000  # values read before, kept because lines repeat them

_RECORD_PURCHASE = str(RecordPurchase.__struct_config__.tag)


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for an order and not for one of its lines."""

    reference: str | None
    total: Decimal | None  # what was paid, less what was given back
    refunded: Decimal
    revised: int | None  # wall milliseconds UTC
    author: str | None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as our words say it."""

    number: int  # physical line of the file
    at: int  # wall milliseconds UTC
    customer: str | None
    channel: str
    store: str | None  # where it was sold; none for a sale on another channel that names no store
    home_store: str | None  # where a new customer belongs
    currency: str
    cancelled: bool
    quantity: int
    amount: Decimal  # exact: quantity times the price as written
    line: PurchaseLine
    person: dict[str, str]  # fields of the customer that the line tells
    order: Whole | None = None  # what it says of its whole order


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of one order, in file order, closed when the last of them has been read."""

    reference: str
    closed_at: int  # physical line that closed it
    lines: tuple[OrderLine, ...]
    originals: tuple[tuple[str, ...], ...]  # the values of ``lines`` as written

    @property
    def customer(self) -> str | None:
        """The source's number of the customer, or None for an anonymous sale."""
        return self.lines[0].customer

    @property
    def duplicates(self) -> int:
        """How many lines repeat another line of this order in every column."""
        return len(self.originals) - len(set(self.originals))


class LineReader:
    """Reads lines of one file by one mapping. Columns are found once, by name."""

    def __init__(self, mapping: Mapping, dialect: Dialect, *, store: str | None) -> None:
        header = {name: index for index, name in enumerate(dialect.header)}

        def place(column: str | None) -> int | None:
            return None if column is None else header.get(column)

        columns = mapping.columns
        self._mapping = mapping
        self._decimal = dialect.decimal
        self._zone = ZoneInfo(mapping.formats.time_zone)
        self._order = header[columns.order]
        self._sku = header[columns.sku]
        self._quantity = header[columns.quantity]
        self._price = header[columns.unit_price]
        self._at = header[columns.at]
        self._customer = place(columns.customer)
        self._title = place(columns.title)
        self._currency = place(columns.currency)
        self._channel = place(columns.channel)
        self._store = place(columns.store)
        self._default_store = store or mapping.constants.store
        self._cancelled = place(mapping.cancelled.column if mapping.cancelled else None)
        self._details = tuple(
            (name, header[column])
            for name in ("size", "size_category", "colour", "family")
            if (column := getattr(columns, name)) in header
        )
        self._person = tuple(
            (name, header[column])
            for name in ("given_name", "family_name", "full_name", "email", "phone", "town")
            if (column := getattr(columns, name)) in header
        )
        self._discount = place(columns.discount)
        self._whole_of = tuple(
            place(getattr(columns, name)) for name in ("reference", "total", "refunded", "seller")
        )
        self._revised = tuple(header[name] for name in columns.revised if name in header)
        self._is_whole = bool(self._revised or any(each is not None for each in self._whole_of))
        self._instants: dict[str, int] = {}
        self._customers: dict[str, str | None] = {}
        self._texts: dict[str, str] = {}
        self._prices: dict[str, tuple[Decimal, str]] = {}

    def order_of(self, line: Line) -> str:
        """Return the reference of the order a line belongs to; empty when it says none."""
        return "" if line.broken else restored(line.values[self._order].strip())

    def customer_of(self, line: Line) -> str | None:
        """Return the source's number of the customer a line names; None when there is none to read."""
        try:
            return None if line.broken else self._customer_of(line.values)
        except LineRefused:
            return None

    def read(self, line: Line) -> OrderLine:
        """Return what a line says.

        Raises:
            LineRefused: a value is missing or not what its column should hold.
        """
        if line.broken is not None:
            raise BROKEN[line.broken]
        values = line.values
        sku = self._text(values[self._sku], "sku") or self._mapping.constants.sku
        if not sku:
            raise LineRefused("sku_missing", "the line names no article")
        quantity = self._whole(values[self._quantity])
        price, price_text = self._price_of(values[self._price])
        customer = self._customer_of(values)
        channel, store, currency = self._where(values, anonymous=customer is None)
        amount = price * quantity - self._amount(values, self._discount)
        return OrderLine(
            number=line.number,
            at=self._instant(values[self._at]),
            customer=customer,
            channel=channel,
            store=store,
            home_store=store or self._default_store,
            currency=currency,
            cancelled=(
                self._cancelled is not None
                and self._mapping.cancelled is not None
                and self._mapping.cancelled.matches(values[self._cancelled])
            ),
            quantity=quantity,
            amount=amount,
            line=PurchaseLine(
                sku=sku,
                title="" if self._title is None else self._text(values[self._title], "title"),
                quantity=quantity,
                amount=minor_units(amount, currency),
                unit_price=price_text,
                **{name: self._text(values[place], name) or None for name, place in self._details},
            ),
            person=self._person_of(values),
            order=self._order_as_a_whole(values) if self._is_whole else None,
        )

    def _person_of(self, values: Sequence[str]) -> dict[str, str]:
        told = {name: text for name, place in self._person if (text := self._text(values[place], name))}
        if (whole := told.pop("full_name", None)) is not None:
            told = parted(whole) | told
        if email := told.get("email"):
            told["email"] = email.casefold()
            if email_form(email) is None:
                del told["email"]
        if (phone := told.get("phone")) and phone_form(phone, region="FR") is None:
            del told["phone"]
        return told

    def _order_as_a_whole(self, values: Sequence[str]) -> Whole:
        reference, total, refunded, seller = self._whole_of
        given_back = self._amount(values, refunded)
        paid = None if total is None or not values[total].strip() else self._amount(values, total)
        instants = [self._instant(values[place]) for place in self._revised if values[place].strip()]
        said = "" if seller is None else self._text(values[seller], "seller")
        return Whole(
            reference=None if reference is None else self._text(values[reference], "reference")[:120] or None,
            total=None if paid is None else paid - given_back,
            refunded=given_back,
            revised=max(instants, default=None),
            author=self._mapping.associates.get(said),
        )

    def _amount(self, values: Sequence[str], place: int | None) -> Decimal:
        """Return the amount in a column; 0 where there is none."""
        return Decimal(0) if place is None or not values[place].strip() else self._price_of(values[place])[0]

    def _where(self, values: Sequence[str], *, anonymous: bool) -> tuple[str, str | None, str]:
        channel = self._mapping.constants.channel
        if anonymous and self._mapping.anonymous.channel is not None:
            channel = self._mapping.anonymous.channel
        if self._channel is not None and (said := values[self._channel].strip()):
            channel = self._mapping.channels.get(said.casefold(), channel) if self._mapping.channels else said
        store = self._default_store if channel == Channel.STORE else None
        if self._store is not None and values[self._store].strip():
            written = self._text(values[self._store], "store")
            store = written if self._mapping.stores is None else self._mapping.stores.get(written, store)
        currency = self._mapping.constants.currency
        if self._currency is not None and values[self._currency].strip():
            currency = values[self._currency].strip().upper()
        if currency is None or len(currency) != 3 or not currency.isalpha():
            raise LineRefused("currency", "the currency is missing or not three letters")
        return channel, store, currency

    def _customer_of(self, values: Sequence[str]) -> str | None:
        if self._customer is None:
            return None
        written = values[self._customer]
        if written in self._customers:
            return self._customers[written]
        text = restored(written.strip())
        if text in self._mapping.anonymous.values:
            number = None
        elif self._mapping.customer.by_contact:
            number = self._text(text.casefold(), "customer")
        elif self._mapping.formats.customer == "integer":
            whole, _, zeros = text.partition(".")
            if not whole.isdecimal() or zeros.strip("0"):
                raise LineRefused("customer", "the customer number is not a whole number")
            number = self._text(str(int(whole)), "customer")
        else:
            number = self._text(text, "customer")
        if len(self._customers) > REMEMBERED:
            self._customers.clear()
        self._customers[written] = number
        return number

    def _instant(self, text: str) -> int:
        known = self._instants.get(text)
        if known is None:
            try:
                known = parse_instant(text.strip(), form=self._mapping.formats.at, zone=self._zone)
            except (ValueError, OverflowError) as error:
                raise LineRefused("instant", "the date is not written as the mapping says") from error
            if len(self._instants) > REMEMBERED:
                self._instants.clear()
            self._instants[text] = known
        return known

    @staticmethod
    def _whole(text: str) -> int:
        try:
            quantity = int(restored(text.strip()))
        except ValueError as error:
            raise LineRefused("quantity", "the quantity is not a whole number") from error
        if abs(quantity) >= LARGEST_QUANTITY:
            raise LineRefused("quantity", "the quantity is out of any reason")
        return quantity

    def _price_of(self, text: str) -> tuple[Decimal, str]:
        known = self._prices.get(text)
        if known is None:
            plain = parse_decimal(restored(text), self._decimal)
            try:
                price = Decimal(plain)
            except InvalidOperation as error:
                raise LineRefused("unit_price", "the price is not a number") from error
            if not price.is_finite() or abs(price) >= LARGEST_PRICE:
                raise LineRefused("unit_price", "the price is out of any reason")
            known = self._prices[text] = (price, plain)
            if len(self._prices) > REMEMBERED:
                self._prices.clear()
        return known

    def _text(self, text: str, field: str) -> str:
        known = self._texts.get(text)
        if known is None:
            known = restored(text.strip())
            if len(known) > LONGEST_TEXT:
                raise LineRefused(field, f"{field} is longer than {LONGEST_TEXT} characters")
            if not known.isprintable():
                raise LineRefused(field, f"{field} holds control characters")
            if len(self._texts) > REMEMBERED:
                self._texts.clear()
            self._texts[text] = known
        return known


class Ends(msgspec.Struct, frozen=True):
    """Where things end in a file: its orders, and what there is of each customer."""

    lines: int
    orders: dict[str, int]  # reference -> the last line it stands on; its lines may be scattered
    customers: dict[str, int]  # number -> the last line that names her


def ends_of(lines: Iterable[Line], reader: LineReader) -> Ends:
    """Return how many lines there are, and where orders and customers end."""
    count = 0
    ends = Ends(0, {}, {})
    for line in lines:
        count += 1
        if reference := reader.order_of(line):
            ends.orders[reference] = line.number
            if customer := reader.customer_of(line):
                ends.customers[customer] = line.number
    return msgspec.structs.replace(ends, lines=count)


def orders(
    lines: Iterable[Line], reader: LineReader, ends: Ends, refuse: Callable[[Refusal], None]
) -> Iterator[Order]:
    """Yield each order when its last line has been read. Refused lines go to ``refuse`` as they come.

    An order of which every line is refused is not yielded.
    """
    opened: dict[str, list[tuple[OrderLine, tuple[str, ...]]]] = {}
    for line in lines:
        reference = reader.order_of(line)
        held = opened.setdefault(reference, []) if reference else []
        try:
            if not line.broken and not reference:
                raise LineRefused("order_missing", "the line names no order")
            read = reader.read(line)
            if held and (held[0][0].customer, held[0][0].currency) != (read.customer, read.currency):
                raise LineRefused("order_mixed", "the order began with another customer or currency")
            if len(held) >= LARGEST_ORDER:
                raise LineRefused("order_too_long", f"the order has more than {LARGEST_ORDER} lines")
            held.append((read, tuple(line.values)))
        except LineRefused as refused:
            refuse(
                Refusal(line=line.number, code=refused.code, reason=refused.reason, values=tuple(line.values))
            )
        if reference and ends.orders[reference] == line.number:
            del opened[reference]
            if held:
                yield Order(
                    reference=reference,
                    closed_at=line.number,
                    lines=tuple(read for read, _ in held),
                    originals=tuple(values for _, values in held),
                )
