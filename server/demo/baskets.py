"""What made customers buy and bring back: tickets, web orders, sizes, sales prices, returns and exchanges."""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from schemas.ids import id_from
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.demo.catalog import CURRENCY, MadeProduct, catalogue
from server.demo.people import Habit, Person
from server.demo.seasons import (
    DAY_MS,
    day_of,
    draw_shopping_day,
    draw_store_instant,
    draw_web_instant,
    gift_occasion,
    iso_day,
    sales_discount,
)

SOURCES: Final = {
    "store": "till",
    "web": "web-shop",
    "app": "app",
    "call_centre": "call-centre",
    "social": "social-shop",
}
_LETTERS: Final = {"till": "T", "web-shop": "W", "app": "A", "call-centre": "C", "social-shop": "S"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A day on which a customer bought, and how."""

    at: int  # wall milliseconds UTC
    habit: Habit


def draw_visits(rng: random.Random, person: Person, *, since: int, now_ms: int) -> list[Visit]:
    """Return the occasions on which a person bought, oldest first.

    Args:
        since: ordinal of the first day of the house's history; earlier purchases are not known.
        now_ms: nothing happens later.
    """
    today = day_of(now_ms)
    first, last = max(person.joined, since), min(person.gone, today)
    count = _poisson(rng, person.rate * max(last - first, 0) / 365)
    days = [
        draw_shopping_day(rng, first=first, last=last, online=person.habit != "store") for _ in range(count)
    ]
    if rng.random() < 0.86:
        days.append(first)
    visits = []
    for day in days:
        habit = person.habit if rng.random() < 0.78 else _other_habit(rng, person)
        instant = draw_store_instant if habit in {"store", "call_centre"} else draw_web_instant
        at = instant(rng, day)
        if at < now_ms:
            visits.append(Visit(at=at, habit=habit))
    visits.sort(key=lambda visit: visit.at)
    return visits


def draw_purchases(
    rng: random.Random, person: Person, visit: Visit, *, store: str | None, author: str | None, now_ms: int
) -> list[Purchase]:
    """Return the ticket of one visit and, at times, the return or the exchange that follows it."""
    day = day_of(visit.at)
    lines = _draw_lines(rng, person, day)
    source = SOURCES[visit.habit]
    sale = _purchase(
        rng,
        visit.at,
        source=source,
        habit=visit.habit,
        kind=PurchaseKind.SALE,
        lines=lines,
        store=store,
        author=author,
    )
    bought = [sale]
    share = 0.055 if visit.habit == "store" else 0.17
    returned = [line for line in lines if rng.random() < share * (1.3 if line.size else 0.5)]
    in_store = store is not None and (visit.habit == "store" or rng.random() < 0.4)
    how: Habit = "store" if in_store else visit.habit
    back = day + 1 + int(rng.triangular(1, 31, 7))
    back_at = (draw_store_instant if how == "store" else draw_web_instant)(rng, back)
    closed = back % 7 == 0  # a Sunday
    if not returned or back_at >= now_ms or closed:
        return bought
    bought.append(
        _purchase(
            rng, back_at, source=SOURCES[how], habit=how, kind=PurchaseKind.RETURN,
            lines=[_reversed(line) for line in returned], store=store if in_store else None,
            author=author if in_store else None,
        )
    )  # fmt: skip
    exchanged = [_in_another_size(rng, line) for line in returned if line.size and rng.random() < 0.5]
    if exchanged:
        bought.append(
            _purchase(
                rng, back_at + 180_000, source=SOURCES[how], habit=how, kind=PurchaseKind.SALE,
                lines=exchanged,
                store=store if in_store else None, author=author if in_store else None,
            )
        )  # fmt: skip
    return bought


def draw_product(rng: random.Random, person: Person, day: int, *, gift: bool = False) -> MadeProduct:
    """Return a product a person would look at on a day: of her families and colours, within her means."""
    audience = person.sex if not gift else rng.choice(("F", "F", "M"))
    family = None if gift else rng.choice(person.families) if rng.random() < 0.62 else None
    products, sums = _shelf(audience, family)
    if not products:
        products, sums = _shelf(audience, None)
    day_text = iso_day(day)
    for _attempt in range(6):
        one = products[bisect(sums, rng.random() * sums[-1])]
        shown = one.product
        if (shown.launched or "") > day_text:
            continue
        dear = shown.price.amount / 40_000 / person.budget
        if dear > 1 and rng.random() > 1 / dear:
            continue
        if one.colour.code in person.colours or rng.random() < 0.55:
            return one
    return one if (one.product.launched or "") <= day_text else _always_there()


@cache
def _shelf(audience: str, family: str | None) -> tuple[tuple[MadeProduct, ...], list[float]]:
    products = tuple(
        one for one in catalogue()
        if one.audience in {audience, "A"} and (family is None or one.product.family == family)
    )  # fmt: skip
    weights = (one.popularity * (40_000 / (one.product.price.amount + 8_000)) ** 0.45 for one in products)
    return products, list(itertools.accumulate(weights))


@cache
def _always_there() -> MadeProduct:
    return min(catalogue(), key=lambda one: one.product.launched or "")


def _draw_lines(rng: random.Random, person: Person, day: int) -> list[PurchaseLine]:
    occasion = gift_occasion(day)
    count = 1 + (rng.random() < 0.27) + (rng.random() < 0.09) + (rng.random() < 0.03 * (2 if occasion else 1))
    discount = sales_discount(day)
    lines: list[PurchaseLine] = []
    for _line in range(count):
        gift = rng.random() < (0.45 if occasion else 0.07)
        one = draw_product(rng, person, day, gift=gift)
        if any(line.sku == one.product.sku for line in lines):
            continue
        small = one.product.price.amount < 10_000
        quantity = 2 if small and rng.random() < 0.16 else 1
        on_sale = (
            discount and one.product.family in {"ready_to_wear", "shoes", "scarves"} and rng.random() < 0.6
        )
        price = (
            round(one.product.price.amount * (1 - discount) / 100) * 100
            if on_sale
            else one.product.price.amount
        )
        category = one.product.size_category
        lines.append(
            PurchaseLine(
                sku=one.product.sku,
                title=one.product.name["fr"],
                quantity=quantity,
                amount=price * quantity,
                size=_size(rng, person, one, gift=gift) if category else None,
                size_category=category,
                colour=one.product.colour,
                family=one.product.family,
            )
        )
    return lines


def _size(rng: random.Random, person: Person, one: MadeProduct, *, gift: bool) -> str:
    scale = one.product.sizes
    wears = person.sizes[one.product.size_category or "top"]
    if gift or wears not in scale:
        return scale[min(max(round(rng.gauss(len(scale) / 2 - 0.5, len(scale) / 6)), 0), len(scale) - 1)]
    return wears if rng.random() < 0.92 else _neighbour(rng, scale, wears)


def _neighbour(rng: random.Random, scale: tuple[str, ...], size: str) -> str:
    place = scale.index(size) + rng.choice((-1, 1))
    return scale[min(max(place, 0), len(scale) - 1)]


def _in_another_size(rng: random.Random, line: PurchaseLine) -> PurchaseLine:
    scale = next(one.product.sizes for one in catalogue() if one.product.sku == line.sku)
    return _line_like(line, size=_neighbour(rng, scale, line.size or scale[0]), sign=1)


def _reversed(line: PurchaseLine) -> PurchaseLine:
    return _line_like(line, size=line.size, sign=-1)


def _line_like(line: PurchaseLine, *, size: str | None, sign: int) -> PurchaseLine:
    return PurchaseLine(
        sku=line.sku, title=line.title, quantity=sign * line.quantity, amount=sign * line.amount, size=size,
        size_category=line.size_category, colour=line.colour, family=line.family,
    )  # fmt: skip


def _purchase(
    rng: random.Random, at: int, *, source: str, habit: Habit, kind: PurchaseKind, lines: list[PurchaseLine],
    store: str | None, author: str | None,
) -> Purchase:  # fmt: skip
    noise = rng.getrandbits(48)
    reference = f"{_LETTERS[source]}{at // DAY_MS}-{noise:012X}"
    return Purchase(
        purchase_id=_purchase_id(source, reference),
        source=source,
        reference=reference,
        at=at,
        channel=Channel(habit),
        kind=kind,
        currency=CURRENCY,
        total=sum(line.amount for line in lines),
        lines=tuple(lines),
        store=store,
        author=author,
    )


def _purchase_id(source: str, reference: str) -> UUID:
    return id_from("purchase", source, reference)


def _other_habit(rng: random.Random, person: Person) -> Habit:
    habits: tuple[Habit, ...] = ("store", "web", "app", "call_centre", "social")
    other = rng.choices(habits, (45 if person.store else 0, 34, 9, 5, 5))[0]
    return other


def _poisson(rng: random.Random, mean: float) -> int:
    """Return a draw from a Poisson distribution by adding up exponential waits."""
    count, waited = 0, rng.expovariate(1)
    while waited < mean and count < 400:
        count += 1
        waited += rng.expovariate(1)
    return count
