"""Who carries what leaves the house: the words between the queue and a mail server, a provider, a folder."""

import os
from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from schemas.consent import ContactChannel
from schemas.record import Struct

# Asked at the last moment before anything is given away; it raises ``Stopped`` when the gate has closed.
Leaving = Callable[[], Awaitable[None]]


class Parcel(Struct):
    """One thing to be carried, and to whom."""

    id: str  # stable over attempts: whoever takes it twice can tell
    channel: ContactChannel
    address: str  # an e-mail address in ASCII, or a number in E.164
    text: str
    mail: EmailMessage | None = None  # of an e-mail: the whole message


class NotCarried(Exception):
    """It did not arrive. ``answer`` is the status the other side gave, or a word of ours; never its text."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Later(NotCarried):
    """Nothing was taken; another attempt may succeed."""


class Bounced(NotCarried):
    """The other side refused this address or this message for good."""


class NoAnswer(NotCarried):
    """It was handed over, and nobody knows whether it was taken."""


class Stopped(Exception):
    """It may not leave any more."""


class Carrier(Protocol):
    """Somebody who carries parcels of a channel."""

    async def carry(self, parcel: Parcel, leaving: Leaving) -> str:
        """Hand a parcel over and return the status it was taken with.

        ``leaving`` is awaited once, before anything of it is given away.

        Raises:
            NotCarried: one of its kinds.
            Stopped: as ``leaving`` raised it.
        """
        ...


class Folder:
    """Lays parcels down as files that only the owner reads: the demo's mail server."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def carry(self, parcel: Parcel, leaving: Leaving) -> str:
        """Write one file; the same parcel again is the same file."""
        await leaving()
        if parcel.mail is not None:
            name, content = f"{parcel.id}.eml", bytes(parcel.mail)
        else:
            name = f"{parcel.id}.txt"
            content = f"{parcel.channel.value}: {parcel.address}\n\n{parcel.text}\n".encode()
        self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return "folder"


Carriers = Mapping[ContactChannel, Carrier]
