# ruff: noqa: E501
"""The words the made brand asks under: every version in French and English, published when it was written."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

from schemas.consent import ContactChannel, Purpose
from schemas.wording import Wording, wording_hash
from server.consent.wordings import publish, write_draft
from server.database.pool import Connection
from server.demo.brand import BRAND_CODE, BRAND_NAME

__all__ = ["publish_wordings", "shown", "version_on", "wordings"]

_VERSIONS: Final = (  # version, day it was published, what it says of her right to change her mind
    ("2021-10", datetime.date(2021, 10, 1), "", ""),
    ("2023-05", datetime.date(2023, 5, 1), " Je peux changer d'avis à tout moment.", " I may change my mind at any time."),
    ("2025-02", datetime.date(2025, 2, 1), " Je peux changer d'avis à tout moment, en boutique ou d'un mot au service clients.", " I may change my mind at any time, in any store or with a word to customer care."),
)  # fmt: skip
_WORDS: Final = {
    (ContactChannel.EMAIL, Purpose.MARKETING): (
        "{brand} peut m'écrire par e-mail\u00a0: nouvelles collections et invitations.",
        "{brand} may write to me by e-mail: new collections and invitations.",
    ),
    (ContactChannel.SMS, Purpose.MARKETING): (
        "{brand} peut m'envoyer des SMS\u00a0: nouvelles collections et invitations.",
        "{brand} may send me text messages: new collections and invitations.",
    ),
    (ContactChannel.PHONE, Purpose.MARKETING): (
        "{brand} peut m'appeler pour me présenter ses nouvelles collections.",
        "{brand} may call me to present its new collections.",
    ),
    (ContactChannel.POST, Purpose.MARKETING): (
        "{brand} peut m'écrire par courrier\u00a0: catalogues et invitations.",
        "{brand} may write to me by post: catalogues and invitations.",
    ),
    (ContactChannel.PHONE, Purpose.SERVICE): (
        "Mon conseiller peut m'appeler au sujet de mes commandes, de mes retouches et de mes rendez-vous.",
        "My adviser may call me about my orders, my alterations and my appointments.",
    ),
    (ContactChannel.EMAIL, Purpose.PROFILING): (
        "{brand} peut se fonder sur mes achats pour me suggérer par e-mail ce qui pourrait me plaire.",
        "{brand} may draw on my purchases to suggest by e-mail what I may like.",
    ),
}  # fmt: skip


def version_on(day: int) -> str:
    """Return the version that was shown on a day, given as its ordinal."""
    return max(version for version, first, *_ in _VERSIONS if day >= first.toordinal())


def shown(channel: ContactChannel, purpose: Purpose, version: str, language: str) -> tuple[str, str]:
    """Return the language a customer of this one was shown a version in, and the hash of that text."""
    chosen, text = _ALL[channel, purpose, version].text_for(language)
    return chosen, wording_hash(version, chosen, text)


def wordings() -> Iterator[tuple[Wording, datetime.datetime]]:
    """Yield every wording with the instant it was published."""
    for version, first, *_ in _VERSIONS:
        at = datetime.datetime.combine(first, datetime.time(), datetime.UTC)
        for channel, purpose in _WORDS:
            yield _ALL[channel, purpose, version], at


async def publish_wordings(connection: Connection) -> int:
    """Draft and publish every wording as the house would, and return how many there are."""
    made = list(wordings())
    for wording, at in made:
        await write_draft(connection, wording, by=None)
        await publish(connection, wording, now=at)
    return len(made)


def _texts(channel: ContactChannel, purpose: Purpose, french: str, english: str) -> dict[str, str]:
    in_french, in_english = _WORDS[channel, purpose]
    return {
        "fr": in_french.format(brand=BRAND_NAME) + french,
        "en": in_english.format(brand=BRAND_NAME) + english,
    }


_ALL: Final = {
    (channel, purpose, version): Wording(
        version=version,
        brand=BRAND_CODE,
        channel=channel,
        purpose=purpose,
        texts=_texts(channel, purpose, french, english),
    )
    for version, _first, french, english in _VERSIONS
    for channel, purpose in _WORDS
}
