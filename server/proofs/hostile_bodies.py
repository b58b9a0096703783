"""Bodies that have broken servers: JSON, messages of the sync, and what is squeezed wrongly."""

import gzip
import itertools
import json
import random
import zlib
from collections.abc import Iterator
from functools import cache
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.mutations import KINDS, Envelope
from schemas.protocol import PROTOCOL, Caller, LookRequest, PullRequest, PushRequest, encode
from server.proofs.hostile_words import ENCODED, TEXTS, VALUES
from server.proofs.twins.worlds import World, customer_id


def _told_raw_bodies() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "not utf-8", b'{"town":"\xff\xfe"}'
    yield "a lone surrogate", b'{"town":"\xed\xa0\x80"}'
    yield "an escaped surrogate", b'{"town":"\\ud800"}'
    yield "nul escaped", b'{"town":"\\u0000","text":"\\u0000","code":"\\u0000"}'
    yield "nul", b'{"town":"\x00"}'
    yield "a byte order mark", b"\xef\xbb\xbf{}"
    yield "utf-16", "{}".encode("utf-16")
    yield "deep lists", b"[" * 100_000
    yield "deep objects", b'{"a":' * 100_000
    yield "deep and closed", b'{"a":' * 40 + b"1" + b"}" * 40
    yield "a string without end, full of quotes", b'{"' + b'\\"' * 1_000_000
    yield "quotes without end", b'"' * 1_000_001
    yield "backslashes without end", b'"' + b"\\" * 1_000_001
    yield "cut", b'{"town":"Ly'
    yield "two documents", b"{}{}"
    yield "a trailing comma", b'{"a":1,}'
    yield "a comment", b"{/*x*/}"
    yield "keys twice", b'{"town":"a","town":"b","level":"store","level":"brand"}'
    yield "a long number", b'{"points":' + b"9" * 5000 + b"}"
    yield "a number beyond doubles", b'{"points":1e999999}'
    yield "not a number", b'{"points":NaN}'
    yield "minus zero", b'{"points":-0.0}'
    yield "a long key", b'{"' + b"k" * 100_000 + b'":1}'
    yield "members without end", b"{" + b",".join(b'"k%d":1' % each for each in range(100_000)) + b"}"
    yield "too large", b'"' + b"x" * (2 << 20) + b'"'
    yield "scalars", b'"x"'
    yield "zeros", bytes(1000)
    yield "noise", random.Random(7).randbytes(3000)


def _told_objects() -> Iterator[tuple[str, bytes]]:
    """Objects with every member we take anywhere, each with every value that has broken somebody."""
    members = (
        *(
            "town",
            "phone",
            "email",
            "birth_date",
            "address",
            "home_store",
            "likes",
            "sizes",
            "origin",
            "family",
        ),
        *(
            "text",
            "level",
            "value",
            "code",
            "password",
            "store",
            "name",
            "brand",
            "channel",
            "purpose",
            "state",
        ),
        *(
            "points",
            "reason",
            "keep",
            "into",
            "device_id",
            "refresh_token",
            "customer_id",
            "wording",
            "knows",
        ),
    )
    for value in VALUES:
        yield "every member alike", json.dumps(dict.fromkeys(members, value)).encode()
    for member, value in itertools.product(members, (None, 2**63, "\x00", [], {}, "x" * 5000, -1, 1.5, True)):
        yield f"member {member}", json.dumps({member: value}).encode()
    for text in TEXTS:
        yield (
            "texts",
            json.dumps({"family_name": text, "text": text, "level": text}).encode("utf-8", "replace"),
        )


@cache
def raw_bodies() -> tuple[tuple[str, bytes], ...]:
    return tuple(_told_raw_bodies())


@cache
def objects() -> tuple[tuple[str, bytes], ...]:
    return tuple(_told_objects())


