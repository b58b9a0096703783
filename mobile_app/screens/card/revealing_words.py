"""The sheet that shows a masked value, in words."""

from mobile_app.i18n import ntr, tr
from mobile_app.screens.card.details import Row
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.words import moment_said, value_words
from mobile_app.screens.content import SECRET, Act, Content, Told
from mobile_app.screens.words import field_words
from schemas.mutations import REVEAL_REASONS
from sync.replica.draft import Card


def reveal_content(model: CardModel, card: Card, sheet: Sheet) -> Content:
    """Return what is asked before a value is shown, or the value while it is."""
    title = field_words(sheet.path)
    if sheet.left_s:
        left = ntr("Hidden again in {count} second", "Hidden again in {count} seconds", sheet.left_s)
        told = [Told("clock-outline", left.format(count=sheet.left_s))]
        if sheet.as_of is not None:
            taken = tr("As it stood {moment}").format(moment=moment_said(sheet.as_of))
            told.append(Told("history", taken, tr("Shown without a line; the house will know of it.")))
        else:
            told.append(Told("eye-outline", tr("The house knows that you looked, and why.")))
        return Content(
            title=title,
            lead=value_words(Row(path=sheet.path, value=sheet.shown), model.directory),
            told=tuple(told),
            acts=(Act("close", tr("Hide now"), "tonal"),),
        )
    own = sheet.texts.get("reason", "")
    return Content(
        title=title,
        lead=tr("Why do you need it? It is shown for a minute, and written down."),
        choices=tuple((each, _reason(each), not own and each == sheet.choice) for each in REVEAL_REASONS),
        fields=(
            ("reason", tr("In your own words"), own, ""),
            (SECRET, tr("Your PIN"), sheet.texts.get(SECRET, ""), ""),
        ),
        problem=_problem(sheet.problem),
        acts=(Act("close", tr("Cancel")), Act("keep", tr("Show"), "filled", "eye-outline")),
    )


def _reason(reason: str) -> str:
    return {
        "call_her": tr("To call her"),
        "deliver_to_her": tr("To deliver to her"),
        "make_sure_it_is_her": tr("To make sure it is her"),
    }.get(reason, reason)


def _problem(problem: str) -> str:
    return {
        "": "",
        "asking": tr("One moment…"),
        "value_missing": tr("A reason and your PIN, please."),
        "wrong_pin": tr("This PIN is not yours. After three wrong ones the tablet locks."),
        "unreachable": tr("There is no line, and this value is not on the tablet."),
        "rate_limited": tr("You have opened many values within the hour. Your manager can help."),
    }.get(problem, tr("It cannot be shown now."))
