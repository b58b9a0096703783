"""What is suggested to a customer, in words: the reason, the price, and whether it is there."""

from mobile_app.i18n import ago, day, language, money, ntr, tr
from mobile_app.screens.card.words import category_words, family_words
from mobile_app.screens.shelf import LAST_PIECES, Shelf, name_of
from schemas.advice import Advised, Answer, Suggestion, Why
from schemas.product import Product

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_ICONS = {
    Why.REPLENISHMENT: "sync",
    Why.COMPLEMENT: "link-variant",
    Why.SAME_TASTE: "heart-outline",
    Why.NEW_IN_SIZE: "star-outline",
}


def why_words(suggestion: Suggestion, shelf: Shelf) -> str:
    """Return the one reason for a suggestion."""
    because = shelf.products.get(suggestion.because)
    match suggestion.why:
        case Why.REPLENISHMENT:
            return tr("Hers is likely used up or worn")
        case Why.COMPLEMENT if because is not None:
            return tr("Goes with her {article}").format(article=name_of(because, language()))
        case Why.SAME_TASTE:
            return tr("She likes: {taste}").format(taste=suggestion.because)
        case Why.NEW_IN_SIZE:
            return tr("New, and made in her size {size}").format(size=suggestion.because)
        case _:
            return tr("Goes with what she has")


def why_icon(suggestion: Suggestion) -> str:
    """Return the sign of a reason."""
    return _ICONS.get(suggestion.why, "star-outline")


def price_words(product: Product) -> str:
    """Return what an article costs."""
    return money(product.price.amount, product.price.currency)


def stock_words(shelf: Shelf, sku: str, now_ms: int, *, size: str | None = None) -> str:
    """Return whether the store has an article, of her size where that is known, and how old the count is."""
    pieces = shelf.pieces(sku, size)
    if pieces is None:
        return tr("Stock not known here")
    if pieces == 0:
        said = tr("Size {size}: none here").format(size=size) if size else tr("None here")
    elif size:
        said = tr("Size {size}: {count} here").format(size=size, count=pieces)
    elif pieces <= LAST_PIECES:
        said = ntr("Last {count} here", "Last {count} here", pieces).format(count=pieces)
    else:
        said = tr("{count} here").format(count=pieces)
    return f"{said}, {counted_words(shelf.stock[sku].at, now_ms)}"


def counted_words(at: int, now_ms: int) -> str:
    """Return how long ago something was counted."""
    hours = max(0, now_ms - at) // HOUR_MS
    if hours < 1:
        return tr("counted this hour")
    if hours < 24:
        return ntr("counted {count} hour ago", "counted {count} hours ago", hours).format(count=hours)
    return tr("counted {when}").format(when=ago(at, now_ms))


def answered_words(said: Advised | dict[str, object]) -> str:
    """Return what she said to an article, and when."""
    answer, at = (said.answer, said.at) if isinstance(said, Advised) else (said["answer"], said["at"])
    when = day(int(str(at)))
    if answer == Answer.ACCEPTED:
        return tr("She likes it, {day}").format(day=when)
    return tr("Not for her, {day}").format(day=when)


def facts_words(product: Product) -> str:
    """Return what an article is, in one line."""
    parts = [family_words(product.family), product.material or ""]
    if product.size_category:
        parts.append(category_words(product.size_category))
    return " · ".join(part for part in parts if part)
