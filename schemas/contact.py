"""May a customer be contacted: the one question, with its reason, as the law and her word stand.

Pure, and shared by server and tablet: nothing is sent, called or exported without asking here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from schemas.consent import ConsentState, ContactChannel, Limit, Purpose, consent_key, version_in
from schemas.messages import Pressed
from schemas.record import Struct
from schemas.wording import Wording, proves

# Calls for marketing in France. Source: Code de la consommation L223-1, as of law 2025-594.
PHONE_NEEDS_CONSENT_FROM = 1_786_399_200_000  # 11 August 2026, Paris; wall milliseconds UTC
SALE_COUNTS_MS = 3 * 365 * 86_400_000  # a customer who has not bought for so long is a prospect again
# Source: CPCE L34-5: to one's own customers, for similar goods, by e-mail and SMS, unless she objects.
WITHOUT_ASKING = (ContactChannel.EMAIL, ContactChannel.SMS)


class ContactAnswer(Struct):
    """Whether somebody may be contacted, and the reason in a stable word.

    "granted", "existing_customer"; "withdrawn", "never_asked", "unproven", "pending", "restricted",
    "objected", "pressure", "unknown".
    """

    allowed: bool
    reason: str


def may_contact(
    consents: Mapping[str, Any],
    *,
    brand: str,
    channel: ContactChannel,
    purpose: Purpose,
    now: int,
    wordings: Mapping[str, Wording],
    limits: Mapping[str, int] | None = None,
    purchases: Iterable[Mapping[str, Any]] = (),
    pressure: Pressed | None = None,
) -> ContactAnswer:
    """Return whether this purpose is allowed on this channel for this brand, with the reason.

    Silence is not consent. A limit stands above every consent, also one that this build does not know. A yes
    to anything but one-to-one service counts when it names a wording that is known, and was given to a text
    of it if it tells which: what cannot be proved is kept, and allows nothing; one that waits for the link
    written to her is pending. Who bought lately may be written to about similar goods until she objects. What
    is allowed may still be too much.

    Args:
        consents: the customer's field of that name (JSON-shaped standings).
        now: wall milliseconds UTC.
        wordings: every wording published, by its key.
        limits: the customer's field of that name.
        purchases: the customer's field of that name, of this brand; empty for who may not read it.
        pressure: how much was written to her already; None where that is not asked.
    """
    answer = _by_her_word(
        consents,
        brand=brand,
        channel=channel,
        purpose=purpose,
        now=now,
        wordings=wordings,
        limits=limits,
        purchases=purchases,
    )
    if answer.allowed and pressure is not None and pressure.full:
        return ContactAnswer(allowed=False, reason="pressure")
    return answer


def _by_her_word(
    consents: Mapping[str, Any],
    *,
    brand: str,
    channel: ContactChannel,
    purpose: Purpose,
    now: int,
    wordings: Mapping[str, Wording],
    limits: Mapping[str, int] | None,
    purchases: Iterable[Mapping[str, Any]],
) -> ContactAnswer:
    held = set(limits or ())
    if purpose in (Purpose.PROFILING, Purpose.TRACKING) and Limit.PROFILING.value in held:
        return ContactAnswer(allowed=False, reason="objected")
    if held - {Limit.PROFILING.value}:
        return ContactAnswer(allowed=False, reason="restricted")
    standing = consents.get(consent_key(brand, channel, purpose))
    if standing is not None and standing["state"] != ConsentState.GRANTED:
        return ContactAnswer(allowed=False, reason="withdrawn")
    if standing is not None and (
        purpose == Purpose.SERVICE or _is_proved(standing, wordings, brand, channel, purpose)
    ):
        return ContactAnswer(allowed=True, reason="granted")
    if _needs_no_question(channel, purpose, now) and bought_lately(purchases, now):
        return ContactAnswer(allowed=True, reason="existing_customer")
    if standing is None:
        return ContactAnswer(allowed=False, reason="never_asked")
    waits = is_pending(standing, wordings, brand, channel, purpose)
    return ContactAnswer(allowed=False, reason="pending" if waits else "unproven")


def is_pending(
    standing: Mapping[str, Any],
    wordings: Mapping[str, Wording],
    brand: str,
    channel: ContactChannel,
    purpose: Purpose,
) -> bool:
    """Whether her yes would be proved, and waits for the link written to her."""
    if standing["state"] != ConsentState.GRANTED:
        return False
    asked = {key: msgspec.structs.replace(each, confirm=False) for key, each in wordings.items()}
    return not _is_proved(standing, wordings, brand, channel, purpose) and _is_proved(
        standing, asked, brand, channel, purpose
    )


def _is_proved(
    standing: Mapping[str, Any],
    wordings: Mapping[str, Wording],
    brand: str,
    channel: ContactChannel,
    purpose: Purpose,
) -> bool:
    """Whether she would stand as granted if only what can be proved had been said, and every withdrawal."""
    key = consent_key(brand, channel, purpose)
    said_under = {
        shown: said.get("confirmed") if _needs_her_link(wordings.get(f"{key}/{version_in(shown)}")) else said
        for shown, said in (standing.get("under") or {}).items()
    }
    proved = [
        said
        for shown, said in said_under.items()
        if said is not None
        and proves(wordings, shown, brand=brand, channel=channel, purpose=purpose, at=said["at"])
    ]
    known = {withdrawal for said in proved for withdrawal in said.get("knows", ())}
    return bool(proved) and known.issuperset(standing.get("answered") or ())


def _needs_her_link(wording: Wording | None) -> bool:
    return wording is not None and wording.confirm


def bought_lately(purchases: Iterable[Mapping[str, Any]], now: int) -> bool:
    """Whether she bought something and kept it: an account, a gift or goods returned are no sale."""
    lately = [each for each in purchases if now - SALE_COUNTS_MS <= each["at"] <= now]
    sold = any(each["kind"] == "sale" and each["total"] > 0 for each in lately)
    balance = sum(each["total"] for each in lately)
    return sold and balance > 0


def _needs_no_question(channel: ContactChannel, purpose: Purpose, now: int) -> bool:
    if purpose != Purpose.MARKETING:
        return False
    return channel in WITHOUT_ASKING or (channel == ContactChannel.PHONE and now < PHONE_NEEDS_CONSENT_FROM)
