"""The policy in force and the lens it gives a principal."""

from functools import lru_cache
from uuid import UUID

import msgspec

from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens, Policy, lens_of
from server.auth.principal import Principal
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
