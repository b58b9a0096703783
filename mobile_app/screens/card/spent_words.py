"""What she spent, in words."""

from mobile_app.i18n import money, month, tr
from mobile_app.screens.card.spent import CHANNEL, MOST_CARRIED, Spent
from mobile_app.screens.card.words import channel_words, family_words


def part_words(key: str) -> str:
    """Return a channel or a category as people say it."""
    kind, _, name = key.partition(":")
    return channel_words(name) if kind == CHANNEL else family_words(name)


def about_words(known: Spent, chosen: str) -> str:
    """Return the figure behind the chart: all of it, or what of it falls to the chosen part."""
    total = whole(sum(amount for _, amount in known.months), known.currency)
    if chosen:
        said = tr("{part}: {amount} of {total}").format(
            part=part_words(chosen), amount=whole(sum(known.part), known.currency), total=total
        )
    elif known.of_the_year and (known.channels or known.families):
        said = tr("{total} in all. Tap a line to see it apart.").format(total=total)
    else:
        said = tr("{total} in all.").format(total=total)
    if known.in_part:
        latest = tr("Parts are of the latest {count} purchases.").format(count=MOST_CARRIED)
        return f"{said} {latest}"
    return said


def month_by_month(known: Spent) -> str:
    """Return the chart as somebody would read it out."""
    amounts = known.part or tuple(amount for _, amount in known.months)
    return ", ".join(
        f"{month(number)} {whole(amount, known.currency)}"
        for (number, _), amount in zip(known.months, amounts, strict=True)
    )


def whole(amount: int, currency: str) -> str:
    """Return an amount without its cents."""
    return money(round(amount / 100) * 100, currency)
