"""The messages of the sync protocol: msgpack on the wire, UUIDs as 16 bytes, fragment bodies as JSON.

A reply always states the entitlement in full, never as a difference.
"""

from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Envelope
from schemas.record import OpenEnum, Stamp, Struct

PROTOCOL = 1
OLDEST_PROTOCOL = 1
CONTENT_TYPE = "application/msgpack"
MAX_EDITS = 100  # per push
MAX_PUSH_BYTES = 256 * 1024

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


def encode(message: Struct) -> bytes:
    """Return a message as it travels."""
    return _encoder.encode(message)


class Caller(Struct, omit_defaults=True):
    """What a tablet says of itself with every request. Who is signed in comes from the access token alone."""

    protocol: int
    app_version: str
    device_id: UUID
    incarnation: UUID
    fence: int
    sent_at: int  # wall milliseconds UTC by the tablet's own clock


class Entitlement(Struct, omit_defaults=True):
    """All that the person on this tablet may hold. The rest is deleted before the next screen."""

    epoch: str  # changes whenever role, stores or policy do; opaque
    policy_version: int
    role: str
    scopes: tuple[str, ...]
    groups: tuple[str, ...]  # wire keys of field groups
    levels: dict[str, int]  # field -> schemas.visibility.Level
    now: int  # server's wall milliseconds UTC
    lease_until: int
    oldest_app: str = ""
    erased: tuple[UUID, ...] = ()


class MemberState(int):
    """Where a record stands in a scope."""

    OUT = 0
    IN = 1
    MERGED = 2
    ERASED = 3


class FragmentRow(Struct, array_like=True):
    """One field group of one record: applied if and only if the revision is newer."""

    group: str
    rev: int
    body: bytes  # JSON of FragmentBody


class MemberRow(Struct, array_like=True):
    """One record's standing in one scope, with the fragments the lens shows and the replica may lack."""

    scope: str
    record_id: UUID
    kind: str
    state: int  # MemberState
    rev: int
    into: UUID | None
    fragments: tuple[FragmentRow, ...]


class FragmentBody(Struct):
    """A field group's values, and where each came from."""

    values: dict[str, Any]
    stamps: dict[str, Stamp] = {}


class OutcomeStatus(OpenEnum):
    """The server's terminal verdict on one edit."""

    APPLIED = "applied"
    MERGED = "merged"  # kept as history: a newer value stands
    DUPLICATE = "duplicate"  # this very mutation was answered before
    REDIRECTED = "redirected"  # landed on the survivor of a merge
    CONFLICT = "conflict"  # both values kept, a person decides
    REFUSED = "refused"
    PARKED = "parked"  # kept for a later build of the server
    ERASED = "erased"  # the person asked to be forgotten


class Outcome(Struct, omit_defaults=True):
    """The verdict on one edit, with the rows it changed as this person may see them."""

    seq: int
    mutation_id: UUID
    status: OutcomeStatus
    code: str | None = None  # schemas.problem.ErrorCode
    detail: dict[str, str] = {}  # "field", "rule", "into", ...: never a value hidden from the author
    rows: tuple[MemberRow, ...] = ()


class PushRequest(Struct):
    """Edits, oldest first, numbers without a hole."""

    caller: Caller
    edits: tuple[Envelope, ...]


class Resend(Struct):
    """Why a push was not judged: nothing was stored, the tablet mends its numbering and sends again."""

    why: str  # "gap": resend from ``expected``; "fork": take a new incarnation first
    expected: int = 1


class PushReply(Struct, omit_defaults=True):
    """One outcome for each edit, in order; or why none was judged."""

    entitlement: Entitlement
    fence: int
    watermark: int  # the highest number judged in this incarnation
    outcomes: tuple[Outcome, ...] = ()
    resend: Resend | None = None


class PullRequest(Struct, omit_defaults=True):
    """What is new since this token; no token, everything."""

    caller: Caller
    token: bytes | None = None
    max_bytes: int = 1 << 20
    erase_ack: tuple[UUID, ...] = ()


class PullReply(Struct, omit_defaults=True):
    """A page. ``reconcile`` says that the token's history is lost: walk again from nothing, then sweep."""

    entitlement: Entitlement
    token: bytes
    more: bool
    rows: tuple[MemberRow, ...] = ()
    reconcile: str | None = None


class LookRequest(Struct):
    """A search beyond the tablet; ``record_ids`` pins those customers to it."""

    caller: Caller
    query: str = ""
    record_ids: tuple[UUID, ...] = ()


class LookHit(Struct, omit_defaults=True):
    """One person found, as this role may see her: only projected values."""

    record_id: UUID
    values: dict[str, Any]


class LookReply(Struct, omit_defaults=True):
    """People found, and the rows of those just pinned."""

    entitlement: Entitlement
    hits: tuple[LookHit, ...] = ()
    rows: tuple[MemberRow, ...] = ()
