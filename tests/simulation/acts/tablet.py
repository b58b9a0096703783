"""What happens to a tablet: power, disk, clock, copies of its file."""

import contextlib
from collections.abc import Callable
from typing import Any

from schemas.protocol import PullReply
from sync.replica.database import StoreFull
from tests.simulation import edits, exchange
from tests.simulation.checks import Violation
from tests.simulation.disk import PowerCut
from tests.simulation.house import LEASE_S
from tests.simulation.replica import TEN_YEARS_MS, Replica
from tests.simulation.world import MOST_REPLICAS, World


def crash_before_apply(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        world.fault("crash_before_apply" if replica.ask().reply is PullReply else "crash_before_settling")
        replica.restart()


def crash_while_applying(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        _cut(world, replica, b % 25, "crash_while_applying", lambda: exchange.arrive(world, replica))


def crash_after_apply(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        more = exchange.arrive(world, replica)
        world.fault("crash_at_page_boundary" if more else "crash_after_apply")
        replica.restart()


def crash_while_saving(world: World, a: int, b: int, c: int) -> None:
    replica = world.replica(a)
    _cut(
        world,
        replica,
        b % 9,
        "crash_while_saving",
        lambda: edits.edit(world, replica, world.customer(b), b, c),
    )


def disk_full_while_saving(world: World, a: int, b: int, c: int) -> None:
    replica = world.replica(a)
    _fill(
        world,
        replica,
        b % 4,
        "disk_full_while_saving",
        lambda: edits.edit(world, replica, world.customer(b), b, c),
    )


def disk_full_while_applying(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        _fill(world, replica, b % 12, "disk_full_while_applying", lambda: exchange.arrive(world, replica))


def backup_made(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    replica.backups = [*replica.backups[-2:], replica.disk.image()]


def backup_restored(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    if replica.backups:
        before = set(replica.outbox())
        replica.put_back(replica.backups[b % len(replica.backups)])
        world.write(said="copied", file=replica.name)
        lost = before - set(replica.outbox())
        world.write(said="lost with the disk", file=replica.name, mids=sorted(map(str, lost)))
        world.forget_cursor(replica)
        world.fault("tablet_backup_restored")


def away_for_weeks(world: World, a: int, _b: int, _c: int) -> None:
    """Nobody calls for longer than a lease lasts."""
    if world.away < 4:  # an edit older than the receipts is parked: that is another fault
        world.away += 1
        world.house.now_ms += (LEASE_S + 86_400) * 1000
        world.write(said="weeks passed")
        lease_until = world.replica(a).store.status().lease_until
        if lease_until is not None and lease_until < world.house.now_ms:
            world.fault("lease_ended")


def file_damaged(world: World, a: int, b: int, c: int) -> None:
    """A fragment is lost, or held under a revision that it does not have."""
    replica = world.replica(a)
    held = sorted(replica.held())
    if not held:
        return
    record_id, group, _ = held[b % len(held)]
    change = ("delete from fragment", "update fragment set rev = rev - 1")[c % 2]
    replica.disk.real.execute(f"{change} where record_id = ? and grp = ?", (record_id.bytes, group))
    world.damaged.add(replica.name)
    world.fault("file_damaged")


def sums_compared(world: World, a: int, b: int, c: int) -> None:
    """The tablet compares what it holds with the server, and may be interrupted."""
    exchange.compare(world, world.replica(a), at_most=b % 3 if c % 4 == 0 else 8)


def tablet_cloned(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if len(world.replicas) < MOST_REPLICAS:
        twin = world.open_replica(replica.code, replica.device)
        twin.put_back(replica.disk.image())
        world.write(said="copied", file=replica.name)
        world.write(said="copied", file=twin.name)
        if replica.name in world.damaged:
            world.damaged.add(twin.name)
        world.fault("tablet_cloned")


def clock_ten_years_ahead(world: World, a: int, _b: int, _c: int) -> None:
    world.replica(a).skew_ms = TEN_YEARS_MS
    world.fault("clock_ten_years_ahead")


def clock_ten_years_behind(world: World, a: int, _b: int, _c: int) -> None:
    world.replica(a).skew_ms = -TEN_YEARS_MS
    world.fault("clock_ten_years_behind")


def clock_jumps_back(world: World, a: int, b: int, _c: int) -> None:
    world.replica(a).skew_ms -= b * 1000
    world.fault("clock_jumps_back")


def clock_right_again(world: World, a: int, _b: int, _c: int) -> None:
    world.replica(a).skew_ms = 0


def person_switched(world: World, _a: int, _b: int, _c: int) -> None:
    if len(world.replicas) < MOST_REPLICAS and all(each.code != "luc" for each in world.replicas):
        world.open_replica("luc", "lyon")
        world.fault("person_switched")


def app_upgraded(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    replica.app_version = f"1.{b % 4}"
    replica.restart()
    world.fault("app_version_changed")


def _cut(world: World, replica: Replica, after: int, fault: str, work: Callable[[], Any]) -> None:
    replica.disk.failed = False
    replica.disk.cut_after = after
    with contextlib.suppress(PowerCut):
        work()
    replica.disk.cut_after = None
    if replica.disk.failed:
        replica.restart()
        world.fault(fault)


def _fill(world: World, replica: Replica, after: int, fault: str, work: Callable[[], Any]) -> None:
    replica.disk.failed = False
    replica.disk.full_after = after
    with contextlib.suppress(StoreFull):
        work()
    replica.disk.full_after = None
    if replica.disk.failed:
        replica.give_up()
        world.fault(fault)
        if replica.disk.real.in_transaction:
            raise Violation("a full disk left a transaction open")
