"""The texts that the made brand writes from, and how much of it is too much."""

from typing import Final

from schemas.consent import ContactChannel, Purpose
from schemas.messages import Pressure, Template, TemplateText
from server.database.pool import Connection
from server.demo.brand import BRAND_CODE
from server.outgoing.templates import publish, set_pressure

_BOTH: Final = (ContactChannel.EMAIL, ContactChannel.SMS, ContactChannel.MESSAGING)
TEXTS: Final = (
    (
        "arrived", Purpose.SERVICE, ("Article arrivé", "Item has come in"),
        ("Votre article est arrivé", "Bonjour {name},\n\nL'article que vous attendiez est arrivé. "
         "Je le garde pour vous.\n\n{me}"),
        ("Your item is here", "Dear {name},\n\nThe item you were waiting for has come in. "
         "I am keeping it for you.\n\n{me}"),
    ),
    (
        "repaired", Purpose.SERVICE, ("Réparation prête", "Repair is ready"),
        ("Votre réparation est prête", "Bonjour {name},\n\nVotre réparation est prête.\n\n{me}"),
        ("Your repair is ready", "Dear {name},\n\nYour repair is ready for you.\n\n{me}"),
    ),
    (
        "collection", Purpose.MARKETING, ("Nouvelle collection", "New collection"),
        ("La nouvelle collection", "Bonjour {name},\n\nJe serais heureuse de vous montrer la nouvelle "
         "collection.\n\n{me}"),
        ("The new collection", "Dear {name},\n\nI would be glad to show you the new collection.\n\n{me}"),
    ),
)  # fmt: skip
_LIMITS: Final = {
    Purpose.SERVICE: Pressure(most=5, days=7),
    Purpose.MARKETING: Pressure(most=2, days=30),
}


async def publish_templates(connection: Connection) -> int:
    """Publish every text and limit as the house would, and return how many texts there are."""
    for code, purpose, titles, french, english in TEXTS:
        template = Template(
            code=code,
            version=0,
            brand=BRAND_CODE,
            purpose=purpose,
            channels=_BOTH,
            texts={
                language: TemplateText(subject=subject, text=text)
                for language, (subject, text) in (("fr", french), ("en", english))
            },
            title=dict(zip(("fr", "en"), titles, strict=True)),
        )
        await publish(connection, template, by=None)
    for purpose, limit in _LIMITS.items():
        await set_pressure(connection, BRAND_CODE, purpose.value, limit, by=None)
    return len(TEXTS)
