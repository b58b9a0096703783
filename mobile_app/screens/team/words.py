"""The store's work and who is away, in words."""

from typing import NamedTuple

from mobile_app.i18n import ntr, number, short_day, tr
from mobile_app.screens.content import Act, Content, Group
from mobile_app.screens.directory import Directory
from mobile_app.screens.find.words import name_of
from mobile_app.screens.promise_words import day_words
from mobile_app.screens.team.model import NOBODY, TeamModel, first_days
from mobile_app.screens.team.work import Share, here, is_late, waiting
from schemas.staff import Absence
from sync.summary import Summary


class Count(NamedTuple):
    """A figure and what it counts."""

    key: str
    icon_name: str
    figure: str
    text: str
    late: bool = False


def counts(model: TeamModel) -> tuple[Count, ...]:
    """Return the figures of the store's day; what the role may not know has none."""
    work = model.work
    agenda = work.agenda
    to_do = here(agenda, agenda.to_do)
    late = sum(is_late(agenda, item) for item in to_do)
    comes = sum(item.day == agenda.today for item in here(agenda, agenda.comes))
    found = [
        Count("follow_ups", "clock-alert-outline", number(late), tr("overdue"), late > 0),
        Count("follow_ups", "checkbox-marked-circle-outline", number(len(to_do)), tr("promised")),
        Count("follow_ups", "calendar-check-outline", number(comes), tr("appointments today")),
        Count(
            "follow_ups", "package-variant-closed", number(len(waiting(agenda))), tr("on the waiting list")
        ),
    ]
    if model.held is not None:
        found.append(
            Count("decide", "tray-alert", number(model.held), tr("changes to decide"), model.held > 0)
        )
    if work.unowned is not None:
        found.append(Count("", "account-group", number(work.unowned), tr("customers without an associate")))
    found.append(Count("", "account-plus-outline", number(len(work.fresh)), tr("new this week")))
    if work.allowed is not None:
        found.append(Count("", "check", number(work.allowed), tr("allowed contact this week")))
    if work.withdrew is not None:
        found.append(Count("", "close", number(work.withdrew), tr("withdrew it this week")))
    return tuple(found)


def share_words(directory: Directory, share: Share) -> tuple[str, str]:
    """Return a colleague's name, and what is promised in it."""
    name = directory.person(share.associate_id) if share.associate_id else tr("Whoever is there")
    parts = [ntr("{count} promise", "{count} promises", share.promised).format(count=share.promised)]
    if share.late:
        parts.append(ntr("{count} overdue", "{count} overdue", share.late).format(count=share.late))
    if share.comes:
        said = ntr("{count} appointment today", "{count} appointments today", share.comes)
        parts.append(said.format(count=share.comes))
    if share.away is not None:
        parts.append(away_words(directory, share.away))
    return name or tr("A colleague of another store"), " · ".join(parts)


def away_words(directory: Directory, absence: Absence) -> str:
    """Return until when somebody is away, and who stands in."""
    until = tr("away until {day}").format(day=short_day(absence.last_day))
    stand_in = directory.person(str(absence.stand_in)) if absence.stand_in else ""
    if stand_in:
        return f"{until}, {tr('{name} stands in').format(name=stand_in)}"
    return f"{until}, {tr('nobody stands in')}"


def absence_words(directory: Directory, absence: Absence) -> tuple[str, str]:
    """Return who is away, and when and with whom in his place."""
    name = tr("Me") if str(absence.associate_id) == directory.me else ""
    name = name or directory.person(str(absence.associate_id)) or tr("A colleague of another store")
    first, last = short_day(absence.first_day), short_day(absence.last_day)
    days = first if first == last else f"{first} – {last}"
    stand_in = directory.person(str(absence.stand_in)) if absence.stand_in else ""
    said = tr("{name} stands in").format(name=stand_in) if stand_in else tr("nobody stands in")
    return name, f"{days} · {said}"


def customer_words(who: Summary) -> tuple[str, str]:
    """Return a customer's name and town."""
    return name_of(who.given_name, who.family_name), who.town or ""


def made_words(absence: Absence) -> str:
    """Return what the bar says after an absence was declared or called off."""
    return tr("Called off.") if absence.cancelled else tr("Noted: it begins and ends by itself.")


def sheet_content(model: TeamModel) -> Content | None:
    """Return the sheet of an absence; None where there is none."""
    asking, agenda = model.asking, model.work.agenda
    if asking is None:
        return None
    own = asking.associate_id == agenda.me
    name = agenda.directory.person(asking.associate_id)
    typed_first, typed_last = (bool(asking.texts.get(key)) for key in ("first", "last"))
    firsts = tuple(
        (f"first:{key}", day_words(agenda.today, day), key == asking.first and not typed_first)
        for key, day in first_days(agenda.today).items()
    )
    lengths = tuple(
        (f"length:{key}", text, key == asking.length and not typed_last)
        for key, text in (
            ("day", tr("One day")),
            ("two_days", tr("Two days")),
            ("week", tr("A week")),
            ("two_weeks", tr("Two weeks")),
            ("three_weeks", tr("Three weeks")),
        )
    )
    people = tuple(
        (f"stand_in:{each}", agenda.directory.person(each), each == asking.stand_in)
        for each in model.stand_ins
    )
    nobody = (f"stand_in:{NOBODY}", tr("Nobody"), asking.stand_in not in model.stand_ins)
    return Content(
        title=tr("I will be away") if own else tr("{name} will be away").format(name=name),
        lead=tr(
            "Promises, appointments and customers show to whoever stands in, and go back by themselves."
            " Private notes stay private."
        ),
        groups=(
            Group(tr("From"), firsts),
            Group(tr("For"), lengths),
            Group(tr("Stands in"), (*people, nobody)),
        ),
        fields=(
            ("first", tr("First day"), asking.texts.get("first", ""), tr("24/12, if none above fits")),
            ("last", tr("Last day"), asking.texts.get("last", ""), tr("2/1, if none above fits")),
        ),
        problem=tr("These days do not fit. Look at them once more.") if asking.problem else "",
        acts=(Act("close", tr("Cancel")), Act("keep", tr("Note down"), "filled", "check")),
    )
