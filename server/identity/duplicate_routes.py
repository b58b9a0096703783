"""The door that warns while somebody new is typed: who is known already that she may be.

It goes by nothing but what whoever asks may search and read: his own customers, in the fields of his role. Of
a value that he sees masked it says what the search by its exact value says, and of anything less nothing.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from schemas.record import IsoDate, Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.looked_up import SHOWN
from server.customers.queries import read_profiles
from server.customers.search import find, find_holders
from server.database.pool import Connection
from server.identity.clusters import MERGE, REVIEW
from server.identity.evidence import compare
from server.identity.frequencies import Frequencies
from server.identity.pair_routes import Reason, field_of
from server.identity.person import Person, person_of
from server.rest.access import provide_lens
from server.rest.paging import known_parameters
from server.scope import AS_CALLER, customer_scopes

MOST = 5
LOOKED_AT = 30  # for each thing that was typed
CONTACTS = ("email", "phone", "loyalty_card")

Typed = Annotated[str, msgspec.Meta(max_length=200)]


class NewPerson(Struct, forbid_unknown_fields=True):
    """What has been typed so far."""

    given_name: Typed = ""
    family_name: Typed = ""
    email: Typed = ""
    phone: Typed = ""
    loyalty_card: Typed = ""
    town: Typed = ""
    birth_date: IsoDate | None = None


class Likeness(Struct):
    """Somebody who is known already, as the role sees her, and why she may be the one."""

    customer_id: UUID
    sure: bool
    values: dict[str, Any]
    reasons: list[Reason]


class Likenesses(Struct):
    """Who she may be, the likeliest first; empty when nobody comes near."""

    data: list[Likeness]


@post("/customers/duplicates", status_code=200, opt={AS_CALLER: True})
async def warn(
    data: JSONBody[NewPerson],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Likenesses:
    """Whom somebody new may be. Nothing is kept of what was typed."""
    typed = {field: value for field, value in msgspec.structs.asdict(data).items() if value}
    scopes = customer_scopes(principal)
    by_contact: dict[UUID, set[str]] = {}
    for field in CONTACTS:
        holders = await find_holders(
            connection, field, typed.get(field, ""), scopes=scopes, lens=lens, limit=LOOKED_AT
        )
        for hit in holders:
            by_contact.setdefault(hit.customer_id, set()).add(field)
    name = f"{data.given_name} {data.family_name}".strip()
    named = await find(connection, name, scopes=scopes, lens=lens, limit=LOOKED_AT) if name else []
    wanted = list(dict.fromkeys([*by_contact, *(hit.customer_id for hit in named)]))
    profiles = await read_profiles(connection, wanted, scopes=scopes, lens=lens)
    person = _person(typed, lens)
    found: list[tuple[float, Likeness]] = []
    for customer_id in wanted:
        if customer_id in profiles:
            values = {field: msgspec.json.decode(raw) for field, raw in profiles[customer_id].items()}
            likeness = _likeness(customer_id, person, values, by_contact.get(customer_id, set()), lens)
            if likeness is not None:
                found.append(likeness)
    found.sort(key=lambda each: (-each[0], each[1].customer_id))
    shown = [likeness for _, likeness in found[:MOST]]
    await chain.append_many(
        connection,
        principal,
        "customer.found",
        "customer",
        [(each.customer_id, {}) for each in shown],
    )
    return Likenesses(data=shown)


def _person(values: dict[str, Any], lens: Lens) -> Person:
    """Return the comparable forms of those values that the role reads in clear."""
    return person_of({field: value for field, value in values.items() if lens.reads(field)})


def _likeness(
    customer_id: UUID, person: Person, values: dict[str, Any], contacts: set[str], lens: Lens
) -> tuple[float, Likeness] | None:
    known = Frequencies()
    evidence = compare(person, _person(values, lens), known)
    bits = evidence.bits - known.chance
    masked = {field for field in contacts if not lens.reads(field)}
    if bits < REVIEW and not contacts:
        return None
    reasons = [Reason(field=field, found="same", speaks="for") for field in sorted(masked)]
    reasons += [
        Reason(field=field_of(each.field), found=each.found, speaks="for" if each.bits > 0 else "against")
        for each in evidence.findings
        if each.bits
    ]
    shown = {field: values[field] for field in SHOWN if field in values}
    sure = bits >= MERGE
    return bits + len(contacts), Likeness(customer_id=customer_id, sure=sure, values=shown, reasons=reasons)


router = Router(
    "/v1",
    route_handlers=[warn],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
