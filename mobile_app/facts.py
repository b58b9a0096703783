"""What the tablet's thread tells without being asked."""

from uuid import UUID

from mobile_app.strip import LineStatus
from schemas.record import Struct


class RecordsChanged(Struct, frozen=True):
    """Cards that may look different now: an edit was kept, or the server sent something."""

    record_ids: frozenset[UUID]


class Revoked(Struct, frozen=True):
    """The tablet was taken out of service and wiped itself; unsent edits stay, sealed for the server."""


class LeaseOver(Struct, frozen=True):
    """The tablet has not met the server for too long: the person's store was shut."""


Fact = LineStatus | RecordsChanged | Revoked | LeaseOver
