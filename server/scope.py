"""Whose customers a principal may reach, and which scopes the tablet he holds may keep."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from schemas.staff import ROLES, Role
from schemas.visibility import NOTES, Lens
from server.auth.principal import BRAND_ROLES, Principal
from server.database.pool import Connection
from server.database.roles import Standing

CATALOG = "catalog"
DIRECTORY = "directory"

BRAND_WIDE = "brand"  # value of the opt below: the request looks beyond his own customers
AS_CALLER = "as_caller"  # a route's opt: its transaction has the rights of the role of whoever asks

# For statements of others: is the record in {record} reachable through the scope keys in parameter {keys}?
REACHABLE = """exists (
  select 1 from member m join scope s on s.id = m.scope
  where m.record_id = {record} and m.state = 1 and s.key = any({keys}))"""


def store_scope(code: str) -> str:
    """Return the scope of a store's customers."""
    return f"store:{code}"


def stock_scope(code: str) -> str:
    """Return the scope of what else a store's tablets share: its stock, who of it is away. No customers."""
    return f"stock:{code}"


def own_scope(associate_id: UUID | str) -> str:
    """Return the scope of an associate's own book."""
    return f"own:{associate_id}"


def brand_scope(code: str) -> str:
    """Return the scope of all customers of a brand."""
    return f"brand:{code}"


def pin_scope(device_id: UUID) -> str:
    """Return the scope of customers looked up on a device."""
    return f"pin:{device_id}"


def customer_scopes(principal: Principal) -> tuple[str, ...]:
    """Return the keys of the scopes whose customers a principal may read and edit.

    An administrator reaches none, a service confined to stores theirs alone. Who stands in for somebody who
    is away reaches his book too. Customers pinned to a device are reached on that device.
    """
    if principal.confined:
        return tuple(store_scope(code) for code in principal.stores)
    if principal.role in BRAND_ROLES:
        return (brand_scope(principal.brand),)
    if principal.role in (Role.SELLER, Role.STORE_MANAGER, Role.ZONE_MANAGER):
        books = (own_scope(each) for each in (principal.associate_id, *principal.stands_in_for))
        reach = (*(store_scope(code) for code in principal.stores), *books)
        return (*reach, pin_scope(principal.device_id)) if principal.device_id else reach
    return ()


def tablet_scopes(principal: Principal) -> tuple[str, ...]:
    """Return the keys of the scopes a person's replica on this device may hold.

    The device's own store, if he may reach it; his own book, and of those he stands in for; customers pinned
    here; what is not personal.
    """
    keys = [CATALOG, DIRECTORY]
    if principal.device_id is None:
        return tuple(keys)
    reach = customer_scopes(principal)
    if principal.device_store is not None and (
        principal.role in BRAND_ROLES or store_scope(principal.device_store) in reach
    ):
        keys += [store_scope(principal.device_store), stock_scope(principal.device_store)]
    books = (own_scope(each) for each in (principal.associate_id, *principal.stands_in_for))
    keys += [book for book in books if book in reach]
    if reach:
        keys.append(pin_scope(principal.device_id))
    return tuple(sorted(keys))


def standing_of(principal: Principal, *, beyond: Iterable[str] = ()) -> Standing:
    """Return what the database is told about who is asking: his role, and the scopes he may reach.

    Args:
        beyond: scopes of others that this request looks into.
    """
    return Standing(
        # A role this build does not know sees nobody, like an administrator.
        role=principal.role.value if principal.role in ROLES else Role.ADMINISTRATOR.value,
        keys=tuple({*_reach(principal), *tablet_scopes(principal), *beyond}),
        policy=principal.policy_version,
        person=principal.associate_id,
        device=principal.device_id,
        stores=principal.stores,
    )


def standing_before_one(principal: Principal, lens: Lens) -> Standing:
    """Return what the database is told at a door to one customer: the least that shows her.

    Who reaches a whole brand is not told with all its stores: each row policy would open the list anew.
    """
    return msgspec.structs.replace(
        standing_of(principal),
        keys=customer_scopes(principal),
        stores=principal.stores if NOTES in lens.groups else (),
    )


def _reach(principal: Principal) -> tuple[str, ...]:
    """Return the keys of his scopes; of the brand also its stores, to which a list may be narrowed."""
    scopes = customer_scopes(principal)
    if principal.role in BRAND_ROLES:
        return (*scopes, *(store_scope(code) for code in principal.stores))
    return scopes


async def reachable(connection: Connection, principal: Principal, record_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the customers that the principal may reach."""
    rows = await connection.fetch(
        """
        select distinct m.record_id from member m join scope s on s.id = m.scope
        where m.record_id = any($1) and m.state = 1 and s.key = any($2)
        """,
        list(record_ids),
        list(customer_scopes(principal)),
    )
    return {row["record_id"] for row in rows}


async def scope_ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the number of every scope, making those that are new."""
    wanted = sorted(set(keys))
    known = await connection.fetch("select key, id from scope where key = any($1)", wanted)
    ids: dict[str, int] = {row["key"]: row["id"] for row in known}
    if missing := [key for key in wanted if key not in ids]:
        made = await connection.fetch(
            """
            insert into scope (key) select unnest($1::text[])
            on conflict (key) do update set key = excluded.key returning key, id
            """,
            missing,
        )
        ids.update({row["key"]: row["id"] for row in made})
    return ids
