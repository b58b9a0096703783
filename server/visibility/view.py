"""A role's view of a customer, drawn by the very statements that answer the role itself."""

from uuid import UUID

import msgspec

from schemas.problem import ErrorCode
from schemas.staff import Role
from schemas.visibility import Lens, Level
from server.auth.principal import WIDER_ROLES, Principal
from server.customers import queries
from server.customers.routes import encoded, expanded
from server.database.pool import Connection
from server.problems import Refusal
from server.scope import customer_scopes


class Moved(Exception):
    """The customer was merged into this one."""

    def __init__(self, survivor: UUID) -> None:
        super().__init__(survivor)
        self.survivor = survivor


NOBODY = UUID(int=0)  # whom a view is drawn for: he has no private notes and no book of his own


async def somebody(connection: Connection, principal: Principal, role: Role, store: str | None) -> Principal:
    """Return a principal of this role in this store, who is nobody.

    Raises:
        Refusal: INVALID for a store that the brand does not have, or for a role that works in one without it.
    """
    if store is None and role in (Role.SELLER, Role.STORE_MANAGER, Role.ZONE_MANAGER):
        raise Refusal(ErrorCode.INVALID, "this role works in a store: name it")
    rows = await connection.fetch(
        """
        select s.code, s.code = $2 as named from store s
        where s.brand = $1 and ($3 or s.code = $2
              or ($4 and s.zone = (select zone from store where brand = $1 and code = $2)))
        order by s.code
        """,
        principal.brand,
        store,
        role in WIDER_ROLES and role is not Role.ZONE_MANAGER,
        role is Role.ZONE_MANAGER,
    )
    if store is not None and not any(row["named"] for row in rows):
        raise Refusal(ErrorCode.INVALID, "no such store")
    return msgspec.structs.replace(
        principal,
        associate_id=NOBODY,
        role=role,
        stores=tuple(row["code"] for row in rows),
        zone=None,
        device_id=None,
        device_store=None,
    )


def require_not_wider(own: Lens, theirs: Lens) -> None:
    """Refuse a view that shows its asker what he may not see himself. Who may ask may read the policy.

    Raises:
        Refusal: NOT_ALLOWED.
    """
    more = [
        field
        for field, level in theirs.levels.items()
        if min(level, Level.READ) > own.levels.get(field, Level.HIDDEN)
    ]
    if more:
        raise Refusal(
            ErrorCode.NOT_ALLOWED,
            f"this role sees what you do not ({', '.join(sorted(more))}): ask somebody who does, "
            "as the privacy officer",
        )


async def seen_by(
    connection: Connection, asked: Principal, lens: Lens, customer_id: UUID, expand: str | None
) -> bytes:
    """Return the body of the customer's route for this principal.

    Raises:
        Moved: she was merged, and the role would be shown the way to her survivor.
        Refusal: NOT_FOUND, as the role itself would be answered.
    """
    wanted, provenance = expanded(expand)
    scopes = customer_scopes(asked)
    fields = await queries.read_profile(connection, customer_id, scopes=scopes, lens=lens)
    if fields is None:
        survivor = await queries.survivor_of(connection, customer_id, scopes=scopes)
        if survivor is not None:
            raise Moved(survivor)
        raise Refusal(ErrorCode.NOT_FOUND)
    stamps = None
    if provenance:
        stamps = await queries.read_stamps(connection, customer_id, scopes=scopes, lens=lens)
    return encoded(customer_id, fields, wanted, stamps)
