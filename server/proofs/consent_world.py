"""Random lives of consents for ``comptoir prove consent``: what was said, where it arrived, and who judges.

The judge reads the plain list of what was said. It shares no rule with the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from schemas import consent, contact
from schemas.consent import ConsentEvent, ConsentStanding, ConsentState, ContactChannel, Purpose
from schemas.wording import Wording, wording_hash

BRAND = "maison"
NOW = 1_795_000_000_000
DAY = 86_400_000
STATES = (ConsentState.GRANTED,) * 3 + (ConsentState.WITHDRAWN,) * 2 + (ConsentState("pending"),)
QUESTIONS = (
    (ContactChannel.EMAIL, Purpose.MARKETING),
    (ContactChannel.PHONE, Purpose.MARKETING),
    (ContactChannel.EMAIL, Purpose.TRACKING),
    (ContactChannel.EMAIL, Purpose.SERVICE),
)


VERSIONS = ("2026-1", "2026-1", "2026-2", "2026-2", "2025-1", "never-told", None)


TEXTS = {"fr": "Vous pouvez m'écrire.", "en": "You may write to me."}
ANOTHER_TEXT = "0123456789abcdef" * 4  # fingerprint of a text that nobody published


def _wordings() -> dict[str, Wording]:
    texts = TEXTS
    made = [
        Wording(version=version, brand=BRAND, channel=channel, purpose=purpose, texts=texts, until=until)
        for channel, purpose in QUESTIONS
        for version, until in (("2026-1", None), ("2025-1", NOW - 30 * DAY))
    ]
    made += [
        Wording(version="2026-2", brand=BRAND, channel=channel, purpose=purpose, texts=texts, confirm=True)
        for channel, purpose in QUESTIONS
        if channel == ContactChannel.EMAIL
    ]
    return {each.key: each for each in made}


WORDINGS = _wordings()


@dataclass
class Life:
    """What one person, known under two ids, said and did."""

    channel: ContactChannel
    purpose: Purpose
    said: list[tuple[int, ConsentEvent]] = field(default_factory=list)  # (id, statement)
    limits: dict[str, int] = field(default_factory=dict)
    purchases: list[dict[str, Any]] = field(default_factory=list)
    merged: bool = False


def draw_life(random: Random) -> Life:
    """Draw what is said at two tablets, the web and imports, by clocks that are wrong."""
    channel, purpose = random.choice(QUESTIONS)
    life = Life(channel=channel, purpose=purpose, merged=random.random() < 0.5)
    for number in range(random.randint(1, 6)):
        earlier = [each.event_id for _, each in life.said if each.state == ConsentState.WITHDRAWN]
        knows = tuple(one for one in earlier if random.random() < 0.6)
        state = random.choice(STATES)
        wording = random.choice(VERSIONS)
        waiting = [each.event_id for _, each in life.said if each.wording == "2026-2"]
        link = wording == "2026-2" and waiting and random.random() < 0.5
        life.said.append(
            (
                random.randrange(2),
                ConsentEvent(
                    event_id=UUID(int=random.getrandbits(64) << 8 | number),
                    brand=BRAND,
                    channel=channel,
                    purpose=purpose,
                    state=state,
                    at=NOW + random.randrange(-90, 30) * DAY,
                    knows=knows if state == ConsentState.GRANTED else (),
                    wording=wording,
                    wording_hash=_shown(random, wording),
                    confirms=random.choice(waiting) if link else None,
                ),
            )
        )
    if random.random() < 0.1:
        life.limits[random.choice(("restriction", "profiling", "new"))] = NOW
    if random.random() < 0.3:
        for kind, total in (("sale", 9_000), ("return", -9_000), ("sale", 0)):
            if random.random() < 0.4:
                at = NOW - random.randrange(1, 2_000) * DAY
                life.purchases.append({"kind": kind, "total": total, "at": at})
    return life


def _shown(random: Random, version: str | None) -> str | None:
    """Draw the fingerprint of what was shown: often none is told, now and then it is of another text."""
    drawn = random.random()
    if version is None or drawn < 0.5:
        return None
    return ANOTHER_TEXT if drawn > 0.85 else wording_hash(version, "fr", TEXTS["fr"])


def arrives(life: Life, random: Random) -> list[dict[str, ConsentStanding]]:
    """Return the standings of each id after everything arrived, in some order, some of it twice.

    Merged ids end in one: joined early, late, or by one ledger read anew.
    """
    known: list[dict[str, ConsentStanding]] = [{}, {}]
    waiting = [*life.said, *(each for each in life.said if random.random() < 0.3)]
    random.shuffle(waiting)
    joined_after = random.randrange(len(waiting) + 1) if life.merged else len(waiting) + 1
    for place, (whose, event) in enumerate(waiting):
        if place == joined_after:
            _join(known)
        key = consent.consent_key(event.brand, event.channel, event.purpose)
        target = known[0] if place >= joined_after else known[whose]
        target[key] = consent.fold_event(target.get(key), event)
    if joined_after == len(waiting):
        _join(known)
    return known[:1] if life.merged else known


def _join(known: list[dict[str, ConsentStanding]]) -> None:
    for key, other in known[1].items():
        own = known[0].get(key)
        known[0][key] = consent.join_standings(own, other) if own is not None else other


def answer(life: Life, held: Mapping[str, ConsentStanding]) -> contact.ContactAnswer:
    """Ask the product."""
    return contact.may_contact(
        msgspec.to_builtins(held),
        brand=BRAND,
        channel=life.channel,
        purpose=life.purpose,
        now=NOW,
        wordings=WORDINGS,
        limits=life.limits,
        purchases=life.purchases,
    )


def judge(life: Life, whose: int) -> bool:
    """Say whether this id may be contacted, from the plain list of what was said."""
    if "restriction" in life.limits or "new" in life.limits:
        return False
    if life.purpose in ("tracking", "profiling") and life.limits:
        return False
    ledger = [event for owner, event in life.said if life.merged or owner == whose]
    noes = {event.event_id for event in ledger if event.state == "withdrawn"}
    quoted = {one for event in ledger if event.state == "granted" for one in event.knows}
    good = [event for event in ledger if event.state == "granted" and _good(event, ledger)]
    answered = {one for event in good for one in event.knows}
    if good and answered.issuperset(noes | quoted if life.purpose != "service" else noes):
        return True
    if noes - quoted or (ledger and not any(event.state == "granted" for event in ledger)):
        return False
    if (life.channel, life.purpose) != ("email", "marketing"):
        return False
    lately = [each for each in life.purchases if NOW - each["at"] <= 1_095 * DAY]
    earned = sum(each["total"] for each in lately)
    return earned > 0 and any(each["kind"] == "sale" and each["total"] for each in lately)


def _good(event: ConsentEvent, ledger: list[ConsentEvent]) -> bool:
    if event.purpose == "service":
        return True
    if event.wording_hash == ANOTHER_TEXT:
        return False
    if event.wording == "2026-1":
        return True
    if event.wording == "2026-2":  # said again by the link; there is none to a telephone
        return event.confirms is not None and event.channel == "email"
    last = max(
        each.at
        for each in ledger
        if each.state == "granted"
        and (each.wording, each.wording_hash) == (event.wording, event.wording_hash)
    )  # one yes after a wording's end throws doubt on all under it
    return event.wording == "2025-1" and last < NOW - 30 * DAY
