"""The policy in force and the lens it gives a principal."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, FieldGroup, Lens, Policy, field_groups, lens_of
from server.auth.principal import Principal
from server.database.lenses import keep_lenses
from server.database.pool import Connection, Pool


async def publish_default(connection: Connection | Pool) -> None:
    """Publish the policy that ships with the product, unless one was published before."""
    await connection.execute(
        """
        insert into policy (version, document, note)
        select $1, $2, 'shipped' where not exists (select 1 from policy) on conflict do nothing
        """,
        DEFAULT_POLICY.version,
        msgspec.to_builtins(DEFAULT_POLICY),
    )


async def wall_follows(connection: Connection) -> None:
    """Let the wall follow the policy in force, in the transaction that brings it into force.

    Also at every start: this build may know fields that the one before did not.
    """
    row = await connection.fetchrow(
        "select version, document from policy where ready_at is not null order by version desc limit 1"
    )
    if row is not None:
        policy = msgspec.structs.replace(msgspec.convert(row["document"], Policy), version=row["version"])
        await keep_lenses(connection, policy)


def as_it_acts(policy: Policy) -> Policy:
    """Return a policy that says no more than it grants: the fields and roles of this build, as they are seen.

    A field that goes takes its grants along: when one of that name comes back, nobody sees it.
    """
    return msgspec.structs.replace(
        policy,
        levels={
            role: {
                field: level for field in fields if field in FIELDS and (level := policy.level(role, field))
            }
            for role, fields in policy.levels.items()
            if role in list(Role)
        },
    )


async def forget_removed(connection: Connection | Pool) -> None:
    """Publish the policy in force again as it acts, if it says more."""
    row = await connection.fetchrow(
        "select version, document from policy where ready_at is not null order by version desc limit 1"
    )
    if row is None:
        return
    standing = msgspec.convert(row["document"], Policy)
    if as_it_acts(standing).levels != standing.levels:
        left = msgspec.structs.replace(as_it_acts(standing), version=row["version"] + 1)
        await connection.execute(
            """
            insert into policy (version, document, note) values ($1, $2, 'as it acts')
            on conflict do nothing
            """,
            left.version,
            msgspec.to_builtins(left),
        )


async def note_fields(connection: Connection | Pool) -> None:
    """Note which fields there are now, and since which version: one that went and came back is a new one."""
    await connection.execute(
        """
        with gone as (delete from policy_field where not field = any($1))
        insert into policy_field (field, since)
        select field, case when exists (select from policy_field) then (select max(version) from policy)
                      else 1 end
        from unnest($1::text[]) field on conflict do nothing
        """,
        list(FIELDS),
    )


class Policies:
    """Published policies, read once each: a version never changes."""

    def __init__(self) -> None:
        self._known: dict[int, Policy] = {}

    async def version(self, connection: Connection | Pool, number: int) -> Policy:
        """Return a published policy; the shipped one where nothing was ever published."""
        if number not in self._known:
            document = await connection.fetchval("select document from policy where version = $1", number)
            if document is None:
                return DEFAULT_POLICY
            self._known[number] = msgspec.convert(document, Policy)
        return self._known[number]

    def lens_known(self, principal: Principal) -> Lens | None:
        """Return what ``lens`` does if that takes no look into the database."""
        policy = self._known.get(principal.policy_version)
        return None if policy is None else lens_for(policy, principal)

    async def lens(self, connection: Connection | Pool, principal: Principal) -> Lens:
        """Return what a principal may see and write today."""
        policy = await self.version(connection, principal.policy_version)
        return lens_for(policy, principal)


def lens_for(policy: Policy, principal: Principal) -> Lens:
    """Return the lens a policy gives a principal."""
    return _lens(_Hashed(policy), principal.role.value, principal.associate_id, principal.stores)


class _Hashed:
    """A policy as a cache key: published policies are few, immutable and held for ever."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __hash__(self) -> int:
        return hash(self.policy.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and (self.policy is other.policy or self.policy == other.policy)


@lru_cache(maxsize=4096)
def _lens(policy: _Hashed, role: str, person: UUID, stores: tuple[str, ...]) -> Lens:
    return lens_of(policy.policy, Role(role), person=str(person), stores=stores)


# The policy in force, and one on its way.
KEYS_TO_WRITE = """
select key from policy
where version >= (select max(version) from policy where ready_at is not null) order by version
"""

_groups_of: dict[UUID, tuple[FieldGroup, ...]] = {}  # by a published policy's key: it never changes


async def groups_to_write(connection: Connection) -> tuple[FieldGroup, ...]:
    """Return the groups that a changed customer is cut into: of the policy in force, and of one on its way.

    To be asked after the customers' rows are locked or written, in the same transaction, by a later
    statement: whoever prepares the next policy waits for those who could not know of it.
    """
    return await groups_of_keys(connection, [row["key"] for row in await connection.fetch(KEYS_TO_WRITE)])


async def groups_of_keys(connection: Connection, keys: Sequence[UUID]) -> tuple[FieldGroup, ...]:
    """Return the groups that the policies of these keys cut a customer into; ``KEYS_TO_WRITE`` finds them."""
    for key in keys:
        if key not in _groups_of:
            document = await connection.fetchval("select document from policy where key = $1", key)
            _groups_of[key] = field_groups(msgspec.convert(document, Policy))
    return union(_groups_of[key] for key in keys) if keys else field_groups(DEFAULT_POLICY)


def union(partitions: Iterable[tuple[FieldGroup, ...]]) -> tuple[FieldGroup, ...]:
    """Return the groups of several policies, each key once."""
    groups: dict[str, FieldGroup] = {}
    for partition in partitions:
        for group in partition:
            known = groups.get(group.key)
            groups[group.key] = group if known is None or group.masked else known
    return tuple(groups.values())
