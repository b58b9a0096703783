"""Slowing down guesses without ever locking a shop out.

A guess is counted against the account *from this device* (or from this network, when the device is
unknown) and against the device or network itself. Nobody elsewhere can therefore close an account for
its owner's own tablet.
"""

from ipaddress import ip_address

from schemas.problem import ErrorCode
from server.auth.sealing import derive, keyed_digest
from server.database.pool import Pool
from server.problems import Refusal

WINDOW_S = 15 * 60
PER_ACCOUNT_AND_PLACE = 20  # sign-ins under way count too, until they succeed
PER_DEVICE = 100
PER_NETWORK = 200


class Throttle:
    """Counts attempts; a success gives back what it counted."""

    def __init__(self, pool: Pool, secret: bytes) -> None:
        self._pool = pool
        self._key = derive(secret, "throttle")

    def subjects(self, *, account: str, device: str | None, address: str) -> list[tuple[bytes, int]]:
        """Return what an attempt counts against, with each limit: the place, then the account there.

        Args:
            account: as it is looked up.
            device: only when it proved itself.
        """
        place = f"device:{device}" if device else f"network:{network_of(address)}"
        return [
            (keyed_digest(self._key, place), PER_DEVICE if device else PER_NETWORK),
            (keyed_digest(self._key, "account", account, place), PER_ACCOUNT_AND_PLACE),
        ]

    def apart(self, kind: str, address: str) -> list[tuple[bytes, int]]:
        """Return what an attempt of another kind counts against: not with sign-ins of the same network."""
        return [(keyed_digest(self._key, f"{kind}:{network_of(address)}"), PER_NETWORK)]

    async def count(self, subjects: list[tuple[bytes, int]]) -> None:
        """Count an attempt before it is judged, so that guesses in parallel gain nothing.

        Raises:
            Refusal: TOO_MANY_ATTEMPTS, with the seconds left.
        """
        rows = await self._pool.fetch(
            """
            insert into sign_in_attempt as a (subject, failures, window_start)
            select subject, 1, now() from unnest($1::bytea[]) as subject order by subject
            on conflict (subject) do update set
              failures = case when a.window_start < now() - make_interval(secs => $2)
                         then 1 else a.failures + 1 end,
              window_start = case when a.window_start < now() - make_interval(secs => $2)
                             then now() else a.window_start end
            returning subject, failures,
              extract(epoch from window_start - now())::float8 + $2 as left_s
            """,
            [subject for subject, _ in subjects],
            float(WINDOW_S),
        )
        limits = dict(subjects)
        waits = [row["left_s"] for row in rows if row["failures"] > limits[row["subject"]]]
        if waits:
            raise Refusal(ErrorCode.TOO_MANY_ATTEMPTS, retry_after_s=max(1, int(max(waits)) + 1))

    async def forgive(self, subjects: list[tuple[bytes, int]]) -> None:
        """Give back an attempt that succeeded; the account's own count starts anew."""
        place, accounts = subjects[0][0], [subject for subject, _ in subjects[1:]]
        await self._pool.execute("delete from sign_in_attempt where subject = any($1)", accounts)
        await self._pool.execute(
            "update sign_in_attempt set failures = greatest(failures - 1, 0) where subject = $1", place
        )


def network_of(address: str) -> str:
    """Return the network an address counts as: itself for IPv4, its /64 for IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return parsed.exploded[:19]
