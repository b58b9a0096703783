"""What a rescue file holds: the edits of one person that a tablet could not send, for the server alone."""

from uuid import UUID

from schemas.mutations import Envelope
from schemas.record import Struct

MAGIC = b"CPTR1\n"  # begins a rescue file; the rest is sealed
PURPOSE = b"comptoir/rescue/1"
CONTENT_TYPE = "application/octet-stream"
BIGGEST_FILE = 2 * 1024 * 1024 - 4096  # bytes; fits a request
BIGGEST_CONTENT = 32 * 1024 * 1024  # bytes after decompression


class RescuedEdit(Struct):
    """An edit, and what the tablet knew of its fate."""

    envelope: Envelope
    at: int  # wall milliseconds by the tablet
    state: str = "queued"  # "queued", "refused", "conflict", "parked"
    code: str | None = None


class RescueContent(Struct):
    """One person's edits on one tablet. The device's secret proves where they come from, also after it was
    revoked."""

    device_id: UUID
    device_secret: str
    author: str  # the associate's id
    made_at: int  # wall milliseconds by the tablet
    app_version: str
    edits: tuple[RescuedEdit, ...]  # oldest first


class RescueVerdict(Struct, omit_defaults=True):
    """What became of one edit."""

    mutation_id: UUID
    record_id: UUID
    op: str
    status: str  # schemas.protocol.OutcomeStatus
    code: str | None = None


class RescueReport(Struct):
    """What became of a rescue file. Delivering it again gives the same verdicts as duplicates."""

    device_id: UUID
    author: UUID
    made_at: int
    verdicts: tuple[RescueVerdict, ...]
