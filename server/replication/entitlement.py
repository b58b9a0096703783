"""What a person may hold on a tablet, stated in full with every reply; and who is calling."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import msgspec

from schemas.problem import PROTOCOL_POINTER, ErrorCode, FieldError
from schemas.protocol import OLDEST_PROTOCOL, PROTOCOL, Caller, Entitlement, brief, name_of
from schemas.visibility import Lens
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.scope import tablet_scopes

SEEN_EVERY = timedelta(minutes=1)
LARGEST_FENCE = 2**62


def require_tablet(principal: Principal, caller: Caller, *, oldest: int | None = None) -> UUID:
    """Return the tablet that is calling: the one its access token was given to, and no other.

    Args:
        oldest: the oldest protocol this door takes, when it is more patient than the others.

    Raises:
        Refusal: NOT_ALLOWED for a token without this device; SCHEMA_TOO_NEW, naming the protocols we speak,
            and APP_TOO_OLD for a protocol we do not.
    """
    if principal.device_id is None or principal.device_id != caller.device_id:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    oldest = OLDEST_PROTOCOL if oldest is None else oldest
    spoken = (FieldError(pointer=PROTOCOL_POINTER, detail=f"{oldest}-{PROTOCOL}"),)
    if caller.protocol > PROTOCOL:
        raise Refusal(ErrorCode.SCHEMA_TOO_NEW, errors=spoken)
    if caller.protocol < oldest:
        raise Refusal(ErrorCode.APP_TOO_OLD, errors=spoken)
    return principal.device_id


def entitlement_of(
    principal: Principal,
    lens: Lens,
    *,
    now: datetime,
    lease_s: int,
    holds: bytes = b"",
    erased: Sequence[UUID] = (),
) -> Entitlement:
    """Return all that a person on his tablet may hold from now until the lease ends.

    Args:
        holds: name of the entitlement the tablet has; if it is this one, its name says it all.
    """
    now_ms = int(now.timestamp() * 1000)
    stated = _stated(principal, _Same(lens))
    return msgspec.structs.replace(
        brief(stated) if stated.name == holds else stated,
        epoch=principal.epoch,
        now=now_ms,
        lease_until=now_ms + lease_s * 1000,
        erased=tuple(erased),
    )


class _Same:
    """A lens as a cache key: `lens_for` gives the same one as long as nothing that decides it changes."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens

    def __hash__(self) -> int:
        return id(self.lens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.lens is other.lens


@lru_cache(maxsize=4096)
def _stated(principal: Principal, seen: _Same) -> Entitlement:
    """What a principal may hold, but for the time: of all that decides it nothing is left out of the key."""
    lens = seen.lens
    stated = Entitlement(
        epoch=principal.epoch,
        policy_version=principal.policy_version,
        role=principal.role.value,
        scopes=tablet_scopes(principal),
        groups=lens.groups,
        levels={field: int(level) for field, level in lens.levels.items()},
        now=0,
        lease_until=0,
    )
    return msgspec.structs.replace(stated, name=name_of(stated))


async def note_seen(
    connection: Connection, principal: Principal, caller: Caller, *, now: datetime, lease_s: int
) -> None:
    """Keep when a tablet last called and until when it may go on alone; at most once a minute."""
    await connection.execute(
        """
        insert into device_incarnation as i
          (device_id, incarnation, associate_id, lease_until, seen_at, app_version)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (device_id, incarnation, associate_id) do update
          set lease_until = excluded.lease_until, seen_at = excluded.seen_at,
              app_version = excluded.app_version
          where i.seen_at is null or i.seen_at < $7
        """,
        principal.device_id,
        caller.incarnation,
        principal.associate_id,
        now + timedelta(seconds=lease_s),
        now,
        version_kept(caller),
        now - SEEN_EVERY,
    )


def version_kept(caller: Caller) -> str:
    """Return an app's word for its version, as the database can hold it."""
    return caller.app_version[:40].replace("\x00", "")


async def forgot_pushes(connection: Connection, principal: Principal, caller: Caller) -> bool:
    """Whether this tablet has had answers to pushes that we know nothing of: our history was lost.

    Said until the tablet has heard it: then it counts from ours on.
    """
    forgot: bool = await connection.fetchval(
        """
        select exists (select 1 from device_incarnation
                       where device_id = $1 and incarnation = $2 and associate_id = $3 and fence < $4)
        """,
        principal.device_id,
        caller.incarnation,
        principal.associate_id,
        min(caller.fence, LARGEST_FENCE),
    )
    return forgot
