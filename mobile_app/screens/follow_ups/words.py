"""The sheets of the follow-ups, in words."""

from mobile_app.i18n import tr
from mobile_app.screens.content import Act, Content
from mobile_app.screens.days import later_days
from mobile_app.screens.find.words import name_of
from mobile_app.screens.follow_ups.model import Ask, FollowUpsModel, Section, states_after
from mobile_app.screens.promise_words import due_words, later_words, move_words, owner_words, what_words


def section_words(section: Section) -> str:
    """Return a heading."""
    return {
        Section.OVERDUE: tr("Overdue"),
        Section.TODAY: tr("Today"),
        Section.UPCOMING: tr("Upcoming"),
        Section.SOME_DAY: tr("Without a day"),
    }[section]


def sheet_content(model: FollowUpsModel) -> Content | None:
    """Return what the sheet says; None where there is none."""
    sheet, item = model.sheet, model.about
    if sheet is None or item is None:
        return None
    name = name_of(item.who.given_name, item.who.family_name)
    lead = ", ".join(part for part in (what_words(item), due_words(model.agenda, item)) if part)
    if sheet.ask is Ask.LATER:
        days = later_days(model.agenda.today)
        choices = tuple((key, later_words(key, day), False) for key, day in days)
        return Content(title=tr("Put it off to"), lead=f"{name}: {lead}", choices=choices)
    if sheet.ask is Ask.OTHER:
        directory = model.agenda.directory
        people = sorted(model.agenda.colleagues, key=lambda key: (key != directory.me, directory.person(key)))
        choices = tuple((key, owner_words(directory, key), key == item.what.owner) for key in people)
        return Content(title=tr("Hand it over to"), lead=f"{name}: {lead}", choices=choices)
    steps = tuple((state, move_words(item.what.field, state), False) for state in states_after(item))
    choices = (*steps, ("later", tr("Put off"), False), ("other", tr("Give to"), False))
    owner = owner_words(model.agenda.directory, item.what.owner)
    return Content(
        title=name,
        lead=f"{lead} · {owner}",
        choices=choices,
        acts=(Act("open", tr("Open the card"), "tonal"),),
    )
