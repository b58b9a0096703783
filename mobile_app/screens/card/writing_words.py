"""The sheet that writes to a customer, in words."""

from mobile_app.i18n import language, ntr, tr
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.words import contact_channel_words, contact_words, moment_said, purpose_words
from mobile_app.screens.card.writing import OWN, channels, draft, offered
from mobile_app.screens.content import Act, Content, Group, Told
from schemas.messages import Pressed, Template


def message_content(model: CardModel, sheet: Sheet) -> Content:
    """Return the sheet: what may be and why, before there is anything to type in."""
    said = draft(model, sheet)
    by = tuple(
        (f"channel:{each}", contact_channel_words(each), each == said.channel) for each in channels(model)
    )
    chosen = said.template.code if said.template is not None else OWN
    texts = (
        *(
            (f"template:{each.code}", template_words(each), each.code == chosen)
            for each in offered(model, said.channel)
        ),
        (f"template:{OWN}", tr("In your own words"), chosen == OWN),
    )
    allowed = said.answer.allowed
    told = [
        Told(
            "check-circle-outline" if allowed else "cancel",
            contact_words(said.answer),
            purpose_words(said.purpose.value),
        ),
        Told("history", pressure_words(said.pressed)),
    ]
    if allowed and said.preview:
        told.append(Told("email-outline", said.preview, said.subject))
    fields = (("text", tr("A line of your own"), sheet.texts.get("text", ""), ""),) if allowed else ()
    return Content(
        title=tr("Write"),
        told=tuple(told),
        groups=(Group(tr("By"), by), Group(tr("What"), texts)),
        fields=fields,
        problem=_problem(sheet),
        acts=(Act("close", tr("Cancel")), Act("keep", tr("Send"), "filled", "check"))
        if allowed
        else (Act("close", tr("Close")),),
    )


def template_words(template: Template) -> str:
    """Return what a text is chosen by, in the reader's language where it is said in it."""
    return template.title.get(language()) or next(iter(template.title.values()), template.code)


def pressure_words(pressed: Pressed) -> str:
    """Return how much may still be written to her, and when she was last written to."""
    last = (
        tr("Last written to: {when}").format(when=moment_said(pressed.last_at))
        if pressed.last_at is not None
        else tr("Never written to")
    )
    if pressed.most is None:
        return last
    left = max(0, pressed.most - pressed.used)
    days = ntr("in {count} day", "in {count} days", pressed.days).format(count=pressed.days)
    return last + " · " + tr("{left} of {most} left {days}").format(left=left, most=pressed.most, days=days)


def _problem(sheet: Sheet) -> str:
    return {
        "value_missing": tr("Say something to her first."),
        "note_refused": tr("A message may not say this. Say it in other words."),
        "not_allowed": tr("This may not be written to her."),
    }.get(sheet.problem, "")
