"""Transactions that stay open, and what happens to PostgreSQL."""

import json

from schemas.protocol import PullReply, PushReply
from tests.simulation import edits, exchange
from tests.simulation.checks import Violation
from tests.simulation.memory import MOST_LOST
from tests.simulation.world import OpenTransaction, World


def transaction_held(world: World, _a: int, b: int, c: int) -> None:
    if len(world.open) < 3:
        edits.office_edit(world, world.customer(b), c, hold=True)
        world.fault("long_transaction")


def push_held(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if len(world.open) < 3 and replica.reply is None and not replica.waiting:
        asked = replica.ask()
        served = exchange.serve(world, replica, asked) if asked.reply is PushReply else None
        if served is not None:
            reply, at = served
            world.open.append(OpenTransaction(at, replica, asked, reply))
            replica.waiting = True
            world.fault("push_held_open")


def finish(world: World, a: int, _b: int, _c: int) -> None:
    if world.open:
        exchange.finish(world, world.open[a % len(world.open)], commit=True)


def transaction_aborted(world: World, a: int, _b: int, _c: int) -> None:
    if world.open:
        exchange.finish(world, world.open[a % len(world.open)], commit=False)
        world.fault("transaction_aborted")


def postgres_crashed(world: World, _a: int, _b: int, _c: int) -> None:
    for each in list(world.open):
        exchange.finish(world, each, commit=False)
    world.house.postmaster.crash()
    world.fault("boot_changed")


def history_lost(world: World, _a: int, _b: int, _c: int) -> None:
    for each in list(world.open):
        exchange.finish(world, each, commit=False)
    world.house.postmaster.restore_elsewhere()
    world.fault("history_lost")


def server_backup_made(world: World, _a: int, _b: int, _c: int) -> None:
    if not world.open:
        world.house.postmaster.backup()
        world.kept = len(world.ledger)


def server_restored(world: World, _a: int, _b: int, _c: int) -> None:
    if not _may_be_lost(world, world.kept):
        return
    for each in list(world.open):
        exchange.finish(world, each, commit=False)
    if world.house.postmaster.restore():
        world.forget_answers()
        world.write(said="server restored")
        world.fault("server_restored")


def failed_over(world: World, _a: int, b: int, _c: int) -> None:
    """A standby is promoted that lacks the latest commits: some were acknowledged to tablets."""
    memory = world.house.memory
    lost = 1 + b % MOST_LOST
    if lost > len(memory.undo):
        return
    position = world.written_at(memory.undo[-lost].lsn)
    if not _may_be_lost(world, position):
        return
    for each in list(world.open):
        exchange.finish(world, each, commit=False)
    world.house.postmaster.fail_over(lost)
    world.forget_answers()
    world.write(said="server restored")
    world.fault("failed_over_with_loss")


def feed_swept(world: World, _a: int, _b: int, _c: int) -> None:
    if world.house.postmaster.sweep():
        world.fault("feed_swept")


def standby_asked(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if replica.ask().reply is PullReply and replica.reply is None:
        world.house.memory.standby = True
        content = exchange.answer(world, replica, replica.ask())
        world.house.memory.standby = False
        if content is not None:
            raise Violation("a standby served the feed")
        replica.give_up()
        world.fault("standby_asked")


def _may_be_lost(world: World, position: int) -> bool:
    """The office's own acts would be lost with what tablets send again: not part of this story."""
    since = [json.loads(line) for line in world.ledger[position:]]
    office = ("erased", "merged", "policy", "copied", "lost with the disk", "decided", "weeks passed")
    return not any(line["said"] in office or line.get("file") == "office" for line in since)
