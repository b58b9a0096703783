"""The promise that nothing that is sent makes the server fail: nothing at all is answered 5xx."""

import argparse
import gzip
import itertools
import json
import logging
import os
import random
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import structlog
from litestar import Litestar
from litestar.routes import HTTPRoute

from schemas.mutations import KINDS, Envelope
from schemas.protocol import CONTENT_TYPE, PROTOCOL, Caller, LookRequest, PullRequest, PushRequest, encode
from schemas.record import Struct
from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY
from server.app import create_app
from server.auth.passwords import Passwords
from server.proofs.proof import Proof
from server.proofs.schemathesis_run import PHASES, Ran, listening, run
from server.proofs.twins.replies import Reply, call
from server.proofs.twins.worlds import PASSWORD, World, connected, customer_id, plant
from server.rest.paging import QUERY
from server.settings import Settings

SUMMARY = "bodies, headers and parameters that break servers, at every door, from every role"
JSON: Final = "application/json"
FIRST_REQUESTS: Final = 20_000

TEXTS: Final = (
    *("", " ", "\x00", "a\x00b", "\ud7ff\ue000", "\u202e\u2066txt", "\ufeff", "\x7f", "\x1b[31m", "é" * 300),
    *("x" * 10_000, "../../etc/passwd", "%", "%00", "%s%n", "${jndi:ldap://x}", "' or 1=1 --", "{{7*7}}"),
    *("NaN", "Infinity", "-0", "1e999", "9" * 400, "true", "null", "[]", "\U0001f483", "ﬃ", "İ", "ß" * 200),
    *("1_0", "0x10", "١٢", "2026-13-45", "0000-00-00", "+33", "@", "a@b", "*", "\\", "\r\nX: y", "<script>"),
)
# Of a query or a path, already encoded: what no library would encode so.
ENCODED: Final = (
    *(
        "%",
        "%0",
        "%zz",
        "%00",
        "%ff",
        "%c0%80",
        "%ed%a0%80",
        "%f4%90%80%80",
        "%E2%80%AE",
        "%25%30%30",
        "+",
        "&&=&",
    ),
    *("a=1;b=2", "[]", "%5B%5D=1", "a" * 8000),
)
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, ""),
    *([], {}, [[]], [None], {"": ""}, {"a": None}, ["x"] * 2000, {str(n): n for n in range(2000)}),
    *("x" * 70_000, "\x00", "\u0000\u202e", "é́" * 100),
)
HEADERS: Final[tuple[tuple[str, str], ...]] = (
    ("content-length", "-1"),
    ("content-length", "99999999999999999999"),
    ("content-type", ""),
    ("content-type", "application/json; charset=utf-16"),
    ("content-type", "application/json; charset=klingon"),
    ("content-type", "multipart/form-data"),
    ("content-type", "multipart/form-data; boundary=" + "x" * 5000),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "text/plain; a=" + '"' * 500),
    ("content-type", "\x00"),
    ("content-encoding", "gzip, gzip"),
    ("content-encoding", "br"),
    ("accept", "*/*;q=nan"),
    ("accept", "application/" + "x" * 5000),
    ("accept", ",,,;;;==="),
    ("accept-encoding", "gzip;q=9999, *;q=-1"),
    ("if-none-match", "W/" * 3000),
    ("if-none-match", '"\xff\xfe"'),
    ("if-match", ","),
    ("idempotency-key", "\x00"),
    ("idempotency-key", "k" * 9000),
    ("idempotency-key", "é"),
    ("cookie", "=" * 4000),
    ("cookie", "a=\x00; b=" + "x" * 9000),
    ("x-forwarded-for", "999.999.999.999, ::::::"),
    ("host", ""),
    ("host", "\xff" * 100),
    ("range", "bytes=0-" + "9" * 400),
    ("expect", "100-continue"),
    ("transfer-encoding", "chunked, chunked"),
    ("authorization", "Bearer " + "." * 5000),
    ("authorization", "Basic \xff"),
    ("authorization", "bearer"),
    ("origin", "null"),
    ("x-http-method-override", "DELETE"),
    ("upgrade", "websocket"),
)
_IDENTIFIER: Final = re.compile(r"\{\w+:uuid\}")
_PARAMETER: Final = re.compile(r"\{\w+:\w+\}")


