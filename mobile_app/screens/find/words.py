"""The list of customers in words."""

from mobile_app.i18n import ntr, number, short_day, tr
from mobile_app.screens.card.sheets import COMMON_SIZES, SIZE_CATEGORIES
from mobile_app.screens.card.words import category_words
from mobile_app.screens.content import Act, Content, Group
from mobile_app.screens.find.filters import TIERS, Filters
from mobile_app.screens.find.further import Hit
from mobile_app.screens.find.model import FindModel
from mobile_app.screens.find.newcomer import NewCustomer
from mobile_app.screens.words import problem_words
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
    if model.filters.birthdays and not (model.filters.mine or model.filters.my_store):
        hint = tr("Choose another filter to see more customers.")
        return "gift-outline", tr("No birthday this month"), hint
    if model.filters == Filters(mine=True):
        return (
            "account-heart-outline",
            tr("No customer is yours yet"),
            tr("Choose Everyone to see all customers on this tablet."),
        )
    return (
        "filter-variant",
        tr("Nobody answers these filters"),
        tr("Take one off to see more customers."),
    )


def filter_chips(filters: Filters) -> list[tuple[str, str, bool]]:
    """Return the chips over the list: key, text, whether it is on. Those of the sheet show while they are."""
    chips = [
        ("", tr("Everyone"), not filters.narrow),
        ("mine", tr("My customers"), filters.mine),
        ("my_store", tr("My store"), filters.my_store),
        ("birthdays", tr("Birthdays"), filters.birthdays),
        ("lapsed", tr("Not seen for a year"), filters.lapsed),
    ]
    if filters.tier:
        chips.append(("tier", tier_words(filters.tier), True))
    if filters.size_category and filters.size:
        chips.append(("size", f"{category_words(filters.size_category)} {filters.size}", True))
    if filters.like.strip():
        chips.append(("like", tr("Likes: {value}").format(value=filters.like.strip()), True))
    return [*chips, ("more", tr("More filters"), False)]


def filters_sheet(filters: Filters) -> Content:
    """Return the sheet of filters."""
    tiers = tuple((f"tier:{tier}", tier_words(tier), tier == filters.tier) for tier in TIERS)
    kinds = tuple(
        (f"size:{each}", category_words(each), each == filters.size_category) for each in SIZE_CATEGORIES
    )
    groups = [Group(tr("Tier"), tiers), Group(tr("Size of"), kinds)]
    fields = [("like", tr("Likes"), filters.like, tr("silk, small bags…"))]
    if filters.size_category:
        common = COMMON_SIZES.get(filters.size_category, ())
        groups.append(
            Group(tr("Size"), tuple((f"fits:{each}", each, each == filters.size) for each in common))
        )
        other = "" if filters.size in common else filters.size
        fields.insert(0, ("size", tr("Another size"), other, ""))
    return Content(
        title=tr("More filters"),
        groups=tuple(groups),
        fields=tuple(fields),
        acts=(Act("close", tr("Cancel")), Act("keep", tr("Show"), "filled", "check")),
    )


def hit_about(hit: Hit) -> str:
    """Return the second line of somebody found beyond the tablet."""
    loyalty = hit.values.get("loyalty") or {}
    parts = [hit.values.get("town") or "", tier_words(loyalty.get("tier")), tr("not on this tablet")]
    return " · ".join(part for part in parts if part)


def beyond_words(model: FindModel) -> tuple[str, str, bool]:
    """Return icon and text of the last row of the list, and whether pressing it searches by the network."""
    beyond = model.beyond
    if model.may_look_beyond:
        return "magnify", tr("Search the whole house, by the network"), True
    if beyond is None:
        return "", "", False
    if beyond.problem == "unreachable":
        return "cloud-off-outline", tr("No line: only this tablet could be searched. Try again."), True
    if beyond.problem:
        return "alert-circle-outline", problem_words(beyond.problem), False
    if not beyond.answered:
        return "cloud-sync-outline", tr("Searching the whole house…"), False
    if not beyond.hits:
        return "check", tr("Nobody else in the house answers."), False
    return "", "", False


def notes_words(model: FindModel) -> tuple[str, str, bool]:
    """Return icon and text of the row about the notes, and whether pressing it searches in them."""
    if model.may_search_notes:
        return "note-text-outline", tr("Search in the notes"), True
    notes = model.notes
    if notes is None or notes.hits:
        return "", "", False
    if not notes.answered:
        return "note-text-outline", tr("Searching in the notes…"), False
    return "check", tr("No note on this tablet says so."), False


def _twin_words(twin: Summary) -> str:
    return ", ".join(part for part in (name_of(twin.given_name, twin.family_name), twin.town) if part)


def new_customer_sheet(new: NewCustomer, *, links: bool = False) -> Content:
    """Return the sheet of a new person; with ``links`` she may be written one to fill it in herself."""
    link = (Act("link", tr("Send a link"), "tonal", "link-variant"),) if links else ()
    return Content(
        title=tr("New customer"),
        lead=tr("Perhaps she is here already. Tap a name to open her card.")
        if new.twins
        else tr("One name is enough; the rest can come later."),
        choices=tuple((str(twin.record_id), _twin_words(twin), False) for twin in new.twins),
        fields=(
            ("given_name", tr("First name"), new.texts.get("given_name", ""), ""),
            ("family_name", tr("Last name"), new.texts.get("family_name", ""), ""),
            ("phone", tr("Phone"), new.texts.get("phone", ""), tr("Optional")),
            ("email", tr("E-mail"), new.texts.get("email", ""), tr("Optional")),
        ),
        problem={
            "name_missing": tr("A first or a last name is needed."),
            "address_missing": tr("A phone or an e-mail is needed for the link."),
            "value_invalid": tr("This does not fit here. Look at it once more."),
        }.get(new.problem, ""),
        acts=(
            Act("close", tr("Cancel")),
            *link,
            Act("hand", tr("She types"), "tonal", "account-switch-outline"),
            Act("keep", tr("Note down"), "filled", "check"),
        ),
    )
