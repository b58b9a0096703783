"""The messages of the sync protocol: msgpack arrays on the wire, UUIDs as 16 bytes, fragment bodies as JSON.

A struct only ever grows at its end: who knows fewer fields reads those he knows. A reply always states the
entitlement in full, never as a difference; in place of one that the caller says he holds stands its name.
"""

from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Envelope
from schemas.patch import Patches
from schemas.record import OpenEnum, Stamp, Struct

PROTOCOL = 1
OLDEST_PROTOCOL = 1
OLDEST_PUSH = 1  # an app too old to receive may always send what it has waiting
CONTENT_TYPE = "application/msgpack"
MAX_EDITS = 100  # per push
MAX_PUSH_BYTES = 256 * 1024

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


def encode(message: Struct) -> bytes:
    """Return a message as it travels."""
    return _encoder.encode(message)


class Caller(Struct, array_like=True):
    """What a tablet says of itself with every request. Who is signed in comes from the access token alone."""

    protocol: int
    app_version: str
    device_id: UUID
    incarnation: UUID
    fence: int
    sent_at: int  # wall milliseconds UTC by the tablet's own clock
    holds: bytes = b""  # name of the entitlement he holds; its details need not be told again


class Entitlement(Struct, array_like=True):
    """All that the person on this tablet may hold. The rest is deleted before the next screen.

    ``name`` is made from the details: same name, same details. Where the caller holds that name already
    the details are left out (``is_brief``).
    """

    epoch: str  # changes whenever role, stores or policy do; opaque
    now: int  # server's wall milliseconds UTC
    lease_until: int
    name: bytes = b""
    erased: tuple[UUID, ...] = ()
    oldest_app: str = ""
    policy_version: int = 0
    role: str = ""
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()  # wire keys of field groups
    levels: dict[str, int] = {}  # field -> schemas.visibility.Level

    @property
    def is_brief(self) -> bool:
        """Whether the details are left out. Everybody holds some scope: that of the catalogue."""
        return not self.scopes


def name_of(entitlement: Entitlement) -> bytes:
    """Return the name that these details always have, whoever computes it."""
    details = (
        entitlement.policy_version,
        entitlement.role,
        sorted(entitlement.scopes),
        sorted(entitlement.groups),
        sorted(entitlement.levels.items()),
    )
    return blake2b(_encoder.encode(details), digest_size=16).digest()


def brief(entitlement: Entitlement) -> Entitlement:
    """Return the entitlement by its name alone, for one who holds it."""
    return msgspec.structs.replace(entitlement, policy_version=0, role="", scopes=(), groups=(), levels={})


def in_full(said: Entitlement, held: Entitlement | None) -> Entitlement | None:
    """Return what a reply says, details filled in from the entitlement held; None when it is not that one."""
    if not said.is_brief:
        return said
    if held is None or held.name != said.name:
        return None
    return msgspec.structs.replace(
        held,
        epoch=said.epoch,
        now=said.now,
        lease_until=said.lease_until,
        erased=said.erased,
        oldest_app=said.oldest_app,
    )


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


class Outcome(Struct, array_like=True):
    """The verdict on one edit, with the rows it changed as this person may see them."""

    seq: int
    mutation_id: UUID
    status: OutcomeStatus
    code: str | None = None  # schemas.problem.ErrorCode
    detail: dict[str, str] = {}  # "field", "rule", "into", ...: never a value hidden from the author
    rows: tuple[MemberRow, ...] = ()

    @property
    def came_to(self) -> OutcomeStatus:
        """What became of the edit when it was judged first: a repeated refusal is a refusal."""
        if self.status is OutcomeStatus.DUPLICATE:
            return OutcomeStatus(self.detail.get("status", self.status))
        return self.status


class PushRequest(Struct, array_like=True):
    """Edits, oldest first, numbers without a hole."""

    caller: Caller
    edits: tuple[Envelope, ...]


class Resend(Struct, array_like=True):
    """Why a push was not judged: nothing was stored, the tablet mends its numbering and sends again."""

    why: str  # "gap": resend from ``expected``; "fork": take a new incarnation first
    expected: int = 1


class PushReply(Struct, array_like=True):
    """One outcome for each edit, in order; or why none was judged.

    ``life`` names the life of the database that the outcomes and their rows belong to, as in ``LookReply``.
    """

    entitlement: Entitlement
    fence: int
    watermark: int  # the highest number judged in this incarnation
    outcomes: tuple[Outcome, ...] = ()
    resend: Resend | None = None
    life: UUID | None = None


class PullRequest(Struct, array_like=True):
    """What is new since this token; no token, everything.

    ``looked`` is the ``life`` of the first rows that came in beside the feed since the token. ``patches`` is
    the newest format of them that the caller reads; 0 for whole fragments.
    """

    caller: Caller
    token: bytes | None = None
    max_bytes: int = 1 << 20
    erase_ack: tuple[UUID, ...] = ()
    looked: UUID | None = None
    patches: int = 0


class PullReply(Struct, array_like=True):
    """A page. ``reconcile`` says that the token's history is lost: walk again from nothing, then sweep."""

    entitlement: Entitlement
    token: bytes
    more: bool
    rows: tuple[MemberRow, ...] = ()
    reconcile: str | None = None
    verdicts: tuple[Outcome, ...] = ()  # what became later of this tablet's edits; without rows or numbers
    patches: Patches | None = None  # of fragments that the caller holds: never of one in ``rows``


class LookRequest(Struct, array_like=True):
    """A search beyond the tablet; ``record_ids`` pins those customers to it."""

    caller: Caller
    query: str = ""
    record_ids: tuple[UUID, ...] = ()


class LookHit(Struct, array_like=True):
    """One person found, as this role may see her: only projected values."""

    record_id: UUID
    values: dict[str, Any]


class LookReply(Struct, array_like=True):
    """People found, and the rows of those just pinned.

    ``life`` names the life of the database that the rows belong to: no token tells yet that they were seen.
    """

    entitlement: Entitlement
    hits: tuple[LookHit, ...] = ()
    rows: tuple[MemberRow, ...] = ()
    life: UUID | None = None


class HeldFragment(Struct, array_like=True):
    """One field group that a record has here, by its revision."""

    record_id: UUID
    group: str
    rev: int


class CheckRequest(Struct, array_like=True):
    """Do we hold the same? First nothing but the token; then buckets that differ; then records that do."""

    caller: Caller
    token: bytes
    buckets: tuple[int, ...] = ()  # first bytes of record ids
    records: tuple[UUID, ...] = ()


class CheckReply(Struct, array_like=True):
    """What the holder of this token should hold, as of the token.

    ``unsettled`` records have changed since: they are left out of sums and lists, and left alone.
    """

    entitlement: Entitlement
    sums: bytes = b""  # sync.digest.digest; empty while a walk is under way
    unsettled: tuple[UUID, ...] = ()
    held: tuple[HeldFragment, ...] = ()  # of the buckets asked for
    rows: tuple[MemberRow, ...] = ()  # of the records asked for, with all their fragments
