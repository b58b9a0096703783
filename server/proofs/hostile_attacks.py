"""Every door with every path, query, header and body that has broken a server, and crossings of them."""

import random
import re
from collections.abc import Iterator
from typing import Final
from uuid import UUID, uuid4

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from schemas.protocol import CONTENT_TYPE
from schemas.record import Struct
from server.gate import ACCEPTS, ANYTHING, FORM, JSON
from server.proofs.hostile_bodies import forms, messages, objects, persons, raw_bodies, squeezed
from server.proofs.hostile_words import ENCODED, HEADERS, TEXTS
from server.proofs.twins.worlds import World
from server.rest.paging import QUERY

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


def _takes_a_person(route: HTTPRoute, method: str) -> bool:
    return (method, route.path) in (
        ("POST", "/v1/customers"),
        ("PATCH", "/v1/customers/{customer_id:uuid}"),
    )


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text[:2000].encode("utf-8", "surrogatepass"))


def _of_the_body(route: HTTPRoute, method: str, path: str, world: World) -> Iterator[Attack]:
    kind = next(each for each in route.route_handlers if method in each.http_methods).opt.get(ACCEPTS, JSON)
    of_the_kind = messages(world) if kind == CONTENT_TYPE else forms() if kind == FORM else objects()
    of_the_door = persons() if _takes_a_person(route, method) else ()
    kind = JSON if kind == ANYTHING else kind
    for name, body in (*raw_bodies(), *of_the_kind, *of_the_door):
        yield Attack(name=name, method=method, path=path, headers={"content-type": kind}, body=body)
    for name, body in squeezed():
        for coding in ("gzip", "deflate", "identity"):
            yield Attack(
                name=f"{name} as {coding}",
                method=method,
                path=path,
                headers={"content-type": kind, "content-encoding": coding},
                body=body,
            )


def crossed(one: Attack, other: Attack, chance: random.Random) -> Attack:
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
