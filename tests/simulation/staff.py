"""Who works in the house, and on which tablets."""

from functools import cache, lru_cache
from uuid import UUID

from schemas.ids import id_from
from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal

BRAND = "maison"
STORES = ("lyon", "nice", "paris")
ZONES = {"south": ("lyon", "nice"), "north": ("paris",)}
OFFICE = "henri"


class Person(Struct, frozen=False):
    """Somebody of the house."""

    code: str
    role: Role
    stores: tuple[str, ...]
    epoch: int = 1

    @property
    def associate_id(self) -> UUID:
        return _associate_id(self.code)


@cache
def _associate_id(code: str) -> UUID:
    return id_from("simulated-associate", code)


class Device(Struct, frozen=False):
    """A tablet of a store."""

    device_id: UUID
    store: str
    epoch: int = 1


@lru_cache(maxsize=512)
def principal_of(
    code: str,
    role: Role,
    stores: tuple[str, ...],
    device_id: UUID | None,
    device_store: str | None,
    epoch: str,
    policy_version: int,
) -> Principal:
    return Principal(
        associate_id=_associate_id(code),
        name=code,
        role=role,
        stores=stores,
        zone="south" if role is Role.ZONE_MANAGER else None,
        brand=BRAND,
        device_id=device_id,
        device_store=device_store,
        epoch=epoch,
        policy_version=policy_version,
    )
