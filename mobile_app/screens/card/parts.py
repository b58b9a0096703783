"""Values of several parts: what is asked for an address, a member of the family, a handle. Pure."""

from collections.abc import Mapping
from typing import Any

from schemas.record import Struct

RELATIONS = (
    "husband", "wife", "partner", "daughter", "son", "sister", "brother", "mother", "father", "friend",
)  # fmt: skip
NETWORKS = ("instagram", "facebook", "tiktok", "whatsapp", "wechat", "line", "x")
CONTACTS = ("phone", "email")
ADDRESS = ("line1", "line2", "postal_code", "city", "country")
HOME_COUNTRY = "FR"


class Shape(Struct, frozen=True):
    """What is asked for one value of a field."""

    parts: tuple[str, ...]  # asked as lines of text
    needed: tuple[str, ...]  # of which these may not be empty
    choices: tuple[str, ...] = ()  # asked as chips
    choice: str = ""  # the part that a chip fills in
    name: str = ""  # the part that names the entry; empty: a key of its own
    days: tuple[str, ...] = ()  # parts that are days


SHAPES: Mapping[str, Shape] = {
    "address": Shape(parts=ADDRESS, needed=("city",)),
    "other_addresses": Shape(parts=("label", *ADDRESS), needed=("label", "city"), name="label"),
    "other_contacts": Shape(parts=("value", "label"), needed=("value",), choices=CONTACTS, choice="kind"),
    "social_handles": Shape(
        parts=("handle",), needed=("handle",), choices=NETWORKS, choice="network", name="network"
    ),
    "important_dates": Shape(parts=("label", "date"), needed=("label", "date"), name="label", days=("date",)),
    "family": Shape(
        parts=("name", "date", "size"),
        needed=(),
        choices=RELATIONS,
        choice="relation",
        days=("date",),
    ),
}
_NAMES_ONLY = ("network",)  # parts that are the entry's key and nowhere in its value
_TITLED_BY_KEY = {"other_addresses": ("label",)}


def texts_of(field: str, entry: str, value: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the parts of a value as text, to begin a sheet with."""
    shape = SHAPES[field]
    held = {part: str(said) for part, said in (value or {}).items() if said}
    texts = {part: held[part] for part in (*shape.parts, shape.choice) if part in held}
    if entry and shape.name and shape.name not in texts:
        texts[shape.name] = entry
    if not entry and shape.choice:
        texts.setdefault(shape.choice, shape.choices[0])
    if "country" in shape.parts:
        texts.setdefault("country", HOME_COUNTRY)
    return texts


def value_of(field: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the value that the parts make; what is empty is left out."""
    shape = SHAPES[field]
    keyed = (*_NAMES_ONLY, *_TITLED_BY_KEY.get(field, ()))
    wanted = [part for part in (*shape.parts, shape.choice) if part and part not in keyed]
    value = {part: texts[part] for part in wanted if texts.get(part)}
    if "country" in value:
        value["country"] = value["country"].upper()
    return value
