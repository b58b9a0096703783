"""The API's document as one person or service may see it: no door shut to him, no field hidden from him.

Which roles a door is for, and which field it is about, stands in three short tables. The doors themselves
refuse; the tests ask at every door as every role and hold the tables to the answers.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from schemas.customer import FIELDS
from schemas.staff import ROLES as EVERYBODY
from schemas.staff import Role
from schemas.visibility import Lens, Level
from server.auth.principal import Principal
from server.auth.routes import MANAGERS
from server.auth.service_keys import may_use
from server.connectors.routes import KEEPERS as CONNECTOR_KEEPERS
from server.consent.wording_routes import EDITORS as WORDING_EDITORS
from server.customers.routes import EXPANDABLE, PROVENANCE
from server.identity.routes import MERGERS
from server.imports.routes import KEEPERS as IMPORT_KEEPERS
from server.outgoing.queue_routes import WATCHERS
from server.outgoing.template_routes import EDITORS as TEMPLATE_EDITORS
from server.oversight.alarm_routes import OF_THE_BRAND, OF_THEIR_STORES
from server.replication.judging import BOOK_ROLES, CATALOG_ROLES
from server.review.divergence_routes import WATCHING
from server.review.held_routes import MANAGERS as REVIEWERS
from server.scope import customer_scopes
from server.staff.device_routes import READERS as TABLET_READERS
from server.visibility.routes import EDITORS as POLICY_EDITORS
from server.visibility.routes import READERS as POLICY_READERS

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
OPEN_TO_SERVICES: Final = ("/health", "/ready", "/v1/me")
OF_SERVICES: Final = "/v1/webhook-endpoints"  # a service keeps its own, whatever its role
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
    ("POST /v1/auth/sign-out", EVERYBODY),
    ("POST /v1/auth/oidc/sign-out", EVERYBODY),
    ("POST /v1/conflicts/", EVERYBODY),  # his own, and a manager's of his stores
    ("GET /v1/connectors", CONNECTOR_KEEPERS),
    ("POST /v1/connectors", CONNECTOR_KEEPERS),
    ("PUT /v1/connectors/", CONNECTOR_KEEPERS),
    ("PUT /v1/contact-pressure/", TEMPLATE_EDITORS),
    ("POST /v1/customers/duplicates", EVERYBODY),
    ("POST /v1/customers/{customer_id}/merge", MERGERS),
    ("POST /v1/customers/{customer_id}/unmerge", MERGERS),
    ("GET /v1/customers/{customer_id}/merges", MERGERS),
    ("GET /v1/identity/", MERGERS),
    ("PUT /v1/identity/", MERGERS),
    ("POST /v1/identity/", MERGERS),
    ("GET /v1/devices", TABLET_READERS),
    ("POST /v1/devices/enrolment-codes", MANAGERS),
    ("POST /v1/devices/{device_id}/revoke", MANAGERS),
    ("GET /v1/divergences", WATCHING),
    ("GET /v1/held-edits", REVIEWERS),
    ("POST /v1/held-edits/", REVIEWERS),
    ("PUT /v1/message-templates/", TEMPLATE_EDITORS),
    ("POST /v1/message-templates/", TEMPLATE_EDITORS),
    ("GET /v1/outgoing", WATCHERS),
    ("POST /v1/outgoing/", WATCHERS),
    ("GET /v1/policy", POLICY_READERS),
    ("PATCH /v1/policy/", POLICY_EDITORS),
    ("DELETE /v1/policy/", POLICY_EDITORS),
    ("POST /v1/policy/", POLICY_EDITORS),
    ("GET /v1/privacy/", OFFICER),
    ("POST /v1/privacy/", OFFICER),
    ("PUT /v1/privacy/", OFFICER),
    ("PUT /v1/absences/", BOOK_ROLES),
    ("PUT /v1/products/", CATALOG_ROLES),
    ("POST /v1/rescue", EVERYBODY),
    ("GET /v1/service-accounts", ADMINISTRATOR),
    ("POST /v1/service-", ADMINISTRATOR),
    ("GET /v1/staff", ADMINISTRATOR),
    ("PATCH /v1/staff/", ADMINISTRATOR),
    ("PUT /v1/staff/", ADMINISTRATOR),
    ("GET /v1/imports", IMPORT_KEEPERS),
    ("POST /v1/imports", IMPORT_KEEPERS),
    ("PUT /v1/import-mappings/", IMPORT_KEEPERS),
    ("GET /v1/webhook-endpoints", ADMINISTRATOR),
    ("POST /v1/webhook-endpoints", ADMINISTRATOR),
    ("PUT /v1/webhook-endpoints/", ADMINISTRATOR),
)
# path below a customer -> the fields it is about: read one to ask, write one to say.
ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "appointments": ("appointments",),
    "cases": ("cases",),
    "consents": ("consents",),
    "loyalty": ("loyalty",),
    "messages": ("messages",),
    "notes": ("notes",),
    "preferences": ("likes", "dislikes", "sizes"),
    "purchases": ("purchases",),
    "suggestions": ("advice",),
    "tasks": ("tasks",),
    "timeline": ("touchpoints", "purchases"),
}
# Whatever a field holds, behind its mask it is a text.
MASKED: Final[Mapping[str, str]] = {"type": "string", "description": "Masked: that something is there."}
# Doors that open by more than one field, or by less than writing it.
BY_LENS: Final[Mapping[str, Callable[[Lens], bool]]] = {
    "POST /v1/customers": lambda lens: lens.may_give("family_name"),
    "PATCH /v1/customers/{customer_id}": lambda lens: any(lens.writes(field) for field in FIELDS),
    "POST /v1/customers/{customer_id}/history/{entry_id}/restore": lambda lens: any(
        lens.writes(field) for field in FIELDS
    ),
    "POST /v1/customers/{customer_id}/loyalty/redemptions": lambda lens: lens.reads("loyalty"),  # she spends
    "POST /v1/customers/{customer_id}/reveal": lambda lens: Level.MASKED in lens.levels.values(),
    "POST /v1/sealed-values": lambda lens: Level.MASKED in lens.levels.values(),
    "GET /v1/follow-ups": lambda lens: lens.reads("tasks") or lens.reads("appointments"),
    "GET /v1/cases": lambda lens: lens.reads("cases"),
    "GET /v1/outgoing": lambda lens: lens.reads("messages") or lens.reads("consents"),
    "POST /v1/outgoing/{line_id}/retry": lambda lens: lens.reads("messages") or lens.reads("consents"),
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
    of_services = principal.areas is not None and path.startswith(OF_SERVICES)
    if roles is not None and principal.role not in roles and not of_services:
        return False
    if path.startswith("/v1/customers") and not customer_scopes(principal):
        return False
    return _says_something(method, path, lens)


def says_for_whom(method: str, path: str) -> bool:
    """Whether the tables speak of a door: one that writes and is in none was thought of by nobody."""
    door, match = f"{method} {path}", _HERS.match(path)
    return (
        any(door.startswith(begins) for begins, _ in ROLES)
        or door in BY_LENS
        or (match is not None and match[1] in ABOUT)
    )


def _says_something(method: str, path: str, lens: Lens) -> bool:
    """Whether there is a field to read or to write behind a door."""
    if (opens := BY_LENS.get(f"{method} {path}")) is not None:
        return opens(lens)
    holds: Callable[[str], bool] = lens.reads if method == "GET" else lens.writes
    match = _HERS.match(path)
    if match is not None and (fields := ABOUT.get(match[1])) is not None:
        return any(holds(field) for field in fields)
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
    """Return a component without the members that are hidden fields of a customer, and the masks as texts."""
    said: dict[str, Any] = _words(schema, lens)
    members = said.get("properties", {})
    if name != "Me" and len(set(members) & set(FIELDS)) > len(FIELDS) // 2:
        said["properties"] = {
            member: held for member, held in members.items() if member not in FIELDS or member in lens.levels
        }
        if "required" in said:
            said["required"] = [member for member in said["required"] if member in said["properties"]]
        for member in said["properties"]:
            if lens.levels.get(member) is Level.MASKED:
                said["properties"][member] = dict(MASKED)
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