class Attack(Struct):
    """One request as it is sent."""

    name: str
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requests",
        type=int,
        default=FIRST_REQUESTS,
        metavar="N",
        help="send about so many, drawn by chance beyond the lists (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument(
        "--schemathesis",
        type=int,
        default=0,
        metavar="N",
        help="let Schemathesis ask too, as every role, with every check, N examples a door (default: none)",
    )
    parser.add_argument("--roles", nargs="*", metavar="ROLE", help="as which roles it asks (default: all)")
    parser.add_argument("--phases", default=",".join(PHASES), help="of Schemathesis (default: %(default)s)")


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Send everything to a fresh server and look at what comes back."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = Settings(
        database_url=database_url,
        secret=os.urandom(32),
        password_memory_kib=64,
        password_rounds=1,
        seal_audit_s=0,
        extraction_caps=False,
        sweep_s=0,
        follow_identity_s=0,
    )
    async with connected(database_url) as connection:
        world = await plant(
            connection,
            role=Role.SELLER,
            flavour=0,
            policy=DEFAULT_POLICY,
            password_hash=Passwords(memory_kib=64, rounds=1).hash(PASSWORD),
        )
    app = create_app(settings)
    failed: list[str] = []
    sent = refused = 0
    async with app.lifespan():
        async for attack, reply in assault(app, world, options.requests, options.seed):
            sent += 1
            refused += 400 <= reply.status < 500
            if (problem := what_is_wrong(attack, reply)) is not None:
                failed.append(f"{attack.method} {attack.path[:60]} ({attack.name}): {problem}")
        cases = 0
        if options.schemathesis:
            async for role, ran in _as_described(app, world, options):
                cases += ran.cases
                failed += [f"{role}: {failure}" for failure in ran.failures]
    return Proof(
        promise="nothing that is sent makes the server fail",
        figure=f"{sent:,} hostile requests by {len(ROLES)} roles and nobody, {refused:,} refused in words, "
        f"{cases:,} cases of Schemathesis; {len(failed)} failures",
        holds=not failed and refused > sent // 4,
        broken_by=tuple(dict.fromkeys(failed[:40])),
    )


async def _as_described(
    app: Litestar, world: World, options: argparse.Namespace
) -> AsyncIterator[tuple[str, Ran]]:
    """Let Schemathesis ask at a real port, role by role; signing out comes last, for it ends the asking."""
    last = "/v1/auth/sign-out"
    with TemporaryDirectory(prefix="comptoir-prove-") as folder:
        async with listening(app) as address:
            for role in options.roles or [role.value for role in ROLES]:
                token = await _token(app, world, role)
                reply = await call(
                    app, "GET", "/v1/openapi.json", "", {"authorization": f"Bearer {token}"}, b""
                )
                document = reply.json()
                doors = document["paths"]
                rounds = [{path: doors[path] for path in doors if path != last}, {last: doors[last]}]
                for number, paths in enumerate(rounds):
                    ran = await run(
                        address,
                        token,
                        document | {"paths": paths},
                        Path(mkdtemp(dir=folder)),
                        examples=options.schemathesis,
                        seed=options.seed + number,
                        phases=options.phases.split(","),
                    )
                    yield role, ran


def what_is_wrong(attack: Attack, reply: Reply) -> str | None:
    """Return why a reply is none that a stranger may be given, or None."""
    if reply.status >= 500:
        return f"status {reply.status}"
    if reply.status >= 400 and reply.body and not attack.path.startswith("/schema"):  # pages for people
        if reply.headers.get("content-type") != "application/problem+json":
            return "a refusal that is no problem+json"
        if not {"type", "title", "status", "code"} <= set(reply.json()):
            return "a problem without its members"
    if reply.headers.get("cache-control") not in (None, "no-store", "private, max-age=86400"):
        return "may be kept by a cache"
    return None


async def assault(
    app: Litestar, world: World, requests: int, seed: int
) -> AsyncIterator[tuple[Attack, Reply]]:
    """Yield every attack with its reply: first one of each kind at every door, then whatever chance draws."""
    signed: list[dict[str, str]] = [{}]
    for role in ROLES:
        signed.append({"authorization": f"Bearer {await _token(app, world, role.value)}"})
    listed = list(attacks(app, world))
    chance = random.Random(seed)
    chance.shuffle(listed)
    whose = itertools.cycle(signed)
    for number in range(requests):
        attack = listed[number % len(listed)]
        if number >= len(listed):
            attack = _crossed(attack, chance.choice(listed), chance)
        reply = await call(
            app, attack.method, attack.path, attack.query, {**next(whose), **attack.headers}, attack.body
        )
        yield attack, reply