def forms() -> Iterator[tuple[str, bytes]]:
    yield from (("form", f"logout_token={raw}".encode()) for raw in ENCODED)
    yield "a member twice", b"logout_token=a&logout_token=b"
    yield "members without end", b"a=1&" * 100_000
    yield "signs without end", b"&;=" * 100_000
    yield "bytes that are no text", b"logout_token=\xff\xfe\x00"


@cache
def persons() -> tuple[tuple[str, bytes], ...]:
    """People of whom one field is each value that has broken somebody."""
    return tuple(
        (f"a person's {field}", json.dumps({"given_name": "Zoé", field: value}).encode())
        for field, value in itertools.product(FIELDS, (*VALUES, [{}], ["a", ["b"]], {"a": {}}))
        if len(str(value)) < 10_000
    )


def messages(world: World) -> Iterator[tuple[str, bytes]]:
    caller = Caller(
        protocol=PROTOCOL,
        app_version="\x00",
        device_id=world.device_id,
        incarnation=UUID(int=9),
        fence=0,
        sent_at=2**63 - 1,
    )
    yield "pull", encode(PullRequest(caller=caller, token=b"x" * 10_000, max_bytes=-(2**60)))
    yield (
        "look",
        encode(LookRequest(caller=caller, query="\x00\u202e" * 500, record_ids=(UUID(int=0),) * 900)),
    )
    for number in (0, -1, 2**31, 2**62, 2**63 - 1):
        changed = msgspec.structs.replace(caller, fence=number, protocol=number, sent_at=number)
        yield "caller", encode(PullRequest(caller=changed, max_bytes=number))
    yield "an array 4 billion long", b"\xdd\xff\xff\xff\xff"
    yield "a map 4 billion long", b"\xdf\xff\xff\xff\xff"
    yield "text 4 billion long", b"\xdb\xff\xff\xff\xff"
    yield "bytes 4 billion long", b"\xc6\xff\xff\xff\xff"
    yield "arrays in arrays", b"\x91" * 100_000
    yield "maps in maps", b"\x81\xa1a" * 50_000
    yield "an extension", b"\xc7\x08\xff" + bytes(8)
    yield "a key that is no text", b"\x81\x01\x02"
    yield "text that is no text", b"\x81\xa2\xff\xfe\x01"
    for op, value in itertools.product([*KINDS, "\x00", "x@9", ""], (b"null", b"{}", b'{"value":"\\u0000"}')):
        yield f"edit {op}", encode(PushRequest(caller=caller, edits=_edits(op, value)))
    bodies = (
        b"",
        b"[" * 5000,
        b'{"field":"town","value":"\xff"}',
        b'{"field":"town","value":"\\u0000"}',
        b"9" * 400,
    )
    for body in bodies:
        yield "edit arguments", encode(PushRequest(caller=caller, edits=_edits("field.set@1", body)))
    yield "too many edits", encode(PushRequest(caller=caller, edits=_edits("field.set@1", b"{}") * 900))


def _edits(op: str, args: bytes) -> tuple[Envelope, ...]:
    return tuple(
        Envelope(
            seq=place,
            mutation_id=UUID(int=random.Random(f"{op}{args!r}{place}").getrandbits(128)),
            record_id=customer_id("here 0"),
            op=op,
            args=args,
            base={"town": 2**63 - 1, "\x00": -1},
            hlc=reading,
            policy_version=reading % 2**40,
        )
        for place, reading in enumerate((0, -1, 2**63 - 1), start=1)
    )


@cache
def squeezed() -> tuple[tuple[str, bytes], ...]:
    bomb = gzip.compress(bytes(32 << 20), 6)
    return (
        ("a bomb", bomb),
        ("a bomb in a bomb", gzip.compress(bomb)),
        ("frames one after the other", gzip.compress(b"\x80") * 50),
        ("a frame and noise", gzip.compress(b"\x80") + b"noise"),
        ("a frame cut", gzip.compress(b"\x80" * 500)[:-6]),
        ("no frame", b"\x1f\x8b\x08"),
        ("raw deflate", zlib.compress(b"{}")),
        ("a wrong checksum", gzip.compress(b"{}")[:-8] + bytes(8)),
    )
