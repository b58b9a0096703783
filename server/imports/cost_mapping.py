"""The mapping file of advertising costs: by which headers a report names its columns, and what holds for all.

Reports come in the language of whoever drew them, so each of our columns has several names. A name that ends
in "(*)" stands for one with a currency in brackets: "Amount spent (EUR)".
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from server.imports.left_out import Rules
from server.imports.mapping import FileForm, MappingInvalid

LEAST_NAMES = 3  # known names from which a line is the header
_CURRENCY = re.compile(r"\(([A-Za-z]{3})\)$")


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class CostColumns(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our column -> its names in files, the first of them that a file has counts."""

    day: tuple[str, ...] = ()
    first_day: tuple[str, ...] = ()  # where no column is a day: the line is spread over all from this one
    last_day: tuple[str, ...] = ()  # to this one
    source: tuple[str, ...] = ()  # utm_source
    medium: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()
    campaign_id: tuple[str, ...] = ()
    term: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    impressions: tuple[str, ...] = ()
    clicks: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()


class CostConstants(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for every line whose file has no column of it."""

    source: str | None = None
    medium: str | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] | None = None  # ISO 4217


class CostMapping(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One advertiser's table of costs."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{1,60}$")]
    kind: Literal["costs"]
    columns: CostColumns
    constants: CostConstants = CostConstants()
    file: FileForm = FileForm()
    # A second line of one day and campaign: "refuse" it, or "add" it where a report parts what we do not.
    repeated: Literal["refuse", "add"] = "refuse"
    left_out: Rules = {}
    campaign_needed: bool = False  # a line without one is a sum of the others


def load(path: Path) -> CostMapping:
    """Return the mapping in a TOML or JSON file.

    Raises:
        MappingInvalid: not readable, an entry missing, unknown or of the wrong shape.
    """
    try:
        if path.suffix == ".json":
            return msgspec.json.decode(path.read_bytes(), type=CostMapping)
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), CostMapping)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise MappingInvalid(f"{path.name}: {error}") from error


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file has which of our columns."""

    columns: dict[str, int]
    currency: str | None = None  # that the header itself names

    def __len__(self) -> int:
        return len(self.columns)


def places_of(mapping: CostMapping, header: Sequence[str]) -> Places:
    """Return where a line of names has our columns; case and kinds of space do not count."""
    written = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    bare = {_CURRENCY.sub("(*)", name): name for name in written if _CURRENCY.search(name)}
    found: dict[str, int] = {}
    currency = None
    for column, names in msgspec.structs.asdict(mapping.columns).items():
        for name in map(_plain, names):
            own = bare.get(name) if name.endswith("(*)") else name
            if own in written:
                found[column] = written[own]
                if name.endswith("(*)") and (told := _CURRENCY.search(own)):
                    currency = told[1].upper()
                break
    return Places(columns=found, currency=currency)


def require_columns(mapping: CostMapping, places: Places, *, name: str) -> None:
    """Refuse a file that does not say what a cost is about.

    Raises:
        MappingInvalid: no day, no source or medium, no figure, or a cost in no currency.
    """
    constants = mapping.constants
    has = set(places.columns)
    needed = {
        "day": bool(has & {"day", "first_day"}),
        "source": "source" in has or constants.source is not None,
        "medium": "medium" in has or constants.medium is not None,
        "campaign": "campaign" in has or not mapping.campaign_needed,
        "cost, clicks or impressions": bool(has & {"cost", "clicks", "impressions"}),
        "currency": "cost" not in has
        or "currency" in has
        or places.currency is not None
        or constants.currency is not None,
    }
    if missing := [what for what, there in needed.items() if not there]:
        raise MappingInvalid(f"{name} has no column {', '.join(missing)}")


def _plain(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").split()).casefold()
