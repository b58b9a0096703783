"""What is written to a customer, the texts it is made from, and how much of it is too much."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from schemas.consent import ContactChannel, Purpose
from schemas.record import OpenEnum, Struct
from schemas.states import Thing

DAY_MS = 86_400_000
LONGEST_MESSAGE = 2000
UNDO_MS = 15_000  # a message may be taken back for so long: the server lets it lie until then

TemplateCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MessageText = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_MESSAGE)]
Subject = Annotated[str, msgspec.Meta(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")]
TYPED = (ContactChannel.EMAIL, ContactChannel.SMS, ContactChannel.MESSAGING)  # what may be written


class MessageState(OpenEnum):
    """Where a message stands."""

    QUEUED = "queued"
    CANCELLED = "cancelled"  # by its author, in time
    REFUSED = "refused"  # by the gate, or because nobody took it
    UNSURE = "unsure"  # handed over, and the line broke before the answer: never sent again by itself
    SENT = "sent"  # taken by the mail server or the provider
    BOUNCED = "bounced"  # the other side does not know this address, or does not want it
    ANSWERED = "answered"  # it held a link to a page of ours, and she filled that in


# What has been used up of what may be written to her: also what is on its way.
COUNTED = (MessageState.QUEUED, MessageState.UNSURE, MessageState.SENT, MessageState.ANSWERED)


class Message(Thing, frozen=True, kw_only=True, omit_defaults=True):
    """Something written to her."""

    state: MessageState
    brand: str
    channel: ContactChannel
    purpose: Purpose
    text: str
    subject: str = ""
    template: str | None = None
    version: int = 0
    language: str = ""


class TemplateText(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A template in one language. ``{name}`` stands for how she is addressed, ``{me}`` for the author."""

    text: MessageText
    subject: Subject = ""


class Template(Struct, omit_defaults=True):
    """One published version of a text to write from; the highest one is offered."""

    code: TemplateCode
    version: int
    brand: str
    purpose: Purpose
    channels: tuple[ContactChannel, ...]
    texts: dict[Language, TemplateText]
    title: dict[Language, str] = {}  # what the seller chooses it by
    retired: bool = False

    @property
    def key(self) -> str:
        """What names it, whatever its version."""
        return f"{self.brand}/{self.code}"

    def text_for(self, language: str | None) -> tuple[str, TemplateText]:
        """Return the language she is written to in, and the text: hers, else French, else the first."""
        wanted = (language or "").partition("-")[0]
        chosen = next((each for each in (wanted, "fr") if each in self.texts), min(self.texts))
        return chosen, self.texts[chosen]


def filled(text: str, *, name: str, me: str) -> str:
    """Return a template's text with its two places filled; any other brace stays as it is."""
    result = text.replace("{name}", "\x00").replace("{me}", me).replace("\x00", name)
    return "\n".join(" ".join(line.split(" ")).rstrip() for line in result.split("\n"))


class Pressure(Struct):
    """How much is too much for one purpose: at most so many messages in so many days."""

    most: Annotated[int, msgspec.Meta(ge=0, le=50)]
    days: Annotated[int, msgspec.Meta(ge=1, le=365)]


class PressureRules(Struct):
    """A brand's limits by purpose; a purpose without one has none."""

    brand: str
    rules: dict[str, Pressure]


class Pressed(Struct):
    """What has been used up of a limit, and when she was last written to."""

    used: int
    most: int | None = None  # None: no limit
    days: int = 0
    last_at: int | None = None  # wall milliseconds UTC

    @property
    def full(self) -> bool:
        """Whether nothing more may be written for now."""
        return self.most is not None and self.used >= self.most


def pressed(
    messages: Mapping[str, Mapping[str, Any]],
    *,
    brand: str,
    purpose: Purpose,
    now: int,
    rules: PressureRules | None,
    asked: str | None = None,
) -> Pressed:
    """Return how much of what may be written to her for a purpose is used up, whoever wrote it.

    Args:
        messages: the customer's field of that name.
        now: wall milliseconds UTC.
        asked: the key of the message this is asked for: it does not count, nor what was queued after it.
    """
    rule = rules.rules.get(purpose.value) if rules is not None else None
    own = messages.get(asked) if asked is not None else None
    place = (own["at"], asked) if own is not None else None
    written = [
        each["at"]
        for key, each in messages.items()
        if key != asked
        and each.get("brand") == brand
        and each.get("purpose") == purpose
        and each["state"] in COUNTED
        and (place is None or each["state"] != MessageState.QUEUED or (each["at"], key) < place)
    ]
    since = now - (rule.days if rule else 0) * DAY_MS
    return Pressed(
        used=sum(1 for at in written if at > since),
        most=rule.most if rule else None,
        days=rule.days if rule else 0,
        last_at=max(written, default=None),
    )
