"""An access file as a page that a person can read and print, in English or French."""

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from schemas.customer import FIELDS
from server.privacy.access_words import HEADING, HOLDERS, REASONS, TITLES, VALUES, Language, named, said

_PAGE: Final = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{heading}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}}
h2{{margin-top:2.5rem}}table{{border-collapse:collapse;margin:.5rem 0 1rem}}
td,th{{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-top:1px solid #8884}}
:root{{color-scheme:light dark}}</style><h1>{heading}</h1>{parts}</html>"""

_FRENCH: Final = {**REASONS, **dict(HOLDERS.values())}
_FIRST_MS, _LAST_MS = 10**11, 10**14  # numbers in between are instants where a name says so
_INSTANTS: Final = frozenset(
    {"at", "at_ms", "since", "first_at", "last_at", "starts", "granted_at", "withdrawn_at"}
)
_MONEY: Final = frozenset({"total", "amount", "unit_price", "lifetime", "last_12_months", "average_basket"})
_ORDER: Final = {name: place for place, name in enumerate([*FIELDS, "id"])}


def page_of(file: Mapping[str, Any], language: Language = "en") -> bytes:
    """Return an access file as a page. Nothing in it is a link or a script."""
    parts = [
        f"<h2>{html.escape(said(TITLES, name, language))}</h2>{_shown(content, language)}"
        for name, content in file.items()
        if content
    ]
    heading = HEADING[language == "fr"]
    return _PAGE.format(language=language, heading=heading, parts="".join(parts)).encode()


def _shown(value: Any, language: Language, name: str = "") -> str:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda each: (_ORDER.get(each, len(_ORDER)), each))
        rows = "".join(
            f"<tr><th>{html.escape(named(str(each), language))}<td>{_shown(value[each], language, str(each))}"
            for each in names
            if value[each] is not None
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return " ".join(_shown(each, language, name) for each in value)
    return html.escape(_plain(value, language, name))


def _plain(value: Any, language: Language, name: str) -> str:
    """Return a single value in words: instants as days and hours, money with its cents, yes and no."""
    if isinstance(value, bool):
        return ("yes", "no")[not value] if language == "en" else ("oui", "non")[not value]
    if isinstance(value, int) and name in _INSTANTS and _FIRST_MS < value < _LAST_MS:
        return _moment(datetime.fromtimestamp(value / 1000, UTC), language)
    if isinstance(value, int) and name in _MONEY:
        whole, cents = divmod(abs(value), 100)
        return f"{'-' * (value < 0)}{whole}{',' if language == 'fr' else '.'}{cents:02}"
    if isinstance(value, str):
        if name.endswith("_at") and (moment := _instant(value)) is not None:
            return _moment(moment, language)
        if value in VALUES.get(name, {}):
            return said(VALUES[name], value, language)
        return _FRENCH.get(value, value) if language == "fr" else value
    return msgspec.json.encode(value).decode()


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _moment(at: datetime, language: Language) -> str:
    return f"{at:%d/%m/%Y %H:%M} UTC" if language == "fr" else f"{at:%Y-%m-%d %H:%M} UTC"
