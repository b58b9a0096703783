"""Words in the person's language, and dates, money and numbers as that language writes them. No Kivy.

English is in the code, other languages in ``locale/<language>/LC_MESSAGES/comptoir.mo``. CONTRIBUTING.md
tells how the catalogues are made.
"""

import gettext
from datetime import UTC, date, datetime
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
NAMES = {"fr": "Français", "en": "English"}  # each as its own readers write it
LANGUAGES = tuple(NAMES)
_FROM_THE_RIGHT = ("ar", "fa", "he", "ur")

THIN = "\u202f"  # narrow no-break space: French thousands, before ; ! ?
FIXED = "\u00a0"  # no-break space: before € and :

_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "CHF", "JPY": "¥"}
_WHOLE_CURRENCIES = ("JPY",)  # no minor unit

_language = "en"
_words: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str) -> None:
    """Speak this language from now on; English where there is no catalogue for it."""
    global _language, _words
    _language = language if language in LANGUAGES else "en"
    _words = gettext.translation("comptoir", LOCALE, [_language], fallback=True)


def language() -> str:
    """Return the language spoken now."""
    return _language


def right_to_left() -> bool:
    """Return whether the language spoken now is read from the right."""
    return _language in _FROM_THE_RIGHT


def tr(text: str) -> str:
    """Return a text in the language spoken now."""
    return _words.gettext(text) if text else ""


def ntr(one: str, many: str, count: int) -> str:
    """Return the form of a text that this count asks for; the caller fills in the count."""
    return _words.ngettext(one, many, count)


def number(value: int) -> str:
    """Return a whole number with thousands apart: ``23 409`` or ``23,409``."""
    return f"{value:,}".replace(",", THIN if _language == "fr" else ",")


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units: ``1 234,50 €`` or ``€1,234.50``. Whole amounts have no decimals."""
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    whole, minor = (amount, 0) if currency in _WHOLE_CURRENCIES else divmod(amount, 100)
    symbol = _SYMBOLS.get(currency, currency)
    if _language == "fr":
        return f"{sign}{number(whole)}{f',{minor:02}' if minor else ''}{FIXED}{symbol}"
    gap = FIXED if len(symbol) > 1 else ""
    return f"{sign}{symbol}{gap}{number(whole)}{f'.{minor:02}' if minor else ''}"


def day(moment: int | str | None, *, year: bool = True) -> str:
    """Return a day: ``18 nov. 2026``.

    Args:
        moment: milliseconds since 1970 UTC (shown in the tablet's time zone), an ISO date, or ``--MM-DD``.
        year: whether to say the year, if it is known.
    """
    if moment is None or moment == "":
        return ""
    if isinstance(moment, int):
        when = datetime.fromtimestamp(moment / 1000, UTC).astimezone()
        return _said(when.day, when.month, when.year if year else None)
    if moment.startswith("--"):
        return _said(int(moment[5:7]), int(moment[2:4]), None)
    try:
        read = date.fromisoformat(moment[:10])
    except ValueError:
        return moment
    return _said(read.day, read.month, read.year if year else None)


def short_day(moment: int | str | None) -> str:
    """Return a day without its year: ``18 nov.``"""
    return day(moment, year=False)


def clock(moment: int) -> str:
    """Return the time of day of an instant (milliseconds UTC) in the tablet's time zone: ``14:05``."""
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone().strftime("%H:%M")


def month(number_of_month: int) -> str:
    """Return the short name of a month, 1 to 12."""
    return _MONTHS[_language][number_of_month - 1]


def ago(moment: int, now: int) -> str:
    """Return how long ago an instant was, both in milliseconds: today, yesterday, 5 days ago."""
    days = max(0, (now - moment) // 86_400_000)
    if days == 0:
        return tr("today")
    if days == 1:
        return tr("yesterday")
    if days < 60:
        return ntr("{count} day ago", "{count} days ago", days).format(count=days)
    if days < 730:
        return ntr("{count} month ago", "{count} months ago", days // 30).format(count=days // 30)
    return ntr("{count} year ago", "{count} years ago", days // 365).format(count=days // 365)


def _said(day_of_month: int, number_of_month: int, year: int | None) -> str:
    first = "1er" if _language == "fr" and day_of_month == 1 else str(day_of_month)
    return f"{first}{FIXED}{month(number_of_month)}" + (f" {year}" if year else "")
