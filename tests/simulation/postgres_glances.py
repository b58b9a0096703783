"""Pulls with nothing new as the application answers them: before its real door, by the wall's own login."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from schemas.ids import id_from
from server.auth.access_token import KeyRing
from server.database.pool import Pool
from server.replication.quick_pull import QuickPulls
from server.settings import Settings

if TYPE_CHECKING:
    from tests.simulation.postgres_house import PostgresHouse

SECRET = b"a secret of the simulation, of thirty-two bytes and more"


class Glances:
    """One process of the application, begun anew whenever its database was put back."""

    def __init__(self, house: "PostgresHouse", *, feed_key: bytes, lease_s: int) -> None:
        self._house = house
        self._feed_key = feed_key
        self._lease_s = lease_s
        self._of: Pool | None = None
        self._keys: Any = None
        self._pulls: Any = None

    async def answer(self, code: str, device: str, body: bytes) -> bytes | None:
        """Return the reply to a pull with nothing new; None for what the real door shall judge."""
        await self._begin()
        person, tablet = self._house.people[code].associate_id, self._house.devices[device].device_id
        now = self._house.now
        bearer = self._keys.issue(
            associate_id=person,
            family_id=family_of(person, tablet),
            device_id=tablet,
            now=int(now.timestamp()),
        )
        answered: bytes | None = await self._pulls.answer(bearer, body, now=now)
        return answered

    async def _begin(self) -> None:
        pool = await self._house.database.walled()
        if pool is self._of:
            return
        settings = settings_of(self._house.database.url)
        self._of, self._keys = pool, KeyRing(pool, settings)
        await self._keys.load()
        self._pulls = QuickPulls(
            pool, self._keys, self._house.policies, lease_s=self._lease_s, feed_key=self._feed_key
        )


def settings_of(url: str) -> Settings:
    """Return how the application runs on this database."""
    return Settings(database_url=url, secret=SECRET, wall="required", pool_size=1)


def family_of(person: UUID, tablet: UUID) -> UUID:
    """Return the sign-in of a person on a tablet."""
    return id_from("simulated-sign-in", str(person), str(tablet))
