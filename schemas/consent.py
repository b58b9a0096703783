"""Consent: what a customer said, and the ledger of it. What follows from it is asked of ``schemas.contact``.

A standing is a pure function of the set of events, in any order: a withdrawal holds until a grant that was
made *in knowledge of it*. A clock never lifts a withdrawal.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from schemas.record import OpenEnum, Struct


class ContactChannel(OpenEnum):
    """By what means."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"
    MESSAGING = "messaging"


class Purpose(OpenEnum):
    """For what."""

    SERVICE = "service"  # one-to-one service by her associate
    MARKETING = "marketing"
    PROFILING = "profiling"
    TRACKING = "tracking"  # opens and clicks


class ConsentState(OpenEnum):
    """What she said. Silence is neither."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class Limit(OpenEnum):
    """What a customer asked the house not to do with what it knows of her, whatever she consents to."""

    RESTRICTION = "restriction"  # kept, and used for nothing (GDPR 18)
    PROFILING = "profiling"  # not evaluated (GDPR 21)


def is_frozen(limits: Mapping[str, Any] | None) -> bool:
    """Whether a customer's data is kept and used for nothing; an unknown limit freezes too."""
    return bool(set(limits or ()) - {Limit.PROFILING.value})


def may_profile(limits: Mapping[str, Any] | None) -> bool:
    """Whether she may be evaluated: put in a segment, suggested for a reason of her habits, counted in sums.

    Silence allows it within the house's interest; any limit forbids it.
    """
    return not limits


_SHOWN = "#"  # no version holds it
_SHOWN_DIGITS = 16  # of a hash: enough to tell one text from another


class ConsentEvent(Struct, omit_defaults=True):
    """One statement of a customer, with its proof. Never updated, never deleted save by erasure."""

    event_id: UUID
    brand: str
    channel: ContactChannel
    purpose: Purpose
    state: ConsentState
    at: int  # wall milliseconds UTC
    knows: tuple[UUID, ...] = ()  # the withdrawals a grant was made in knowledge of
    wording: str | None = None  # version of the text shown
    wording_hash: str | None = None  # of the text as it was shown
    language: str | None = None
    how: str | None = None  # "spoken", "screen", "signature", "web_form", "import", "call", "letter"
    signature: tuple[tuple[int, ...], ...] = ()  # strokes, see schemas.signature
    author: str | None = None
    store: str | None = None
    device: UUID | None = None
    confirms: UUID | None = None  # the statement this says again, by the link written to her


class Said(Struct, omit_defaults=True):
    """A yes: when last, and in knowledge of which withdrawals."""

    at: int  # wall milliseconds UTC
    knows: tuple[UUID, ...] = ()


class Under(Said, frozen=True, kw_only=True, omit_defaults=True):
    """What was granted under one wording; ``confirmed`` is what of it she said again by the link."""

    confirmed: Said | None = None


class ConsentStanding(Struct, omit_defaults=True):
    """Where one brand, channel and purpose stand."""

    state: ConsentState
    at: int  # wall milliseconds UTC of the event that decides
    wording: str | None = None
    standing: tuple[UUID, ...] = ()  # withdrawals that no grant has answered
    answered: tuple[UUID, ...] = ()  # withdrawals that a grant was made in knowledge of
    granted_at: int | None = None  # the latest grant, kept beside a withdrawal as evidence
    withdrawn_at: int | None = None  # the latest withdrawal, kept beside a grant
    under: dict[str, Under] = {}  # by ``shown_key``; a grant that names no wording is in no proof


def consent_key(brand: str, channel: str, purpose: str) -> str:
    """Return the key of a standing in a customer's ``consents``: ``brand/channel/purpose``."""
    return f"{brand}/{channel}/{purpose}"


def shown_key(version: str, fingerprint: str | None) -> str:
    """Return what names the text of a grant: the version, and where it is told, how the text's hash begins.

    So a grant that shows another text than the published one is kept apart from those that show it.
    """
    return f"{version}{_SHOWN}{fingerprint[:_SHOWN_DIGITS]}" if fingerprint else version


