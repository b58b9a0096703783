"""One line per customer: what a list shows and what search reads. Made by tablet and server alike."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypedDict
from uuid import UUID

import msgspec

from schemas.consent import is_frozen
from schemas.record import Struct
from schemas.states import PROMISED
from schemas.visibility import Level

SOLVED = "solved"
YES, NO = "yes", "no"
DAY_MS = 86_400_000
VERSION = 4  # of what a line is made of and how it is written: one made by another version is made again
_MAPS = range(0x80, 0x90), range(0xDE, 0xE0)  # first bytes of lines before the third version


class Ahead(Struct, array_like=True):
    """Something promised to her that is not ended, or a case that was solved last."""

    field: str  # tasks, appointments, cases
    key: str
    kind: str
    state: str
    round: int
    day: str  # ISO date it is due; empty for none, and for an appointment
    starts: int  # wall milliseconds UTC; 0 for what has no time of day
    minutes: int
    owner: str  # associate id; empty for whoever is there
    store: str
    text: str
    since: int  # wall milliseconds UTC since it is in this state


class Summary(Struct, array_like=True):
    """What a list shows of one customer. What the lens hides or masks is None, save the birthday's day."""

    record_id: UUID
    title: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    town: str | None = None
    tier: str | None = None
    points: int | None = None
    last_seen: int | None = None  # wall milliseconds of the last visit or purchase
    phone: str | None = None  # E.164
    email: str | None = None
    loyalty_card: str | None = None
    home_store: str | None = None
    associate_id: str | None = None
    birthday: str | None = None  # MM-DD
    sizes: dict[str, str] = {}  # category -> value, declared before computed
    likes: tuple[str, ...] = ()
    pending: int = 0  # values with an edit that awaits its answer
    ahead: tuple[Ahead, ...] = ()
    second_associate_id: str | None = None
    said: tuple[str, ...] = ()  # the last days on which she allowed and withdrew: "yes:2026-11-20" (UTC)
    frozen: bool = False  # she asked for a restriction: found by name, and thought of by no list


class _Bought(TypedDict):
    at: int


class _Met(TypedDict):
    kind: str
    at: int


class _Allowed(TypedDict):
    state: str
    at: int


class _Read(TypedDict, total=False):
    """The values a line is made of; the rest of a fragment is passed over without being built."""

    birth_date: str | None
    title: str | None
    given_name: str | None
    family_name: str | None
    town: str | None
    loyalty: Any
    phone: str | None
    email: str | None
    loyalty_card: str | None
    home_store: str | None
    associate_id: str | None
    second_associate_id: str | None
    consents: dict[str, _Allowed] | str | None
    likes: Any
    sizes: Any
    computed_sizes: Any
    touchpoints: list[_Met] | str | None
    purchases: list[_Bought] | str | None
    tasks: Any
    appointments: Any
    cases: Any
    limits: Any


class _Body(Struct):
    values: _Read


class _AnyBody(Struct):
    values: dict[str, Any]


_FOUND_BY = frozenset(
    {"title", "given_name", "family_name", "town", "phone", "email", "loyalty_card", "home_store"}
    | {"associate_id", "second_associate_id"}
)
_EVALUATED = frozenset(
    {"purchases", "touchpoints", "computed_sizes"}
)  # when she was last here, what fits her
_WORDS = {"granted": YES, "withdrawn": NO}
_HIDDEN, _READ = Level.HIDDEN, Level.READ
_body_decoder = msgspec.json.Decoder(_Body)
_any_body_decoder = msgspec.json.Decoder(_AnyBody)
_decoder = msgspec.msgpack.Decoder(Summary)
_map_decoder = msgspec.msgpack.Decoder(dict[str, Any])
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


def encode(summary: Summary) -> bytes:
    """Return the bytes kept in the store."""
    return _encoder.encode(summary)


def decode(line: bytes) -> Summary:
    """Return the summary kept in the store, also one of an earlier version."""
    if any(line[0] in span for span in _MAPS):
        return _of_earlier_version(_map_decoder.decode(line))
    return _decoder.decode(line)


def _of_earlier_version(line: dict[str, Any]) -> Summary:
    line["record_id"] = UUID(bytes=line["record_id"])
    values = []
    for field in msgspec.structs.fields(Summary):
        default = {} if field.default is msgspec.NODEFAULT else field.default
        values.append(line.get(field.name, default))
    return msgspec.convert(values, Summary)


