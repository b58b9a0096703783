"""Her points, in words."""

from mobile_app.i18n import clock, day, money, number, tr
from mobile_app.screens.card import spending
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.content import Act, Content
from schemas.loyalty import FEWEST_REDEEMED, MOST_HELD, holder_of

CURRENCY = "EUR"


def worth_words(points: int) -> str:
    """Return what points are worth off a purchase."""
    return money(spending.worth(points), CURRENCY)


def move_words(move: spending.PointsMove) -> str:
    """Return what moved points."""
    match move.reason:
        case "purchase":
            return tr("Purchase")
        case "return":
            return tr("Return")
        case "reward":
            return tr("Spent, {amount} off").format(amount=worth_words(-move.points))
        case _:
            return move.reference or tr("By hand")


def move_icon(move: spending.PointsMove) -> str:
    """Return the sign of what moved points."""
    return {
        "purchase": "shopping-outline", "return": "cash-refund", "reward": "gift-outline",
    }.get(move.reason, "account-edit-outline")  # fmt: skip


def aside_words(model: CardModel) -> str:
    """Return what this tablet may spend when the line is cut, and until when."""
    assert model.card is not None
    if spending.HELD in model.card.pending_paths:
        return tr("Asked to set points aside; it holds once the server has answered.")
    points = spending.set_aside(model)
    if points:
        holder = holder_of(model.directory.device, model.directory.me)
        until = model.card.values["loyalty"]["held"][holder]["until"]
        said = tr("Set aside on this tablet: {count} points, also without a line, until {day} at {clock}.")
        return said.format(count=number(points), day=day(until, year=False), clock=clock(until))
    if model.online:
        return tr("Points set aside here can be spent without a line, and by nobody else.")
    return tr("Without a line only points set aside on this tablet can be spent: there are none.")


def hold_words(aside: int) -> str:
    """Return what the button says that sets points aside, or gives them back."""
    return tr("Give back") if aside else tr("Set {count} aside").format(count=number(MOST_HELD))


def redeem_content(model: CardModel, sheet: Sheet) -> Content:
    """Return the sheet on which she says how many points she spends."""
    most = spending.most(model)
    text = sheet.texts.get("value", "")
    asked = spending.redeeming(model, text)
    lead = tr("From {least} to {most} points. They leave the balance at once.")
    problem = "" if not sheet.problem else tr("So many cannot be spent here and now.")
    return Content(
        title=tr("Spend points"),
        lead=lead.format(least=number(FEWEST_REDEEMED), most=number(most)),
        fields=(("value", tr("Points"), text, ""),),
        suggestions=tuple(str(reward.points) for reward, reached in spending.rewards(most) if reached),
        problem=problem,
        acts=(
            Act("close", tr("Cancel")),
            Act(
                "keep",
                tr("Spend: {amount} off").format(amount=worth_words(asked.points)) if asked else tr("Spend"),
                "filled",
                "gift-outline",
            ),
        ),
    )
