"""The link by which somebody writes herself down: what is written to her, what she may say there. Pure."""

from collections.abc import Mapping
from typing import Any

from schemas.consent import ContactChannel
from schemas.messages import MessageState, TemplateText

TEMPLATE = "details-link"  # names the house's own text; the words a tablet sends with it are not sent on
PLACE = "{details}"  # where the address of her page comes
CHANNELS = (ContactChannel.EMAIL, ContactChannel.SMS)
NAMES = ("given_name", "family_name")
_OTHER = {ContactChannel.EMAIL: "phone", ContactChannel.SMS: "email"}
ANSWERABLE = (MessageState.QUEUED, MessageState.UNSURE, MessageState.SENT)  # a message that leaves is queued

_TEXTS = {
    "fr": TemplateText(
        subject="Vos coordonnées",
        text=f"Bonjour,\n\nVous pouvez nous laisser vos coordonnées vous-même, ici :\n{PLACE}\n\nÀ bientôt.",
    ),
    "en": TemplateText(
        subject="Your details",
        text=f"Hello,\n\nYou can leave your details with us yourself, here:\n{PLACE}\n\nSee you soon.",
    ),
}


def said_in(language: str | None) -> tuple[str, TemplateText]:
    """Return the language that is written in, and the text: French unless English is wanted."""
    chosen = "en" if (language or "").startswith("en") else "fr"
    return chosen, _TEXTS[chosen]


def hers(channel: ContactChannel) -> tuple[str, ...]:
    """Return the fields she may fill in: not the address that the link went to."""
    return (*NAMES, _OTHER[channel])


def is_link(message: Mapping[str, Any]) -> bool:
    """Whether a message on her record is such a link."""
    return bool(message.get("template") == TEMPLATE)
