"""The links in what is written to customers: sealed, so that nobody can make one or read who it is about."""

import base64
import binascii
from uuid import UUID

import msgspec

from schemas.record import Struct
from server.auth.sealing import SealBroken, derive, keyed_digest, seal, unseal

CONFIRM_DAYS = 14
DETAILS_DAYS = 7
LONGEST = 400  # characters of a token

_LEAVE, _CONFIRM, _DETAILS = b"leave", b"confirm", b"details"


class LinkBroken(Exception):
    """This is not a link of ours, or its time is over."""


class LeaveLink(Struct, array_like=True):
    """She does not want to hear of this any more."""

    customer_id: UUID
    brand: str
    channel: str
    purpose: str


class ConfirmLink(Struct, array_like=True):
    """She says again what she granted."""

    customer_id: UUID
    event_id: UUID
    until: int  # wall milliseconds UTC
    address: bytes  # digest of the address it was sent to


class DetailsLink(Struct, array_like=True):
    """She writes herself down."""

    customer_id: UUID
    brand: str
    message_id: UUID  # that brought it: answered once
    channel: str
    language: str
    until: int  # wall milliseconds UTC
    address: bytes  # digest of the address it was sent to


class Links:
    """Makes and opens the links of one installation."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive(secret, "customer-links")
        self._address_key = derive(secret, "customer-links/address")

    def leave(self, link: LeaveLink) -> str:
        """Return the token of a link by which she leaves. It holds for ever."""
        return self._sealed(link, _LEAVE)

    def confirm(self, link: ConfirmLink) -> str:
        """Return the token of a link by which she confirms."""
        return self._sealed(link, _CONFIRM)

    def details(self, link: DetailsLink) -> str:
        """Return the token of a link by which she writes herself down."""
        return self._sealed(link, _DETAILS)

    def open_leave(self, token: str) -> LeaveLink:
        """Return what a token says.

        Raises:
            LinkBroken: it is none of ours.
        """
        return msgspec.msgpack.decode(self._opened(token, _LEAVE), type=LeaveLink)

    def open_confirm(self, token: str, *, now_ms: int) -> ConfirmLink:
        """Return what a token says.

        Raises:
            LinkBroken: it is none of ours, or too old.
        """
        link = msgspec.msgpack.decode(self._opened(token, _CONFIRM), type=ConfirmLink)
        if link.until <= now_ms:
            raise LinkBroken
        return link

    def open_details(self, token: str, *, now_ms: int) -> DetailsLink:
        """Return what a token says.

        Raises:
            LinkBroken: it is none of ours, or too old.
        """
        link = msgspec.msgpack.decode(self._opened(token, _DETAILS), type=DetailsLink)
        if link.until <= now_ms:
            raise LinkBroken
        return link

    def address_digest(self, address: str) -> bytes:
        """Return what is kept of an address in a link."""
        return keyed_digest(self._address_key, address.strip().casefold())[:8]

    def _sealed(self, link: Struct, context: bytes) -> str:
        sealed = seal(self._key, msgspec.msgpack.encode(link), context=context)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _opened(self, token: str, context: bytes) -> bytes:
        try:
            if not token.isascii() or len(token) > LONGEST:
                raise LinkBroken
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            return unseal(self._key, sealed, context=context)
        except (SealBroken, binascii.Error, ValueError) as error:
            raise LinkBroken from error
