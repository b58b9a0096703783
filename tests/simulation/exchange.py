"""How requests are served and replies let in, and whose transaction ends when."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from schemas.protocol import LookReply, LookRequest, PullReply, PullRequest, PushReply, PushRequest, encode
from server.problems import Refusal
from sync.replica.engine import LOOK, Exchange, Tally, check_steps, decoded
from sync.replica.pull import apply_look, apply_page
from sync.replica.push import settle
from tests.simulation import checks
from tests.simulation.checks import Violation
from tests.simulation.memory import Blocked, Transaction
from tests.simulation.replica import Held, Replica, Sent
from tests.simulation.world import OpenTransaction, World


def office(world: World, work: Callable[[Transaction], Any], *, hold: bool = False) -> Any:
    """Let head office do something in a transaction, committed or held open; return what came of it.

    What is refused leaves nothing, and None comes of it.
    """
    while True:
        at = world.house.memory.begin()
        try:
            done = work(at)
        except Blocked as blocked:
            at.rollback()
            _unblock(world, blocked)
            continue
        except Refusal:
            at.rollback()
            return None
        if hold:
            world.open.append(OpenTransaction(at, None, None, b""))
        else:
            _commit(world, at)
        return done


def serve(world: World, replica: Replica, asked: Exchange) -> tuple[bytes, Transaction] | None:
    """Return the server's answer inside its open transaction; None when it refused to serve."""
    while True:
        at = world.house.memory.begin()
        try:
            reply = world.house.serve(replica.code, replica.device, asked.path, asked.body, at)
        except Blocked as blocked:
            at.rollback()
            _unblock(world, blocked)
            continue
        except Refusal as refused:
            at.rollback()
            world.note(f"  not served: {refused!r}")
            return None
        checks.check_served(world, replica, asked, reply, at)
        return reply, at


def answer(world: World, replica: Replica, asked: Exchange) -> bytes | None:
    """Return the server's answer, committed; None when it refused to serve."""
    if asked.reply is PullReply:
        reply = world.house.glance(replica.code, replica.device, asked.body)
        if reply is not None:
            world.glances += 1
            world.note("  nothing new, at a glance")
            return reply
    served = serve(world, replica, asked)
    if served is None:
        return None
    reply, at = served
    _commit(world, at)
    checks.check_answer(world, replica, asked, reply)
    return reply


def send(world: World, replica: Replica) -> bool:
    """Have the request under way answered; return whether an answer is there."""
    if replica.waiting:
        return False
    if replica.reply is None:
        replica.reply = answer(world, replica, replica.ask())
        if replica.reply is None:
            replica.give_up()
    return replica.reply is not None


def arrive(world: World, replica: Replica) -> bool:
    """Let the answer arrive; return whether the round goes on."""
    if not send(world, replica) or replica.reply is None:
        return False
    asked, content = replica.ask(), replica.reply
    return bool(_taking(world, replica, asked, content, lambda: replica.take(content)))


def whole_round(world: World, replica: Replica) -> None:
    """Carry on until the round is over."""
    for _ in range(400):
        if not arrive(world, replica):
            return
    raise Violation(f"a round of {replica.name} does not end")


def brings_rows(world: World, replica: Replica) -> bool:
    """Ask once more; return whether rows came."""
    content = answer(world, replica, replica.ask())
    replica.give_up()
    if content is None:
        return False
    reply = msgspec.msgpack.decode(content, type=PullReply)
    return bool(reply.rows or reply.patches)


def compare(world: World, replica: Replica, *, at_most: int = 400) -> None:
    """Let a tablet compare sums with the server, between two rounds; so many answers arrive, then no more.

    Raises:
        Violation: something was mended in a file in which nothing was ever wrong.
    """
    replica.give_up()
    tally = Tally()
    steps = check_steps(replica.store, tally, wall_ms=replica.wall_ms)
    try:
        asked = next(steps)
        for _ in range(at_most):
            content = answer(world, replica, asked)
            if content is None:
                return
            asked = steps.send(decoded(content, asked.reply))
        world.fault("comparison_interrupted")
    except StopIteration:
        world.fault("sums_compared")
    finally:
        steps.close()
        if tally.mended:
            world.fault("difference_mended")
            # What was swept within a walk is missed until the next pull, which then walks anew.
            if replica.name not in world.damaged and not world.faults["feed_swept"]:
                raise Violation(f"I12: {replica.name} was mended, and nothing was wrong with it")


