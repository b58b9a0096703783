"""By what means she may be contacted, as the law and her word stand: asked of ``schemas.contact``. Pure."""

from mobile_app.screens.card.shown import CardModel
from schemas.consent import ContactChannel, Purpose, consent_key
from schemas.contact import PHONE_NEEDS_CONSENT_FROM, ContactAnswer, may_contact
from schemas.record import Struct
from schemas.visibility import Level

_PURPOSES = (Purpose.SERVICE, Purpose.MARKETING)
CALLS_NEED_CONSENT = "calls_need_consent"  # why nobody is called who did not say yes; our own word


class Means(Struct, frozen=True):
    """A channel: whether anything may be said to her by it, and whether a no stands in the way."""

    channel: str
    allowed: bool
    refused: bool  # not allowed, and not just because nobody asked


def answer_for(model: CardModel, key: str) -> ContactAnswer:
    """Return whether she may be contacted for what a key names (``brand/channel/purpose``), and why."""
    assert model.card is not None
    values, brand, channel, purpose = model.card.values, *key.split("/")
    if not _reads(model, "consents") or not _reads(model, "limits"):
        return ContactAnswer(allowed=False, reason="unknown")
    own = brand == model.directory.brand and _reads(model, "purchases")  # what she bought is this brand's
    answer = may_contact(
        values.get("consents") or {},
        brand=brand,
        channel=ContactChannel(channel),
        purpose=Purpose(purpose),
        now=model.now_ms,
        wordings=model.wordings,
        limits=values.get("limits") or {},
        purchases=(values.get("purchases") or ()) if own else (),
    )
    if answer.reason == "never_asked" and _calls_need_consent(channel, purpose, model.now_ms):
        return ContactAnswer(allowed=False, reason=CALLS_NEED_CONSENT)
    return answer


def means(model: CardModel) -> tuple[Means, ...]:
    """Return every channel with what may be done by it; nothing for a reader who holds no consents."""
    if not model.holds("consents"):
        return ()
    return tuple(_means(model, channel) for channel in ContactChannel)


def _means(model: CardModel, channel: ContactChannel) -> Means:
    answers = [
        answer_for(model, consent_key(model.directory.brand, channel, purpose)) for purpose in _PURPOSES
    ]
    allowed = any(each.allowed for each in answers)
    asked = any(each.reason != "never_asked" for each in answers)
    return Means(channel=channel.value, allowed=allowed, refused=asked and not allowed)


def _calls_need_consent(channel: str, purpose: str, now: int) -> bool:
    return (
        channel == ContactChannel.PHONE and purpose == Purpose.MARKETING and now >= PHONE_NEEDS_CONSENT_FROM
    )


def _reads(model: CardModel, field: str) -> bool:
    return model.card is not None and model.card.levels.get(field, Level.HIDDEN) >= Level.READ
