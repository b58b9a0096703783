"""The three things to know first, chosen from what the reader may see. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas.record import Struct

HOW_MANY = 3
SOON_DAYS = 21  # a birthday this near is worth a word at the counter

Values = Mapping[str, Any]


class Fact(Struct, frozen=True):
    """One tile: what it is, and the figures that words are made of."""

    kind: str
    amount: int = 0  # minor units, points, days or a count, by kind
    currency: str = ""
    text: str = ""
    at: int | None = None  # wall milliseconds UTC
    count: int = 0


def first_facts(values: Values, today: date) -> tuple[Fact, ...]:
    """Return at most three facts, the most telling first: a near day, money, sizes, loyalty, taste."""
    found = [
        fact
        for fact in (
            _near_day(values, today),
            _last_12_months(values),
            _lifetime(values),
            _sizes(values),
            _points(values),
            _last_visit(values),
            _likes(values),
            _none_yet(values),
        )
        if fact is not None
    ]
    return tuple(found[:HOW_MANY])


def days_until(day_of_year: str, today: date) -> int:
    """Return the days until the next occurrence of ``MM-DD``; 29 February may be 1 March."""
    month, day = int(day_of_year[:2]), int(day_of_year[3:5])
    for year in (today.year, today.year + 1):
        try:
            then = date(year, month, day)
        except ValueError:
            then = date(year, 3, 1)
        if then >= today:
            return (then - today).days
    return 366


def spend_by_month(values: Values, today: date, months: int = 12) -> tuple[tuple[int, int], ...]:
    """Return (month 1 to 12, minor units) of the last months, the oldest first; empty without spend."""
    spend = values.get("spend")
    if not spend:
        return ()
    sums = spend.get("by_month") or {}
    first = today.year * 12 + today.month - months
    return tuple(
        (number % 12 + 1, int(sums.get(f"{number // 12}-{number % 12 + 1:02}", 0)))
        for number in range(first, first + months)
    )


def local_day(at: int) -> date:
    """Return the tablet's calendar day of an instant."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone().date()


def _near_day(values: Values, today: date) -> Fact | None:
    known = [("birthday", "", str(values["birth_date"])[-5:])] if values.get("birth_date") else []
    known += [
        ("important_date", each["label"], str(each["date"])[-5:])
        for each in (values.get("important_dates") or {}).values()
    ]
    near = [(days_until(day, today), kind, label) for kind, label, day in known]
    days, kind, label = min(near, default=(SOON_DAYS + 1, "", ""))
    if days > SOON_DAYS:
        return None
    then = datetime.combine(today + timedelta(days=days), datetime.min.time()).astimezone()
    return Fact(kind=kind, amount=days, text=label, at=int(then.timestamp() * 1000))


def _lifetime(values: Values) -> Fact | None:
    spend = values.get("spend")
    if not spend or not spend["purchases"]:
        return None
    return Fact(
        kind="lifetime", amount=spend["lifetime"], currency=spend["currency"], count=spend["purchases"]
    )


def _last_12_months(values: Values) -> Fact | None:
    spend = values.get("spend")
    if not spend or not spend["purchases"]:
        return None
    return Fact(
        kind="last_12_months",
        amount=spend["last_12_months"],
        currency=spend["currency"],
        at=spend.get("last_at"),
    )


def _sizes(values: Values) -> Fact | None:
    worn = {key: size["value"] for key, size in (values.get("computed_sizes") or {}).items()}
    worn.update({key: size["value"] for key, size in (values.get("sizes") or {}).items()})
    if not worn:
        return None
    ordered = sorted(worn, key=lambda key: (key not in _USUAL, _USUAL.get(key, 9), key))
    return Fact(kind="sizes", text="\n".join(f"{key}={worn[key]}" for key in ordered[:2]), count=len(worn))


def _points(values: Values) -> Fact | None:
    loyalty = values.get("loyalty")
    return Fact(kind="points", amount=loyalty["points"]) if loyalty else None


def _last_visit(values: Values) -> Fact | None:
    visits = [each["at"] for each in values.get("touchpoints") or () if each["kind"] == "visit"]
    return Fact(kind="last_visit", at=max(visits), count=len(visits)) if visits else None


def _likes(values: Values) -> Fact | None:
    likes = sorted(values.get("likes") or ())
    return Fact(kind="likes", text=", ".join(likes[:2]), count=len(likes)) if likes else None


def _none_yet(values: Values) -> Fact | None:
    return Fact(kind="nothing_bought") if values.get("purchases") == [] else None


_USUAL = {"top": 0, "shoes": 1, "ring": 2}