def _taking(world: World, replica: Replica, asked: Exchange, content: bytes, take: Callable[[], Any]) -> Any:
    """Let a reply in and write down what the seller now takes for acknowledged."""
    before = replica.outbox() if asked.reply is PushReply else {}
    epoch = replica.store.meta.entitlement
    try:
        return take()
    finally:
        if asked.reply is PushReply:
            _acknowledge(world, replica, before, content)
            world.brought += 1
        if asked.reply is PullReply:
            page = msgspec.msgpack.decode(content, type=PullReply)
            if page.reconcile == "too_old":
                world.fault("cursor_older_than_the_sweep")
            world.brought += bool(page.rows or page.patches or page.more or page.reconcile or page.verdicts)
            checks.check_cursor(world, replica, page)
        held = replica.store.meta.entitlement if not replica.disk.real.in_transaction else epoch
        if held is not None and (epoch is None or held.epoch != epoch.epoch):
            checks.check_after_purge(world, replica)


def _acknowledge(world: World, replica: Replica, before: dict[UUID, str], content: bytes) -> None:
    if replica.disk.real.in_transaction:
        return
    reply = msgspec.msgpack.decode(content, type=PushReply)
    after = replica.outbox()
    for outcome in reply.outcomes:
        mid = outcome.mutation_id
        if before.get(mid) == "queued" and after.get(mid) != "queued":
            status = outcome.detail["status"] if outcome.status == "duplicate" else str(outcome.status)
            world.write(said="acked", file=replica.name, mid=str(mid), status=status)


def look(world: World, replica: Replica, record_id: UUID) -> Held | None:
    """Look a customer up and pin her; return the reply, which has not arrived yet."""
    request = LookRequest(caller=replica.store.caller(replica.wall_ms()), record_ids=(record_id,))
    asked = Exchange(path=LOOK, body=encode(request), reply=LookReply)
    sent = Sent(asked=asked, token=replica.store.meta.progress.token)
    content = answer(world, replica, asked)
    world.write(said="pinned", record=str(record_id), device=replica.device)
    return Held(sent=sent, content=content) if content is not None else None


def late(world: World, replica: Replica, held: Held) -> None:
    """Let a reply in beside the round."""
    asked, token = held.sent.asked, held.sent.token
    reply = msgspec.msgpack.decode(held.content, type=asked.reply)
    epoch = replica.store.meta.entitlement
    if epoch is not None and epoch.epoch != reply.entitlement.epoch:
        world.fault("reply_crossed_an_epoch")
    wall_ms = replica.wall_ms()

    def take() -> None:
        if asked.reply is PushReply:
            request = msgspec.msgpack.decode(asked.body, type=PushRequest)
            settle(
                replica.store,
                request,
                reply,
                asked_with=token,
                wall_ms=wall_ms,
                new_incarnation=UUID(bytes=replica.entropy(16)),
            )
        elif asked.reply is PullReply:
            request = msgspec.msgpack.decode(asked.body, type=PullRequest)
            apply_page(replica.store, request, reply, wall_ms=wall_ms)
        else:
            apply_look(replica.store, reply, asked_with=token, wall_ms=wall_ms)

    _taking(world, replica, asked, held.content, take)
    checks.check_buried(replica)


def _commit(world: World, at: Transaction) -> None:
    if at.xid is not None and world.house.memory.committed and at.xid < max(world.house.memory.committed):
        world.fault("late_commit")
    at.commit()
    world.lines_at[world.house.memory.lsn] = len(world.ledger)


def finish(world: World, held: OpenTransaction, *, commit: bool) -> None:
    world.open.remove(held)
    if commit:
        _commit(world, held.at)
    else:
        held.at.rollback()
    replica = held.replica
    if replica is None:
        return
    if commit and held.asked is not None:
        checks.check_answer(world, replica, held.asked, held.reply)
    if replica.waiting and replica.asked is held.asked:
        replica.waiting = False
        if commit:
            replica.reply = held.reply
        else:
            replica.give_up()


def _unblock(world: World, blocked: Blocked) -> None:
    finish(world, next(each for each in world.open if each.at is blocked.holder), commit=True)
