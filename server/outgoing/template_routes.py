"""Doors to the texts a brand writes from, and to how much of it is too much."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from schemas.consent import ContactChannel, Purpose
from schemas.messages import TYPED, Language, Pressure, PressureRules, Template, TemplateText
from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.principal import Principal
from server.consent.pressure import pressure_rules
from server.database.pool import Connection
from server.outgoing import templates
from server.problems import Refusal
from server.rest.access import require_known
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.scope import AS_CALLER

PLACES = ("name", "me")
_PLACE = re.compile(r"\{(\w{1,40})\}")
EDITORS = (Role.HEAD_OFFICE_CRM, Role.PRIVACY_OFFICER)

Code = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class NewTemplate(Struct, forbid_unknown_fields=True):
    """A text in every language, for what and by which means."""

    purpose: Purpose
    channels: Annotated[tuple[ContactChannel, ...], msgspec.Meta(min_length=1, max_length=5)]
    texts: Annotated[dict[Language, TemplateText], msgspec.Meta(min_length=1, max_length=40)]
    title: Annotated[
        dict[Language, Annotated[str, msgspec.Meta(min_length=1, max_length=60)]],
        msgspec.Meta(max_length=40),
    ] = {}


class PressureRule(Struct, forbid_unknown_fields=True):
    """The limit of a purpose; null lifts it."""

    rule: Pressure | None


def _require_known_places(texts: Mapping[str, TemplateText]) -> None:
    """Let no template ask for what nothing fills: she would read the brace.

    Raises:
        Refusal: INVALID, naming each place.
    """
    errors = [
        FieldError(pointer=f"/texts/{language}/{part}", detail=f"{{{found}}}; known: {{name}}, {{me}}")
        for language, text in texts.items()
        for part, written in (("subject", text.subject), ("text", text.text))
        for found in _PLACE.findall(written)
        if found not in PLACES
    ]
    if errors:
        raise Refusal(ErrorCode.INVALID, errors=tuple(errors))


@get("/message-templates", opt={QUERY: ("cursor", "limit"), AS_CALLER: True})
async def list_templates(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Template]:
    """The texts of the brand, each in its latest version, retired ones too."""
    listing = Listing.asked(request, principal, cursor, limit, "message-templates")
    after = listing.after(tuple[str])
    rows = await templates.of_brand(
        connection, principal.brand, after=after[0] if after else "", limit=listing.rows
    )
    return listing.page(rows, lambda row: (row.code,))


@put("/message-templates/{code:str}")
async def put_template(
    code: Code,
    data: JSONBody[NewTemplate],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Template:
    """Publish a text, or its next version: ``{name}`` is how she is addressed, ``{me}`` the author."""
    _require_editor(principal)
    require_known(purpose=data.purpose)
    if not set(data.channels) <= set(TYPED):
        raise Refusal(ErrorCode.INVALID, "a text is for email, sms or messaging")
    _require_known_places(data.texts)
    template = Template(
        code=code,
        version=0,
        brand=principal.brand,
        purpose=data.purpose,
        channels=tuple(dict.fromkeys(data.channels)),
        texts=data.texts,
        title=data.title,
    )
    held = await templates.publish(connection, template, by=principal.associate_id)
    await chain.append(
        connection, principal, "message.template_published", facts={"code": code, "version": held.version}
    )
    return held


@post("/message-templates/{code:str}/retire", status_code=200)
async def retire_template(
    code: Code, connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> Template:
    """Offer a text no more."""
    _require_editor(principal)
    held = await templates.retire(connection, principal.brand, code, by=principal.associate_id)
    await chain.append(connection, principal, "message.template_retired", facts={"code": code})
    return held


@get("/contact-pressure", opt={AS_CALLER: True})
async def read_pressure(
    connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> PressureRules:
    """How much may be written to a customer, by purpose."""
    return await pressure_rules(connection, principal.brand)


@put("/contact-pressure/{purpose:str}")
async def set_pressure(
    purpose: FromPath[Purpose],
    data: JSONBody[PressureRule],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> PressureRules:
    """Set or lift the limit of a purpose: it counts what anybody writes, and holds at the next sending."""
    _require_editor(principal)
    require_known(purpose=purpose)
    held = await templates.set_pressure(
        connection, principal.brand, purpose.value, data.rule, by=principal.associate_id
    )
    await chain.append(connection, principal, "message.pressure_set", facts={"purpose": purpose.value})
    return held


def _require_editor(principal: Principal) -> None:
    if principal.role not in EDITORS:
        raise Refusal(ErrorCode.NOT_ALLOWED)


router = Router(
    "/v1",
    route_handlers=[list_templates, put_template, retire_template, read_pressure, set_pressure],
    guards=[known_parameters],
    tags=["messages"],
)
