"""The door by which a tablet takes masked values along, sealed, so that one can be opened without a line.

Nothing leaves in clear: each value is sealed for the key behind the reader's PIN, on his tablet.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.sealed import SealedValue, as_text, fits, padded, purpose_of
from schemas.visibility import Lens, Level, field_groups, mask
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import in_clear_of_many
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens
from server.rest.paging import known_parameters
from server.scope import customer_scopes
from server.settings import Settings
from sync.sealed_box import seal_for

MOST_AT_ONCE = 200

PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class WantSealed(Struct, forbid_unknown_fields=True):
    """Whose values, and the public half (X25519, hex) of the key that the reader's PIN opens."""

    public_key: PublicKey
    customers: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]


class Sealed(Struct):
    """The values, and the people who are not among them because enough were taken along today."""

    values: tuple[SealedValue, ...]
    left_out: tuple[UUID, ...]
    at: int  # wall milliseconds UTC


@post("/sealed-values", status_code=200)
async def take_along(
    data: JSONBody[WantSealed],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Sealed:
    """Seal what this role sees masked, for this tablet. Opening one is written down before it is shown."""
    settings: Settings = request.app.state.settings
    most = settings.sealed_people
    if principal.device_id is None or not most:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    now = datetime.now(UTC)
    policy = await request.app.state.policies.version(connection, principal.policy_version)
    masked = {field for field, level in lens.levels.items() if level is Level.MASKED}
    groups = [group.key for group in field_groups(policy) if masked & set(group.fields)]
    wanted = list(dict.fromkeys(data.customers))
    found = await in_clear_of_many(connection, wanted, groups=groups, scopes=customer_scopes(principal))
    held = {customer_id: _behind_masks(found.get(customer_id, {}), masked) for customer_id in wanted}
    held = {customer_id: values for customer_id, values in held.items() if values}
    before = await _given_lately(connection, principal, now)
    fresh = [customer_id for customer_id in held if customer_id not in before]
    left_out = tuple(fresh[max(0, most - len(before)) :])
    given = {customer_id: values for customer_id, values in held.items() if customer_id not in left_out}
    reader = {"device_id": principal.device_id, "associate_id": principal.associate_id}
    key = bytes.fromhex(data.public_key)
    boxes = tuple(
        SealedValue(
            customer_id=customer_id,
            field=field,
            box=as_text(seal_for(key, padded(value), purpose=purpose_of(customer_id, field, **reader))),
        )
        for customer_id, values in given.items()
        for field, value in values.items()
    )
    await chain.append_many(
        connection,
        principal,
        "customer.sealed",
        "customer",
        [(customer_id, {"fields": sorted(values)}) for customer_id, values in given.items()],
    )
    return Sealed(values=boxes, left_out=left_out, at=int(now.timestamp() * 1000))


def _behind_masks(values: Mapping[str, Any], masked: Set[str]) -> dict[str, Any]:
    return {
        field: value
        for field, value in sorted(values.items())
        if field in masked and mask(field, value) is not None and fits(value)
    }


async def _given_lately(connection: Connection, principal: Principal, now: datetime) -> set[UUID]:
    """Return whose values this person took along in the last day, and count no two requests at once."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"sealed {principal.associate_id}"
    )
    rows = await connection.fetch(
        """
        select distinct subject_id from audit_event
        where actor = $1 and action = 'customer.sealed' and at > $2
        """,
        principal.associate_id,
        now - timedelta(days=1),
    )
    return {row["subject_id"] for row in rows}


router = Router(
    "/v1",
    route_handlers=[take_along],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
