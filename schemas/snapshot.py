"""A first download made beforehand: who may have it is offered its parts, and the token after them."""

from uuid import UUID

from schemas.protocol import Caller, Entitlement
from schemas.record import Struct

SNAPSHOT = "/v1/sync/snapshot"
PART_TYPE = "application/vnd.comptoir.snapshot-part"


class SnapshotRequest(Struct, array_like=True):
    """Is there a file for me?"""

    caller: Caller
    format: int = 1  # of parts that the caller reads


class SnapshotPart(Struct, array_like=True):
    """One part of the file, immutable (``sync.snapshot_part``)."""

    size: int  # bytes as sent
    digest: bytes  # SHA-256 of them


class SnapshotOffer(Struct, array_like=True):
    """A file that holds what the caller may hold, up to one moment.

    After its last part the replica stands where the token says; the next pull brings what has changed since,
    and the channels that are this person's alone.
    """

    snapshot_id: UUID
    token: bytes
    parts: tuple[SnapshotPart, ...]


class SnapshotReply(Struct, array_like=True):
    """The entitlement in full, and the file if there is one; otherwise the pages of a pull do."""

    entitlement: Entitlement
    offer: SnapshotOffer | None = None
