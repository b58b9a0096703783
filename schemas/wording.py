"""The words a customer is shown before she says yes: what a grant must name to count as proof."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Annotated

import msgspec

from schemas.consent import ContactChannel, Purpose, consent_key, shown_key, version_in
from schemas.record import Struct

WordingVersion = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")]
WordingText = Annotated[str, msgspec.Meta(min_length=10, max_length=2000)]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")]


class Wording(Struct, omit_defaults=True):
    """One published text, in every language it was written in. Never changed: a new text is a new version."""

    version: WordingVersion
    brand: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    channel: ContactChannel
    purpose: Purpose
    texts: Annotated[dict[Language, WordingText], msgspec.Meta(min_length=1, max_length=40)]
    published_at: int = 0  # wall milliseconds UTC
    until: int | None = None  # wall ms; what is said under it later counts for nothing
    confirm: bool = False  # a yes counts when she has said it again by the link written to her

    @property
    def key(self) -> str:
        """What names it: ``brand/channel/purpose/version``."""
        return f"{consent_key(self.brand, self.channel, self.purpose)}/{self.version}"

    def text_for(self, language: str) -> tuple[str, str]:
        """Return the language she is shown and the text in it: hers, else English, else the first."""
        wanted = language.partition("-")[0]
        chosen = next((each for each in (wanted, "en") if each in self.texts), min(self.texts))
        return chosen, self.texts[chosen]


def wording_hash(version: str, language: str, text: str) -> str:
    """Return the fingerprint of a text as it was shown, in hex."""
    return sha256("\n".join((version, language, text)).encode()).hexdigest()


def in_force(
    wordings: Iterable[Wording], *, brand: str, channel: str, purpose: str, now: int
) -> Wording | None:
    """Return the wording to show now: the one published last, or None when there is none."""
    held = [
        each
        for each in wordings
        if (each.brand, each.channel, each.purpose) == (brand, channel, purpose)
        and each.published_at <= now
        and (each.until is None or now < each.until)
    ]
    return max(held, key=lambda each: (each.published_at, each.version), default=None)


def proves(
    wordings: Mapping[str, Wording], shown: str, *, brand: str, channel: str, purpose: str, at: int
) -> bool:
    """Whether a grant said at this moment under this wording is proved by a text we know.

    A wording that is unknown here, or was written for something else, proves nothing: until it is known. Nor
    does a grant under a text that this version never had.

    Args:
        wordings: by ``Wording.key``.
        shown: a ``shown_key``.
    """
    wording = wordings.get(f"{consent_key(brand, channel, purpose)}/{version_in(shown)}")
    if wording is None or (wording.until is not None and at >= wording.until):
        return False
    version = wording.version
    return shown == version or shown in {
        shown_key(version, wording_hash(version, language, text)) for language, text in wording.texts.items()
    }
