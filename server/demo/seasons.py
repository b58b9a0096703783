"""When people shop: months, holidays, sales, weekdays, and the hours of a shop and of a web shop."""

from __future__ import annotations

import datetime
import random
from functools import cache
from typing import Final

DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()

# January and July are sales, December is gifts, August is away.
_MONTHS: Final = (1.25, 0.78, 0.85, 0.92, 1.0, 0.98, 1.18, 0.55, 0.95, 1.0, 1.12, 1.75)
_STORE_WEEKDAYS: Final = (0.55, 0.8, 0.9, 0.95, 1.15, 1.9, 0.25)
_WEB_WEEKDAYS: Final = (1.05, 1.0, 0.95, 1.0, 0.9, 0.85, 1.3)
_HEAVIEST: Final = 1.75 * 1.9 * 1.35


def draw_shopping_day(rng: random.Random, *, first: int, last: int, online: bool) -> int:
    """Return the ordinal of a day between two ordinals, drawn as busily as the days are."""
    if last <= first:
        return first
    span = last - first + 1
    for _attempt in range(24):
        day = first + int(rng.random() * span)
        if rng.random() * _HEAVIEST < busyness(day, online=online):
            return day
    return day


@cache
def busyness(day: int, *, online: bool) -> float:
    """Return how busy a day (ordinal) is, 1.0 being an ordinary day."""
    date = datetime.date.fromordinal(day)
    week = (_WEB_WEEKDAYS if online else _STORE_WEEKDAYS)[date.weekday()]
    weight = _MONTHS[date.month - 1] * week
    if gift_occasion(day):
        weight *= 1.35
    if (date.month, date.day) in {(1, 1), (5, 1), (12, 25)}:
        weight *= 0.9 if online else 0.0
    return weight


@cache
def gift_occasion(day: int) -> str | None:
    """Return what people buy gifts for around a day (``noel``, ``fete_des_meres``, ...) or None."""
    date = datetime.date.fromordinal(day)
    if date.month == 12 and date.day <= 24:
        return "noel"
    if date.month == 2 and 4 <= date.day <= 14:
        return "saint_valentin"
    mothers_day = _last_sunday_of_may(date.year)
    if 0 <= (mothers_day - date).days <= 12:
        return "fete_des_meres"
    return None


@cache
def sales_discount(day: int) -> float:
    """Return the part taken off during sales: 30 % then 40 % in January and July, else nothing."""
    date = datetime.date.fromordinal(day)
    for start in (datetime.date(date.year, 1, 8), datetime.date(date.year, 6, 26)):
        start += datetime.timedelta(days=(2 - start.weekday()) % 7)  # a Wednesday
        if 0 <= (date - start).days < 28:
            return 0.3 if (date - start).days < 14 else 0.4
    return 0.0


def draw_store_instant(rng: random.Random, day: int) -> int:
    """Return an instant within opening hours, 10:00 to 19:30 in Paris, as milliseconds UTC."""
    return _instant(day, 10 * 60 + int(rng.triangular(0, 9.5 * 60, 6.5 * 60)), rng)


def draw_web_instant(rng: random.Random, day: int) -> int:
    """Return an instant of the day as people use a web shop: lunch and evening, as milliseconds UTC."""
    minute = rng.gauss(13 * 60, 70) if rng.random() < 0.3 else rng.gauss(20.6 * 60, 100)
    return _instant(day, min(max(int(minute), 7 * 60), 23 * 60 + 59), rng)


def day_of(at_ms: int) -> int:
    """Return the ordinal of the (UTC) day of an instant."""
    return at_ms // DAY_MS + _EPOCH


@cache
def iso_day(day: int) -> str:
    """Return a day as YYYY-MM-DD."""
    return datetime.date.fromordinal(day).isoformat()


def _instant(day: int, local_minute: int, rng: random.Random) -> int:
    return (day - _EPOCH) * DAY_MS + (local_minute - _paris_offset(day)) * 60_000 + int(rng.random() * 60_000)


@cache
def _paris_offset(day: int) -> int:
    """Return minutes ahead of UTC; the nights of the change itself do not matter here."""
    date = datetime.date.fromordinal(day)
    return 120 if _last_sunday(date.year, 3) <= date < _last_sunday(date.year, 10) else 60


def _last_sunday_of_may(year: int) -> datetime.date:
    return _last_sunday(year, 5)


def _last_sunday(year: int, month: int) -> datetime.date:
    last = datetime.date(year, month, 31)
    return last - datetime.timedelta(days=(last.weekday() + 1) % 7)
