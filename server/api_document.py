"""The API's OpenAPI document: what Litestar knows of the routes, and the truths about them that it drops."""

import html
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute

from schemas.customer import FIELDS
from schemas.problem import Problem
from schemas.record import Struct
from schemas.staff import ROLES
from server.auth.guard import PUBLIC
from server.auth.principal import Principal
from server.auth.service_keys import ANY_SERVICE
from server.customers.routes import EXPANDABLE, LONGEST_EXPAND, PROVENANCE
from server.document_lens import METHODS, seen_by
from server.gate import ANSWERS, JSON

__all__ = ["api_document", "document_config"]

TITLE: Final = "Comptoir"
VERSION: Final = "1"
DESCRIPTION: Final = """\
One golden record per customer over all channels, each person shown what the role may see.

Errors are `application/problem+json` (RFC 9457); `code` is stable. Lists are pages: `cursor` goes on where
the last page ended. Writes take `Idempotency-Key`; reads carry `ETag`. Tablets use `/v1/sync`.
"""
# What a parameter of this name, or a member of a body, may be, beyond its type.
_EXPANDABLE: Final = "|".join((*EXPANDABLE, PROVENANCE))
WORDS: Final[dict[str, dict[str, Any]]] = {
    "expand": {"pattern": f"^({_EXPANDABLE})(,({_EXPANDABLE}))*$", "maxLength": LONGEST_EXPAND},
    "field": {"enum": sorted(FIELDS)},
    "role": {"enum": [role.value for role in ROLES]},
}
WORDS_IN_BODIES: Final = {"Reveal": ("field", {"enum": sorted(FIELDS)})}
SEEN: Final = "document_seen"  # in the state of a request: the document as whoever asks may see it
PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


def document_config(*, public: bool) -> OpenAPIConfig:
    """Return how the document is served under `/schema`: by our own page, which loads nothing from elsewhere.

    Args:
        public: without a sign-in.
    """
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="from /v1/auth/sign-in")
            }
        ),
        security=[{"bearer": []}],
        render_plugins=[_Page(), _Json()],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            dto=None,
            return_dto=None,
            opt={PUBLIC: public, ANY_SERVICE: True},
            before_request=_read_as_asked,
        ),
    )


def api_document(app: Litestar) -> dict[str, Any]:
    """Return the document as JSON-shaped values; made once for an application."""
    made: dict[str, Any] | None = app.state.get("api_document")
    if made is None:
        made = app.state["api_document"] = _document_of(app)
    return made