def version_in(key: str) -> str:
    """Return the version in a ``shown_key``."""
    return key.partition(_SHOWN)[0]


def fold_event(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    """Return the standing after one more event.

    Commutative, associative and idempotent over events of one key: a replica may apply them in any order.
    """
    standing = set(before.standing) if before else set()
    answered = set(before.answered) if before else set()
    granted_at = before.granted_at if before else None
    withdrawn_at = before.withdrawn_at if before else None
    wording = before.wording if before else None
    under = dict(before.under) if before else {}
    if event.state == ConsentState.WITHDRAWN:
        standing.add(event.event_id)
        withdrawn_at = max(withdrawn_at or 0, event.at)
    elif event.state == ConsentState.GRANTED:  # a word this build does not know grants nothing
        answered.update(event.knows)
        if event.wording:
            said = Said(at=event.at, knows=tuple(sorted(set(event.knows))))
            confirmed = said if event.confirms is not None else None
            key = shown_key(event.wording, event.wording_hash)
            under[key] = _either(under.get(key), Under(at=said.at, knows=said.knows, confirmed=confirmed))
        if granted_at is None or event.at >= granted_at:
            wording = (
                max(wording or "", event.wording or "") or None if granted_at == event.at else event.wording
            )
        granted_at = max(granted_at or 0, event.at)
    standing -= answered
    if standing or granted_at is None:
        state, at = ConsentState.WITHDRAWN, withdrawn_at or 0
    else:
        state, at = ConsentState.GRANTED, granted_at
    return ConsentStanding(
        state=state,
        at=at,
        wording=wording,
        standing=tuple(sorted(standing)),
        answered=tuple(sorted(answered)),
        granted_at=granted_at,
        withdrawn_at=withdrawn_at,
        under=dict(sorted(under.items())),
    )


def _either(one: Under | None, other: Under | None) -> Under:
    both = [each for each in (one, other) if each is not None]
    said = _latest(both)
    confirmed = [each.confirmed for each in both if each.confirmed is not None]
    return Under(at=said.at, knows=said.knows, confirmed=_latest(confirmed) if confirmed else None)


def _latest(said: Sequence[Said]) -> Said:
    knows = {withdrawal for each in said for withdrawal in each.knows}
    return Said(at=max(each.at for each in said), knows=tuple(sorted(knows)))


def join_standings(one: ConsentStanding, other: ConsentStanding) -> ConsentStanding:
    """Return the standing of everything said to either: what folding both ledgers into one would give.

    Commutative, associative and idempotent. A withdrawal that stands in one of them stands in the result,
    unless a grant in the other was made in knowledge of it.
    """
    answered = {*one.answered, *other.answered}
    standing = {*one.standing, *other.standing} - answered
    granted_at = max((each for each in (one.granted_at, other.granted_at) if each is not None), default=None)
    withdrawn_at = max(
        (each for each in (one.withdrawn_at, other.withdrawn_at) if each is not None), default=None
    )
    wordings = [each.wording or "" for each in (one, other) if each.granted_at == granted_at]
    if standing or granted_at is None:
        state, at = ConsentState.WITHDRAWN, withdrawn_at or 0
    else:
        state, at = ConsentState.GRANTED, granted_at
    return ConsentStanding(
        state=state,
        at=at,
        wording=max(wordings, default="") or None,
        standing=tuple(sorted(standing)),
        answered=tuple(sorted(answered)),
        granted_at=granted_at,
        withdrawn_at=withdrawn_at,
        under={
            key: _either(one.under.get(key), other.under.get(key))
            for key in sorted({*one.under, *other.under})
        },
    )


def standings(ledger: Iterable[ConsentEvent]) -> dict[str, ConsentStanding]:
    """Return every standing of one customer's ledger, keyed by ``consent_key``. Any order."""
    result: dict[str, ConsentStanding] = {}
    for event in ledger:
        key = consent_key(event.brand, event.channel, event.purpose)
        result[key] = fold_event(result.get(key), event)
    return result
