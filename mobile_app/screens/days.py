"""The days one says most when something is promised or put off. Pure."""

from datetime import date, timedelta

WEEK = 7


def later_days(today: date) -> tuple[tuple[str, date], ...]:
    """Return tomorrow, Saturday, in a week, in a month, each with its day."""
    saturday = today + timedelta(days=(5 - today.weekday()) % WEEK or WEEK)
    return (
        ("tomorrow", today + timedelta(days=1)),
        ("saturday", saturday),
        ("week", today + timedelta(days=WEEK)),
        ("month", today + timedelta(days=30)),
    )
