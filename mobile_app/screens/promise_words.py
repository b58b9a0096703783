"""What is promised, in words."""

from datetime import date
from typing import Any

from mobile_app.i18n import clock, day, language, ntr, short_day, tr
from mobile_app.screens.agenda import Agenda, Item, days_until
from mobile_app.screens.directory import Directory

_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
ICONS = {
    "call": "phone-outline",
    "message": "message-text-outline",
    "put_aside": "shopping-outline",
    "arrival": "package-variant-closed",
    "sample": "gift-outline",
    "advice": "account-heart-outline",
    "fitting": "hanger",
    "collection": "package-down",
    "event": "star-outline",
    "complaint": "alert-circle-outline",
    "repair": "hammer-wrench",
    "question": "information-outline",
}


def weekday(at: date) -> str:
    """Return the name of a day of the week."""
    return _DAYS[language()][at.weekday()]


def kind_words(field: str, kind: str) -> str:
    """Return what is promised, by its kind."""
    if field == "appointments":
        return {
            "advice": tr("Advice"),
            "fitting": tr("Fitting"),
            "collection": tr("Collection"),
            "event": tr("Evening in store"),
        }.get(kind, tr("Appointment"))
    if field == "cases":
        return {
            "complaint": tr("Complaint"),
            "repair": tr("Repair"),
            "question": tr("Question"),
        }.get(kind, tr("Case"))
    return {
        "call": tr("Call"),
        "message": tr("Write"),
        "put_aside": tr("Put aside"),
        "arrival": tr("Has arrived"),
        "sample": tr("Sample given"),
    }.get(kind, tr("To do"))


def state_words(field: str, state: str) -> str:
    """Return where something stands."""
    return {
        ("tasks", "open"): tr("To do"),
        ("tasks", "done"): tr("Done"),
        ("tasks", "cancelled"): tr("Called off"),
        ("appointments", "booked"): tr("Booked"),
        ("appointments", "kept"): tr("She came"),
        ("appointments", "missed"): tr("Did not come"),
        ("appointments", "cancelled"): tr("Called off"),
        ("cases", "open"): tr("Opened"),
        ("cases", "in_progress"): tr("In progress"),
        ("cases", "waiting"): tr("Waiting"),
        ("cases", "solved"): tr("Solved"),
        ("cases", "cancelled"): tr("Called off"),
    }.get((field, state), state)


def move_words(field: str, state: str) -> str:
    """Return the button that brings something into a state."""
    return {
        ("tasks", "done"): tr("Done"),
        ("tasks", "cancelled"): tr("Call it off"),
        ("tasks", "open"): tr("Take it up again"),
        ("appointments", "kept"): tr("She came"),
        ("appointments", "missed"): tr("Did not come"),
        ("appointments", "cancelled"): tr("Call it off"),
        ("appointments", "booked"): tr("Make it again"),
        ("cases", "in_progress"): tr("In progress"),
        ("cases", "waiting"): tr("Waiting"),
        ("cases", "solved"): tr("Solved"),
        ("cases", "cancelled"): tr("Call it off"),
        ("cases", "open"): tr("Open it again"),
    }.get((field, state), state)


def moved_words(field: str, state: str) -> str:
    """Return what the bar says after a move into a state."""
    return tr("{state}.").format(state=state_words(field, state))


def what_words(item: Item) -> str:
    """Return what is promised: the text, else its kind."""
    kind = kind_words(item.what.field, item.what.kind)
    return f"{kind} · {item.what.text}" if item.what.text else kind


def due_words(agenda: Agenda, item: Item) -> str:
    """Return by when something is due, as one would say it."""
    if item.what.starts:
        at = item.day
        assert at is not None
        return f"{day_words(agenda.today, at)}, {clock(item.what.starts)}"
    days = days_until(agenda, item)
    if days is None or item.day is None:
        return ""
    if days < 0:
        return ntr("{count} day late", "{count} days late", -days).format(count=-days)
    return day_words(agenda.today, item.day)


def day_words(today: date, at: date) -> str:
    """Return a day near to today by its name: today, tomorrow, Saturday, 3 Dec."""
    days = (at - today).days
    if days == 0:
        return tr("Today")
    if days == 1:
        return tr("Tomorrow")
    if 1 < days < 7:
        name = weekday(at)
        return name[:1].upper() + name[1:]
    return short_day(at.isoformat())


def long_day(at: date) -> str:
    """Return a day with its name: ``Sunday 22 Nov``."""
    name = weekday(at)
    return f"{name[:1].upper()}{name[1:]} {short_day(at.isoformat())}"


def later_words(key: str, at: date) -> str:
    """Return a day to put something off to."""
    return {
        "tomorrow": tr("Tomorrow"),
        "saturday": tr("Saturday"),
        "week": tr("In a week"),
        "month": tr("In a month"),
    }.get(key) or day(at.isoformat())


def owner_words(directory: Directory, owner: str) -> str:
    """Return whose it is."""
    if not owner:
        return tr("The store")
    if owner == directory.me:
        return tr("Me")
    return directory.person(owner) or tr("A colleague of another store")


def thing_words(field: str, thing: Any, today: date) -> tuple[str, str]:
    """Return what is promised and by when, of a thing as the card holds it."""
    kind = kind_words(field, thing["kind"])
    text = f"{kind} · {thing['text']}" if thing.get("text") else kind
    if thing.get("starts"):
        when = f"{short_day(thing['starts'])}, {clock(thing['starts'])}"
    elif thing.get("due"):
        when = day_words(today, date.fromisoformat(thing["due"]))
        days = (today - date.fromisoformat(thing["due"])).days
        if days > 0:
            when = ntr("{count} day late", "{count} days late", days).format(count=days)
    else:
        when = ""
    if field == "cases":
        when = ", ".join(part for part in (state_words(field, thing["state"]), when) if part)
    return text, when