def read_values(bodies: Iterable[bytes]) -> dict[str, Any]:
    """Return the values of a customer's fragments as far as her line needs them."""
    values: dict[str, Any] = {}
    for body in bodies:
        try:
            values.update(_body_decoder.decode(body).values)
        except msgspec.ValidationError:  # a later server's shape
            values.update(_any_body_decoder.decode(body).values)
    return values


def summarize(
    record_id: UUID, values: Mapping[str, Any], levels: Mapping[str, Level], *, pending: int
) -> Summary:
    """Return the line of a customer, from her values as the lens shows them.

    Of who objected to being evaluated it holds nothing to be suggested for; of who asked for a restriction
    only what finds her.
    """
    birth_date = values.get("birth_date")  # YYYY-MM-DD, or --MM-DD when masked
    values = {field: value for field, value in values.items() if levels.get(field, _HIDDEN) >= _READ}
    limits = values.get("limits") or {}
    if limits:
        values = _limited(values, limits)
        birth_date = birth_date if "birth_date" in values else None
    loyalty = values.get("loyalty") or {}
    return Summary(
        record_id=record_id,
        title=values.get("title"),
        given_name=values.get("given_name"),
        family_name=values.get("family_name"),
        town=values.get("town"),
        tier=loyalty.get("tier"),
        points=loyalty.get("points"),
        last_seen=_last_seen(values),
        phone=values.get("phone"),
        email=values.get("email"),
        loyalty_card=values.get("loyalty_card"),
        home_store=values.get("home_store"),
        associate_id=values.get("associate_id"),
        birthday=birth_date[-5:] if birth_date else None,
        sizes=_sizes(values),
        likes=tuple(values.get("likes") or ()),
        pending=pending,
        ahead=_ahead(values),
        second_associate_id=values.get("second_associate_id"),
        said=_said(values),
        frozen=is_frozen(limits),
    )


def _limited(values: Mapping[str, Any], limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a line may use of somebody who asked for less."""
    if is_frozen(limits):
        return {field: value for field, value in values.items() if field in _FOUND_BY}
    return {field: value for field, value in values.items() if field not in _EVALUATED}


def _ahead(values: Mapping[str, Any]) -> tuple[Ahead, ...]:
    """Return what is not ended, and the case solved last: somebody may ask how it turned out."""
    if not any(field in values for field in PROMISED):
        return ()
    found = [
        _line(field, key, thing)
        for field, machine in PROMISED.items()
        for key, thing in (values.get(field) or {}).items()
        if not machine.ended(thing["state"]) or (field, thing["state"]) == ("cases", SOLVED)
    ]
    solved = [each for each in found if each.state == SOLVED]
    last = max(solved, key=lambda each: (each.since, each.key), default=None)
    return tuple(sorted((each for each in found if each.state != SOLVED or each is last), key=_soonest))


def _line(field: str, key: str, thing: Mapping[str, Any]) -> Ahead:
    turn = thing.get("turns", {}).get("state", {})
    return Ahead(
        field=field,
        key=key,
        kind=thing["kind"],
        state=thing["state"],
        round=thing.get("round", 0),
        day=thing.get("due") or "",
        starts=thing.get("starts", 0),
        minutes=thing.get("minutes", 0),
        owner=thing.get("owner") or "",
        store=thing.get("store") or "",
        text=thing.get("text", ""),
        since=turn.get("hlc", 0) >> 16,
    )


def _soonest(ahead: Ahead) -> tuple[str, int, str]:
    return (ahead.day, ahead.starts, ahead.key)


def _said(values: Mapping[str, Any]) -> tuple[str, ...]:
    latest: dict[str, int] = {}
    for standing in (values.get("consents") or {}).values():
        word = _WORDS.get(standing["state"])
        if word is not None:
            latest[word] = max(latest.get(word, 0), standing["at"])
    return tuple(f"{word}:{utc_day(at)}" for word, at in sorted(latest.items()))


@lru_cache(maxsize=1 << 12)
def _day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * 86_400, UTC):%Y-%m-%d}"


def utc_day(at: int) -> str:
    """Return the day of an instant in wall milliseconds, UTC: ``2026-11-24``."""
    return _day(at // DAY_MS)


def _last_seen(values: Mapping[str, Any]) -> int | None:
    visits = [each["at"] for each in values.get("touchpoints") or () if each.get("kind") == "visit"]
    bought = [each["at"] for each in values.get("purchases") or ()]
    return max(visits + bought, default=None)


def _sizes(values: Mapping[str, Any]) -> dict[str, str]:
    sizes = {category: size["value"] for category, size in (values.get("computed_sizes") or {}).items()}
    sizes.update({category: size["value"] for category, size in (values.get("sizes") or {}).items()})
    return sizes
