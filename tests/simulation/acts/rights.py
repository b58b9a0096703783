"""What somebody may see and do changes."""

from schemas.staff import Role
from schemas.visibility import Level
from tests.simulation import exchange
from tests.simulation.staff import STORES
from tests.simulation.world import World

ROLES = (
    Role.SELLER,
    Role.STORE_MANAGER,
    Role.CALL_CENTRE,
    Role.LOYALTY_MANAGER,
    Role.ZONE_MANAGER,
    Role.ADMINISTRATOR,
    Role.HEAD_OFFICE_CRM,
    Role.PRIVACY_OFFICER,
)


def role_changed(world: World, a: int, b: int, _c: int) -> None:
    _become(world, world.replica(a).code, role=ROLES[b % len(ROLES)])
    world.fault("role_changed")


def role_flap(world: World, a: int, b: int, c: int) -> None:
    replica = world.replica(a)
    before = world.house.people[replica.code].role
    _become(world, replica.code, role=ROLES[b % len(ROLES)])
    if c % 2:
        exchange.whole_round(world, replica)
    _become(world, replica.code, role=before)
    world.fault("role_flap")


def stores_changed(world: World, a: int, b: int, _c: int) -> None:
    choices = (("lyon",), ("nice",), ("lyon", "nice"), ("paris",), ())
    _become(world, world.replica(a).code, stores=choices[b % len(choices)])
    world.fault("stores_changed")


def tablet_transferred(world: World, a: int, b: int, _c: int) -> None:
    device = world.house.devices[world.replica(a).device]
    device.store = STORES[b % len(STORES)]
    device.epoch += 1
    world.tell_device(world.replica(a).device)
    world.fault("tablet_transferred")


def policy_changed(world: World, _a: int, b: int, c: int) -> None:
    for each in list(world.open):  # who prepares a policy waits for those who could not know of it
        exchange.finish(world, each, commit=True)
    role = ROLES[b % 5]
    fields = (("town",), ("phone",), ("likes", "sizes"), ("email",), ("payment_preference",))[c % 5]
    level = Level((b >> 4) % 4)
    office = world.house.office
    exchange.office(world, lambda at: office.publish_policy(at, role, fields, level))
    office.bring_into_force()
    world.write(said="policy", role=role.value, fields=list(fields), level=int(level))
    world.fault("policy_changed")


def _become(
    world: World, code: str, *, role: Role | None = None, stores: tuple[str, ...] | None = None
) -> None:
    person = world.house.people[code]
    person.role = role or person.role
    person.stores = stores if stores is not None else person.stores
    person.epoch += 1
    world.tell_person(code)