async def _token(app: Litestar, world: World, code: str) -> str:
    body = {
        "code": code,
        "password": PASSWORD,
        "device_id": str(world.device_id),
        "device_secret": world.device_secret,
    }
    reply = await call(app, "POST", "/v1/auth/sign-in", "", {"content-type": JSON}, msgspec.json.encode(body))
    token: str = reply.json()["access_token"]
    return token


def attacks(app: Litestar, world: World) -> Iterator[Attack]:
    """Yield the lists: every door with every parameter, header and body that has broken a server."""
    known = str(world.detailed[0])
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        path = _PARAMETER.sub("x", _IDENTIFIER.sub(known, route.path))
        methods: list[str] = sorted(route.methods)
        for method in methods:
            yield from _of_the_path(route, method)
            yield from _of_the_query(route, method, path)
            for name, text in HEADERS:
                body = b'{"a":1}' if method not in ("GET", "OPTIONS") else b""
                yield Attack(
                    name=f"header {name}",
                    method=method,
                    path=path,
                    headers={"content-type": JSON, name: text},
                    body=body,
                )
            if method not in ("GET", "OPTIONS"):
                yield from _of_the_body(route, method, path, world)
        for method in ("TRACE", "CONNECT", "PUT", "HEAD", "PROPFIND", "x" * 300):
            yield Attack(name="method", method=method, path=path)


def _of_the_path(route: HTTPRoute, method: str) -> Iterator[Attack]:
    if "{" not in route.path:
        return
    for text in (*TEXTS, str(uuid4()), str(UUID(int=0)), str(UUID(int=2**128 - 1)), uuid4().hex.upper()):
        said = text.replace("/", "").replace("?", "")[:3000]
        body = b"{}" if method not in ("GET", "OPTIONS") else b""
        yield Attack(
            name="path",
            method=method,
            path=_PARAMETER.sub(lambda _, said=said: said, route.path),  # type: ignore[misc]
            headers={"content-type": JSON},
            body=body,
        )


def _of_the_query(route: HTTPRoute, method: str, path: str) -> Iterator[Attack]:
    named = {name for handler in route.route_handlers for name in handler.opt.get(QUERY, ())}
    body = b"{}" if method not in ("GET", "OPTIONS") else b""
    for raw in ENCODED:
        yield Attack(
            name="query", method=method, path=path, query=raw, headers={"content-type": JSON}, body=body
        )
    for name in sorted(named):
        for raw in (*ENCODED, *(_quoted(text) for text in TEXTS)):
            yield Attack(name=f"query {name}", method=method, path=path, query=f"{name}={raw}")
        yield Attack(name=f"query {name} twice", method=method, path=path, query=f"{name}=1&{name}=2")


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text[:2000].encode("utf-8", "surrogatepass"))


def _of_the_body(route: HTTPRoute, method: str, path: str, world: World) -> Iterator[Attack]:
    binary = route.path.startswith("/v1/sync/")
    kind = CONTENT_TYPE if binary else JSON
    for name, body in (*_raw_bodies(), *(_messages(world) if binary else _objects())):
        yield Attack(name=name, method=method, path=path, headers={"content-type": kind}, body=body)
    for name, body in _squeezed():
        for coding in ("gzip", "deflate", "identity"):
            yield Attack(
                name=f"{name} as {coding}",
                method=method,
                path=path,
                headers={"content-type": kind, "content-encoding": coding},
                body=body,
            )


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
def _raw_bodies() -> tuple[tuple[str, bytes], ...]:
    return tuple(_told_raw_bodies())


@cache
def _objects() -> tuple[tuple[str, bytes], ...]:
    return tuple(_told_objects())


def _messages(world: World) -> Iterator[tuple[str, bytes]]:
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
def _squeezed() -> tuple[tuple[str, bytes], ...]:
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


def _crossed(one: Attack, other: Attack, chance: random.Random) -> Attack:
    """Return one attack with parts of another, and a byte or two changed."""
    body = bytearray(one.body if chance.random() < 0.7 else other.body)
    for _ in range(chance.randrange(4)):
        if body:
            body[chance.randrange(len(body))] = chance.randrange(256)
    if len(body) > 300_000:
        del body[chance.randrange(1, 300_000) :]
    query = other.query if chance.random() < 0.3 else one.query
    headers = {**one.headers, **(other.headers if chance.random() < 0.3 else {})}
    bodiless = one.method in ("GET", "OPTIONS", "HEAD")
    return msgspec.structs.replace(
        one,
        name=f"{one.name} with {other.name}",
        query=query,
        headers=headers,
        body=b"" if bodiless else bytes(body),
    )
