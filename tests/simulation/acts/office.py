"""What head office does to customers."""

from uuid import UUID

from schemas.ids import id_from
from schemas.mutations import SetField
from schemas.staff import Role
from tests.simulation import edits, exchange
from tests.simulation.staff import STORES
from tests.simulation.world import World


def office_edit(world: World, _a: int, b: int, c: int) -> None:
    edits.office_edit(world, world.customer(b), c)


def move(world: World, _a: int, b: int, c: int) -> None:
    record_id = world.customer(b)
    mutation = SetField(field="home_store", value=STORES[c % len(STORES)])
    facts = {"kind": "move", "field": "home_store", "value": mutation.value}
    edits.office_submit(world, record_id, mutation, facts)


def pins_expire(world: World, a: int, _b: int, _c: int) -> None:
    device = world.replica(a).device
    if exchange.office(world, lambda at: world.house.office.unpin(at, device)):
        world.fault("pins_expired")


def held_edit_decided(world: World, a: int, b: int, _c: int) -> None:
    """A manager looks at what was refused, and lets an edit stand or go."""
    managers = [code for code, person in world.house.people.items() if person.role is Role.STORE_MANAGER]
    rows = world.house.memory.table("held_edit")
    waiting = sorted(mid for mid, row in rows.items() if row["review"] == "open")
    if not managers or not waiting:
        return
    manager, mid, stands = managers[a % len(managers)], waiting[b % len(waiting)], (b >> 4) % 3 > 0
    status = exchange.office(
        world, lambda at: world.house.office.decide_held(at, manager, mid, stands=stands)
    )
    if status is None:
        return
    world.decided.add(mid)
    anew = id_from("held", str(mid)) if stands else None
    world.write(said="decided", mid=str(mid), anew=str(anew) if anew else None, status=status)
    world.note(f"  {manager} decided: {status}")
    if not stands:
        world.fault("held_edit_dismissed")
    elif status in ("applied", "merged", "redirected"):
        world.fault("held_edit_stood")


def customer_merged(world: World, _a: int, b: int, c: int) -> None:
    _merge(world, world.customer(b), world.customer(c), "customer_merged")


def merge_chain(world: World, _a: int, b: int, c: int) -> None:
    first, second, third = (world.customer(each) for each in (b, b + 1, b + 2))
    if _merge(world, first, second, "customer_merged") and _merge(world, second, third, "customer_merged"):
        world.fault("merge_chain")


def customer_unmerged(world: World, _a: int, b: int, _c: int) -> None:
    rows = world.house.memory.table("customer")
    merged = sorted(key for key, row in rows.items() if row["alias_of"])
    if merged:
        parted = merged[b % len(merged)]
        exchange.office(world, lambda at: world.house.office.unmerge(at, parted))
        world.write(said="unmerged", record=str(parted))
        world.fault("customer_unmerged")


def customer_erased(world: World, _a: int, b: int, _c: int) -> None:
    record_id = world.customer(b)
    if len(world.erased) >= 4 or record_id in world.erased:
        return
    gone = exchange.office(world, lambda at: world.house.office.erase(at, record_id))
    if not gone:
        return
    world.erased |= set(gone)
    world.write(said="erased", records=[str(each) for each in gone])
    world.fault("customer_erased")
    if any(replica.asked is not None for replica in world.replicas):
        world.fault("erasure_raced_a_round")


def _merge(world: World, loser: UUID, winner: UUID, fault: str) -> bool:
    if {loser, winner} & world.erased:
        return False
    merged = bool(exchange.office(world, lambda at: world.house.office.merge(at, loser, winner)))
    if merged:
        world.write(said="merged", records=[str(loser), str(winner)])
        world.fault(fault)
    return merged
