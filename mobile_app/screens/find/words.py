"""The list of customers in words."""

from mobile_app.i18n import ntr, number, short_day, tr
from mobile_app.screens.find.model import FindModel, NewCustomer
from mobile_app.screens.sheet import Act, Content
from sync.summary import Summary


def name_of(given: str | None, family: str | None) -> str:
    """Return a name as people say it."""
    return " ".join(word for word in (given, family) if word) or tr("No name yet")


def initials_of(given: str | None, family: str | None) -> str:
    """Return the letters in her circle."""
    return "".join(word[0].upper() for word in (given, family) if word) or "?"


def initials_in(name: str) -> str:
    """Return the letters in a colleague's circle, from his whole name: ``Inès M.`` gives ``IM``."""
    return "".join(word[0].upper() for word in name.split()[:2])


def tier_words(tier: str | None) -> str:
    """Return a loyalty tier as the programme calls it; nothing for none."""
    if not tier:
        return ""
    return {
        "silver": tr("Silver"),
        "gold": tr("Gold"),
        "platinum": tr("Platinum"),
        "black": tr("Black"),
    }.get(tier, tier)


def line_about(summary: Summary) -> str:
    """Return the second line of a row: where she lives, when she was last seen."""
    parts = [summary.town or ""]
    if summary.last_seen:
        parts.append(tr("last seen {day}").format(day=short_day(summary.last_seen)))
    said = ", ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def count_words(model: FindModel) -> str:
    """Return the line over the list."""
    if not model.answered:
        return ""
    if model.asks_nothing:
        held = ntr("{count} customer on this tablet", "{count} customers on this tablet", model.held)
        return held.format(count=number(model.held))
    found = len(model.rows)
    if found >= model.search.limit:
        return tr("The first {count} customers").format(count=number(found))
    return ntr("{count} customer found", "{count} customers found", found).format(count=number(found))


def nothing_words(model: FindModel) -> tuple[str, str, str]:
    """Return icon, title and advice where there is no row to show."""
    if not model.answered:
        return "magnify", "", ""
    if not model.held:
        return (
            "cloud-sync-outline",
            tr("No customer on this tablet yet"),
            tr("They arrive with the first connection. A new customer can be noted down at once."),
        )
    if model.query.strip():
        return (
            "magnify",
            tr("Nobody found"),
            tr("Try fewer letters, the town or the last digits of the phone. Or note a new customer down."),
        )
    if model.birthdays:
        hint = tr("Choose another filter to see more customers.")
        return "gift-outline", tr("No birthday this month"), hint
    return (
        "account-heart-outline",
        tr("No customer is yours yet"),
        tr("Choose Everyone to see all customers on this tablet."),
    )


def new_customer_sheet(new: NewCustomer) -> Content:
    """Return the sheet of a new person."""
    return Content(
        title=tr("New customer"),
        lead=tr("One name is enough; the rest can come later."),
        fields=(
            ("given_name", tr("First name"), new.texts.get("given_name", ""), ""),
            ("family_name", tr("Last name"), new.texts.get("family_name", ""), ""),
            ("phone", tr("Phone"), new.texts.get("phone", ""), tr("Optional")),
            ("email", tr("E-mail"), new.texts.get("email", ""), tr("Optional")),
        ),
        problem={
            "name_missing": tr("A first or a last name is needed."),
            "value_invalid": tr("This does not fit here. Look at it once more."),
        }.get(new.problem, ""),
        acts=(Act("close", tr("Cancel")), Act("keep", tr("Note down"), "filled", "check")),
    )