async def document_for(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the document as whoever asks may see it; whole where an operator opened it to everybody."""
    app = request.app
    whole = api_document(app)
    principal: Principal | None = request.scope.get("user")
    if principal is None:
        return whole
    key = ("api_document", principal.role, principal.areas, principal.policy_version, bool(principal.stores))
    made: dict[str, Any] | None = app.state.get(str(key))
    if made is None:
        lens = await app.state.policies.lens(app.state.pool, principal)
        made = app.state[str(key)] = seen_by(whole, principal, lens)
    return made


async def _read_as_asked(request: Request[Any, Any, Any]) -> None:
    request.state[SEEN] = await document_for(request)


def _document_of(app: Litestar) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _close(schemas)
    _explain(schemas)
    _leave_tags_unsaid(schemas)
    _, components = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schemas.update(components)
    open_routes = {door for door, opt in _opts(app) if opt.get(PUBLIC)}
    answers = {door: opt[ANSWERS] for door, opt in _opts(app) if ANSWERS in opt}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            if (path, method) in open_routes:
                operation["security"] = []
            _tell_answers(operation, answers.get((path, method), ()))
            _tell_problems(operation)
            _tell_words(operation)
    for name, schema in WORDS_IN_BODIES.items():
        member, words = schema
        if name in schemas:
            schemas[name]["properties"][member] |= words
    return document


def _tell_words(operation: dict[str, Any]) -> None:
    """Say which words a parameter or a free body may hold, where they are few and known."""
    for parameter in operation.get("parameters", ()):
        if (words := WORDS.get(parameter["name"])) is not None and "schema" in parameter:
            parameter["schema"] = _or_null(parameter["schema"]) | words
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "customers" in operation.get("tags", ()) and content.get("schema") == {
            "type": "object",
            "additionalProperties": {},
        }:
            content["schema"] |= {"propertyNames": {"enum": sorted(FIELDS)}, "minProperties": 1}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without its null: an address cannot say it."""
    kept = next((each for each in schema.get("oneOf", ()) if each.get("type") != "null"), schema)
    return dict(kept)


def _close(schemas: dict[str, Any]) -> None:
    """Say again which objects take no other members: Litestar forgets it."""
    strict = {kind.__name__ for kind in _descendants(Struct) if kind.__struct_config__.forbid_unknown_fields}
    for name, schema in schemas.items():
        if schema.get("title", name) in strict and schema.get("type") == "object":
            schema["additionalProperties"] = False


def _explain(schemas: dict[str, Any]) -> None:
    """Say of each body what its struct says of itself: Litestar leaves that out.

    Two structs of one name are told apart by their members; where that fails, nothing is said.
    """
    kinds: dict[str, list[type[Struct]]] = {}
    for kind in _descendants(Struct):
        kinds.setdefault(kind.__name__, []).append(kind)
    for schema in schemas.values():
        members = set(schema.get("properties", ()))
        said = {
            inspect.cleandoc(kind.__dict__["__doc__"])
            for kind in kinds.get(schema.get("title", ""), ())
            if kind.__dict__.get("__doc__") and set(kind.__struct_encode_fields__) == members - {"type"}
        }
        if len(said) == 1:
            schema.setdefault("description", said.pop())


def _leave_tags_unsaid(schemas: dict[str, Any]) -> None:
    """Say that an edit in a body need not name its kind: the door does."""
    for schema in schemas.values():
        kind = schema.get("properties", {}).get("type", {})
        named = kind.get("const") or next(iter(kind.get("enum", ())), "")
        if "@" in str(named) and "type" in schema.get("required", ()):
            schema["required"] = [name for name in schema["required"] if name != "type"]


def _descendants(kind: type[Struct]) -> Iterator[type[Struct]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _opts(app: Litestar) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Yield every door, as path and method, with what its handler says of itself."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                yield (route.path_format, method.lower()), handler.opt


def _tell_answers(operation: dict[str, Any], media_types: Iterable[str]) -> None:
    """Say what a door gives that is not JSON alone: Litestar knows what it returns and not as what."""
    content = {media: {"schema": {} if media == JSON else {"type": "string"}} for media in media_types}
    if content:
        operation["responses"]["200"]["content"] = content


def _tell_problems(operation: dict[str, Any]) -> None:
    """Replace the shape of errors that Litestar supposes by the one we send."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation["responses"]
    for status in [status for status in responses if status >= "400"]:
        del responses[status]
    responses["default"] = {"description": "A problem; its code says which.", "content": content}


class _Json(OpenAPIRenderPlugin):
    """The document itself."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type="application/json")  # type: ignore[arg-type]

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(request.state[SEEN])


class _Page(OpenAPIRenderPlugin):
    """A list of operations for a person: one page, no script."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        document = request.state[SEEN]
        rows = "".join(
            f"<tr><td><code>{method.upper()}</code><td><code>{html.escape(path)}</code>"
            f"<td>{html.escape(operation.get('description') or operation.get('summary', ''))}"
            f"<td>{'' if 'security' in operation else 'sign-in'}"
            for path, methods in sorted(document["paths"].items())
            for method, operation in methods.items()
            if method in METHODS
        )
        return _PAGE.format(title=TITLE, description=html.escape(DESCRIPTION), rows=rows).encode()


_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} API</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:3rem auto;padding:0 1rem}}
td{{padding:.3rem .8rem .3rem 0;vertical-align:top;border-top:1px solid #8884}}
pre{{white-space:pre-wrap;font:inherit}}
:root{{color-scheme:light dark}}</style>
<h1>{title}</h1><pre>{description}</pre><p><a href="/schema/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<table>{rows}</table></html>
"""
