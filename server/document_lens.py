"""The API's document as one person or service may see it: no door shut to him, no field hidden from him.

Which roles a door is for, and which field it is about, stands here in two short tables. The doors themselves
refuse; the tests ask at every door as every role and hold the tables to the answers.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from schemas.customer import FIELDS
from schemas.staff import Role
from schemas.visibility import Lens, Level
from server.auth.principal import Principal
from server.auth.routes import MANAGERS
from server.auth.service_keys import may_use
from server.consent.wording_routes import EDITORS as WORDING_EDITORS
from server.customers.routes import EXPANDABLE, PROVENANCE
from server.identity.routes import MERGERS
from server.oversight.alarm_routes import OF_THE_BRAND, OF_THEIR_STORES
from server.review.divergence_routes import WATCHING
from server.review.held_routes import MANAGERS as REVIEWERS
from server.scope import customer_scopes
from server.visibility.routes import EDITORS as POLICY_EDITORS
from server.visibility.routes import READERS as POLICY_READERS

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
OPEN_TO_SERVICES: Final = ("/health", "/ready", "/v1/me")
OFFICER: Final = (Role.PRIVACY_OFFICER,)
ADMINISTRATOR: Final = (Role.ADMINISTRATOR,)

# method and path, as far as they say it -> for whom. The first line that fits counts.
ROLES: Final[tuple[tuple[str, tuple[Role, ...]], ...]] = (
    ("GET /v1/alarms", (*OF_THE_BRAND, *OF_THEIR_STORES)),
    ("POST /v1/alarms/", (*OF_THE_BRAND, *OF_THEIR_STORES)),
    ("GET /v1/extraction-caps", OF_THE_BRAND),
    ("PUT /v1/extraction-caps/", OFFICER),
    ("GET /v1/audit", OFFICER),
    ("GET /v1/consent-wordings", WORDING_EDITORS),
    ("PUT /v1/consent-wordings/", WORDING_EDITORS),
    ("POST /v1/consent-wordings/", WORDING_EDITORS),
    ("POST /v1/customers/{customer_id}/merge", MERGERS),
    ("POST /v1/customers/{customer_id}/unmerge", MERGERS),
    ("GET /v1/customers/{customer_id}/merges", MERGERS),
    ("GET /v1/identity/", MERGERS),
    ("POST /v1/identity/", MERGERS),
    ("POST /v1/devices/enrolment-codes", MANAGERS),
    ("POST /v1/devices/{device_id}/revoke", MANAGERS),
    ("GET /v1/divergences", WATCHING),
    ("GET /v1/held-edits", REVIEWERS),
    ("POST /v1/held-edits/", REVIEWERS),
    ("GET /v1/policy", POLICY_READERS),
    ("PATCH /v1/policy/", POLICY_EDITORS),
    ("DELETE /v1/policy/", POLICY_EDITORS),
    ("POST /v1/policy/", POLICY_EDITORS),
    ("GET /v1/privacy/", OFFICER),
    ("POST /v1/privacy/", OFFICER),
    ("PUT /v1/privacy/", OFFICER),
    ("GET /v1/service-accounts", ADMINISTRATOR),
    ("POST /v1/service-", ADMINISTRATOR),
    ("GET /v1/staff", ADMINISTRATOR),
    ("PATCH /v1/staff/", ADMINISTRATOR),
    ("PUT /v1/staff/", ADMINISTRATOR),
)
# path below a customer -> the fields it is about: read one to ask, write one to say.
ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "appointments": ("appointments",),
    "cases": ("cases",),
    "consents": ("consents",),
    "loyalty": ("loyalty",),
    "notes": ("notes",),
    "preferences": ("likes", "dislikes", "sizes"),
    "purchases": ("purchases",),
    "tasks": ("tasks",),
    "timeline": ("touchpoints", "purchases"),
}
_HERS: Final = re.compile(r"/v1/customers/\{customer_id\}/(\w[\w-]*)")
_REF: Final = "#/components/schemas/"


def seen_by(document: Mapping[str, Any], principal: Principal, lens: Lens) -> dict[str, Any]:
    """Return what of a document this principal may see; the document is left as it is."""
    paths: dict[str, dict[str, Any]] = {}
    for path, operations in document["paths"].items():
        kept = {
            method: _in_words_of(operation, lens)
            for method, operation in operations.items()
            if method not in METHODS or _is_for(method.upper(), path, operation, principal, lens)
        }
        if any(method in METHODS for method in kept):
            paths[path] = kept
    schemas = {
        name: _without_hidden(name, schema, lens)
        for name, schema in document["components"]["schemas"].items()
    }
    wanted = _reached(paths, schemas)
    components = {
        **document["components"],
        "schemas": {name: schema for name, schema in schemas.items() if name in wanted},
    }
    return {**document, "paths": paths, "components": components}


def _is_for(method: str, path: str, operation: Mapping[str, Any], principal: Principal, lens: Lens) -> bool:
    """Whether this door opens for a principal at all."""
    if path not in OPEN_TO_SERVICES and not may_use(principal, tags=operation.get("tags", ()), method=method):
        return False
    if operation.get("security") == []:
        return principal.areas is None or path in OPEN_TO_SERVICES
    door = f"{method} {path}"
    roles = next((roles for begins, roles in ROLES if door.startswith(begins)), None)
    if roles is not None and principal.role not in roles:
        return False
    if path.startswith("/v1/customers") and not customer_scopes(principal):
        return False
    return _says_something(method, path, lens)


def _says_something(method: str, path: str, lens: Lens) -> bool:
    """Whether there is a field to read or to write behind a door."""
    holds: Callable[[str], bool] = lens.reads if method == "GET" else lens.writes
    match = _HERS.match(path)
    if match is not None and (fields := ABOUT.get(match[1])) is not None:
        return any(holds(field) for field in fields)
    match method, path:
        case "POST", "/v1/customers":
            return lens.may_give("family_name")
        case "PATCH", "/v1/customers/{customer_id}":
            return any(lens.writes(field) for field in FIELDS)
        case "POST", "/v1/customers/{customer_id}/history/{entry_id}/restore":
            return any(lens.writes(field) for field in FIELDS)
        case "POST", "/v1/customers/{customer_id}/reveal" | "/v1/sealed-values":
            return Level.MASKED in lens.levels.values()
        case "GET", "/v1/follow-ups":
            return any(lens.reads(field) for field in ("tasks", "appointments"))
        case "GET", "/v1/cases":
            return lens.reads("cases")
        case _:
            return bool(lens.levels) or not path.startswith("/v1/customers/{customer_id}")


def _in_words_of(operation: Any, lens: Lens) -> Any:
    """Return an operation whose words name no hidden field."""
    if not isinstance(operation, dict):
        return operation
    said = dict(operation)
    if "parameters" in said:
        said["parameters"] = [_parameter(each, lens) for each in said["parameters"]]
    if any(each.get("name") == "expand" for each in said.get("parameters", ())):
        said["description"] = _first_sentence(said.get("description", ""))
    return _words(said, lens)


def _parameter(parameter: Mapping[str, Any], lens: Lens) -> dict[str, Any]:
    if parameter.get("name") != "expand":
        return dict(parameter)
    names = [name for name, field in EXPANDABLE.items() if lens.reads(field)] + [PROVENANCE]
    either = "|".join(names)
    schema = {**parameter["schema"], "pattern": f"^({either})(,({either}))*$"}
    return {**parameter, "schema": schema}


def _words(value: Any, lens: Lens) -> Any:
    """Return a part of the document whose lists of all fields hold those of the lens alone."""
    if isinstance(value, dict):
        return {name: _words(held, lens) for name, held in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, str) for each in value) and set(value) >= set(FIELDS):
            return [each for each in value if each in lens.levels] or [""]
        return [_words(each, lens) for each in value]
    return value


def _without_hidden(name: str, schema: dict[str, Any], lens: Lens) -> dict[str, Any]:
    """Return a component without the members that are hidden fields of a customer."""
    said: dict[str, Any] = _words(schema, lens)
    members = said.get("properties", {})
    if name != "Me" and len(set(members) & set(FIELDS)) > len(FIELDS) // 2:
        said["properties"] = {
            member: held for member, held in members.items() if member not in FIELDS or member in lens.levels
        }
        if "required" in said:
            said["required"] = [member for member in said["required"] if member in said["properties"]]
    return said


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "."


def _reached(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    """Return the components that what is shown refers to, by whatever way."""
    wanted: set[str] = set()
    fresh = set(_references(paths))
    while fresh:
        wanted |= fresh
        fresh = {name for each in fresh for name in _references(schemas.get(each, {}))} - wanted
    return wanted


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, held in value.items():
            if name == "$ref" and isinstance(held, str) and held.startswith(_REF):
                yield held.removeprefix(_REF)
            else:
                yield from _references(held)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
