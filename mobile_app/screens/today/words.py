"""Today in words: each reason and each thing to do."""

from mobile_app.i18n import language, short_day, tr
from mobile_app.screens.promise_words import ICONS, day_words, due_words, kind_words
from mobile_app.screens.today.model import TodayModel
from mobile_app.screens.today.reasons import Do, Person, Why


def reason_words(model: TodayModel, person: Person) -> str:
    """Return why somebody is on the list, in one line."""
    item = person.item
    match person.why:
        case Why.BIRTHDAY if person.day is not None:
            if person.day == model.agenda.today:
                return tr("Her birthday is today")
            when = day_words(model.agenda.today, person.day)
            if language() != "en" or when == tr("Tomorrow"):  # English days keep their capital
                when = when[:1].lower() + when[1:]
            return tr("Birthday: {day}").format(day=when)
        case Why.LAPSED:
            seen = short_day(person.who.last_seen) if person.who.last_seen else ""
            return tr("Not seen since {day}").format(day=seen)
        case Why.SOLVED if item is not None:
            kind = kind_words("cases", item.what.kind)
            return tr("{kind} solved: ask how it turned out").format(kind=kind)
        case _ if item is not None:
            text = item.what.text or kind_words(item.what.field, item.what.kind)
            when = due_words(model.agenda, item)
            return f"{text} · {when}" if when and person.why is Why.OVERDUE else text
        case _:
            return ""


def icon_of(person: Person) -> str:
    """Return the icon of a reason."""
    match person.why:
        case Why.BIRTHDAY:
            return "gift-outline"
        case Why.LAPSED:
            return "clock-outline"
        case Why.SOLVED:
            return "hammer-wrench"
        case _:
            return ICONS.get(person.item.what.kind if person.item else "", "checkbox-marked-circle-outline")


def act_words(person: Person) -> tuple[str, str]:
    """Return the one thing to do, and its icon."""
    match person.do:
        case Do.DONE:
            return tr("Done"), "check"
        case Do.REACH:
            return tr("Contact"), "message-text-outline"
        case _:
            return tr("Open"), "arrow-right"
