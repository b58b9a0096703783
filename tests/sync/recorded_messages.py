"""The example messages of docs/sync-messages: ``python -m tests.sync.recorded_messages`` writes them anew.

A recorded file is never changed once a version that speaks it has shipped: another shape is another file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Envelope
from schemas.protocol import (
    Caller,
    CheckReply,
    CheckRequest,
    Entitlement,
    FragmentRow,
    HeldFragment,
    LookHit,
    LookReply,
    LookRequest,
    MemberRow,
    Outcome,
    OutcomeStatus,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Resend,
    brief,
    encode,
    name_of,
)
from schemas.record import Struct
from sync.digest import digest
from sync.patching import Change, Patch, pack

FOLDER = Path(__file__).parents[2] / "docs" / "sync-messages"

DEVICE = UUID("0b5f0c8e-6a7e-4a57-9f6e-1f2f6b3d9a10")
INCARNATION = UUID("3d9a1c62-50a4-4c0e-8a2e-77b0b6c1d2e3")
CLAIRE = UUID("019a9c2e-5c00-7b31-9a44-2f6d1c7b8e90")
EVE = UUID("019a9c2e-5c01-7c42-8b55-3a7e2d8c9fa1")
LIKE = UUID("019a9c2f-1000-7d53-9c66-4b8f3e9dafb2")
NAME = UUID("019a9c2f-1001-7e64-8d77-5c9a4faebfc3")
NOW = 1_763_805_600_000
STAMP = {"rev": 3, "hlc": NOW << 16, "channel": "store", "author": "ines", "at": NOW, "store": "lyon"}

CHANGES = (
    Change(path="likes/silk", value=["00000000-0000-0000-0000-00003e9dafb2"], stamp={**STAMP, "rev": 1}),
    Change(path="likes/wool", gone=True, stamp=STAMP),
)
GROWN = b'{"values":{"likes":{"silk":["00000000-0000-0000-0000-00003e9dafb2"]}},"stamps":{}}'

FULL = Entitlement(
    epoch="4.1.2",
    now=NOW,
    lease_until=NOW + 1_209_600_000,
    erased=(EVE,),
    policy_version=2,
    role="seller",
    scopes=("catalog", "directory", "store:lyon"),
    groups=("email.bfbc3ca6#masked", "notes", "product", "sizes.8a3b51f0"),
    levels={"likes": 3, "phone": 1, "sizes": 3},
)
FULL = msgspec.structs.replace(FULL, name=name_of(FULL))
BRIEF = msgspec.structs.replace(brief(FULL), erased=())
CALLER = Caller(
    protocol=1, app_version="1.0.0", device_id=DEVICE, incarnation=INCARNATION, fence=7, sent_at=NOW
)
KNOWING = msgspec.structs.replace(CALLER, holds=FULL.name)
TOKEN = bytes(range(32))  # a real one is opaque, and longer
BODY = msgspec.json.encode({"values": {"likes": {"lin": [str(LIKE)]}}, "stamps": {"likes/lin": STAMP}})
HERS = MemberRow(
    scope="store:lyon",
    record_id=CLAIRE,
    kind="customer",
    state=1,
    rev=1,
    into=None,
    fragments=(FragmentRow(group="sizes.8a3b51f0", rev=4, body=BODY),),
)
GONE = MemberRow(scope="store:lyon", record_id=EVE, kind="customer", state=0, rev=2, into=None, fragments=())
EDITS = (
    Envelope(
        seq=41,
        mutation_id=LIKE,
        record_id=CLAIRE,
        op="element.add@1",
        args=b'{"field":"likes","element":"lin"}',
        base={"likes/lin": 2},
        hlc=NOW << 16,
        policy_version=2,
        app_version="1.0.0",
    ),
    Envelope(
        seq=42,
        mutation_id=NAME,
        record_id=CLAIRE,
        op="field.set@1",
        args=b'{"field":"email","value":"claire@example.org"}',
        hlc=(NOW << 16) + 1,
        policy_version=2,
        app_version="1.0.0",
    ),
)

MESSAGES: Mapping[str, tuple[str, Struct]] = {
    "push": ("Two edits, oldest first.", PushRequest(caller=KNOWING, edits=EDITS)),
    "push-reply": (
        "One applied, with the rows it changed; one refused.",
        PushReply(
            entitlement=BRIEF,
            fence=8,
            watermark=42,
            outcomes=(
                Outcome(seq=41, mutation_id=LIKE, status=OutcomeStatus.APPLIED, rows=(HERS,)),
                Outcome(
                    seq=42,
                    mutation_id=NAME,
                    status=OutcomeStatus.REFUSED,
                    code="field_not_allowed",
                    detail={"field": "email"},
                ),
            ),
            life=UUID("0198c5a2-6000-7000-8000-0000000000f1"),
        ),
    ),
    "push-reply-fork": (
        "Nothing was judged: another copy of this tablet has pushed.",
        PushReply(entitlement=BRIEF, fence=9, watermark=42, resend=Resend(why="fork")),
    ),
    "push-reply-history": (
        "Nothing was judged: the server forgot answers it gave. The tail goes first, from 40 on.",
        PushReply(entitlement=BRIEF, fence=3, watermark=39, resend=Resend(why="history", expected=40)),
    ),
    "pull-first": ("A first pull.", PullRequest(caller=CALLER)),
    "pull": (
        "A later pull, with an erasure acknowledged.",
        PullRequest(caller=KNOWING, token=TOKEN, erase_ack=(EVE,)),
    ),
    "pull-reply": (
        "The first page: the entitlement in full, a person to forget, a row in, a row out, more to come.",
        PullReply(entitlement=FULL, token=TOKEN, more=True, rows=(HERS, GONE)),
    ),
    "pull-reply-nothing-new": (
        "Nothing new: the entitlement by its name.",
        PullReply(entitlement=BRIEF, token=TOKEN, more=False),
    ),
    "pull-reply-reconcile": (
        "The token's history is lost: a walk from nothing begins with this page.",
        PullReply(entitlement=BRIEF, token=TOKEN, more=True, rows=(HERS,), reconcile="history"),
    ),
    "pull-reply-verdict": (
        "A parked edit was judged later.",
        PullReply(
            entitlement=BRIEF,
            token=TOKEN,
            more=False,
            verdicts=(Outcome(seq=0, mutation_id=NAME, status=OutcomeStatus.APPLIED),),
        ),
    ),
    "pull-reply-patches": (
        "One customer whose fragment is held likes something more, and something less.",
        PullReply(
            entitlement=BRIEF,
            token=TOKEN,
            more=False,
            patches=pack(
                [Patch(record_id=CLAIRE, group="sizes.8a3b51f0", rev=5, changes=CHANGES, body=GROWN)]
            ),
        ),
    ),
    "look": ("A search beyond the tablet.", LookRequest(caller=KNOWING, query="lefevre")),
    "look-reply": (
        "One person found, as this role may see her.",
        LookReply(entitlement=BRIEF, hits=(LookHit(record_id=CLAIRE, values={"given_name": "Claire"}),)),
    ),
    "check": ("What should I hold?", CheckRequest(caller=KNOWING, token=TOKEN)),
    "check-reply": (
        "Sums of 256 buckets; one record has changed since.",
        CheckReply(entitlement=BRIEF, sums=digest([(CLAIRE, "sizes.8a3b51f0", 4)]), unsettled=(EVE,)),
    ),
    "check-bucket": (
        "What is in the bucket that differs?",
        CheckRequest(caller=KNOWING, token=TOKEN, buckets=(1,)),
    ),
    "check-reply-bucket": (
        "Every fragment of that bucket, by its revision.",
        CheckReply(entitlement=BRIEF, held=(HeldFragment(record_id=CLAIRE, group="sizes.8a3b51f0", rev=4),)),
    ),
    "check-records": (
        "Give me that record anew.",
        CheckRequest(caller=KNOWING, token=TOKEN, records=(CLAIRE,)),
    ),
}


class Recorded(Struct):
    """One file: what the message is for, its struct, its bytes, and what they say."""

    what: str
    struct: str
    hex: str
    says: Any


def recorded(name: str) -> Recorded:
    """Return a message as it is recorded."""
    what, message = MESSAGES[name]
    return Recorded(
        what=what, struct=type(message).__name__, hex=encode(message).hex(), says=said_by(message)
    )


def said_by(message: Struct) -> Any:
    """Return what a message says, by field name, for people to read."""
    return msgspec.json.decode(msgspec.json.encode(_named(message)))


def _named(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple | list):
        return [_named(each) for each in value]
    if isinstance(value, bytes):
        return value.decode() if value[:1] == b"{" else value.hex()
    return value


if __name__ == "__main__":
    for message_name in MESSAGES:
        content = msgspec.json.format(msgspec.json.encode(recorded(message_name)), indent=1)
        (FOLDER / f"{message_name}.json").write_bytes(content + b"\n")
