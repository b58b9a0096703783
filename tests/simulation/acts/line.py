"""What happens on the line between a tablet and the server."""

from collections.abc import Callable

from schemas.protocol import PushReply
from sync.replica.transport import RequestRejected, ServerUnreachable
from tests.simulation import exchange
from tests.simulation.checks import Violation
from tests.simulation.replica import Held
from tests.simulation.world import World


def send(world: World, a: int, _b: int, _c: int) -> None:
    exchange.send(world, world.replica(a))


def arrive(world: World, a: int, _b: int, _c: int) -> None:
    exchange.arrive(world, world.replica(a))


def round(world: World, a: int, _b: int, _c: int) -> None:
    exchange.whole_round(world, world.replica(a))


def request_lost(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    replica.ask()
    if replica.reply is None and not replica.waiting:
        replica.give_up()
        world.fault("request_lost")


def reply_lost(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        kind = "push" if replica.ask().reply is PushReply else "pull"
        replica.give_up()
        world.fault(f"{kind}_reply_lost")


def push_rolled_back(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if replica.ask().reply is PushReply and replica.reply is None and not replica.waiting:
        served = exchange.serve(world, replica, replica.ask())
        if served is not None:
            served[1].rollback()
            world.fault("push_lost_before_commit")
        replica.give_up()


def request_twice(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica):
        first = replica.reply
        again = exchange.answer(world, replica, replica.ask())
        if again is not None:
            replica.reply = again if b % 2 else first
            world.fault("request_duplicated")


def reply_late(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    if exchange.send(world, replica) and replica.reply is not None:
        replica.late.append(Held(sent=replica.sent[-1], content=replica.reply))
        kind = "push" if replica.ask().reply is PushReply else "pull"
        replica.give_up()
        world.fault(f"{kind}_reply_delayed")


def look_reply_late(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    held = exchange.look(world, replica, world.customer(b))
    if held is not None:
        replica.late.append(held)
        world.fault("look_reply_late")


def late_reply_arrives(world: World, a: int, b: int, c: int) -> None:
    replica = world.replica(a)
    if replica.late:
        held = replica.late[b % len(replica.late)]
        exchange.late(world, replica, held)
        if c % 3:
            replica.late.remove(held)
            world.fault("late_reply_arrived")
        else:
            world.fault("late_reply_repeated")


def old_request_again(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    if replica.sent:
        sent = replica.sent[b % len(replica.sent)]
        content = exchange.answer(world, replica, sent.asked)
        if content is not None:
            replica.late.append(Held(sent=sent, content=content))
            world.fault("requests_reordered")


def reply_cut(world: World, a: int, b: int, _c: int) -> None:
    _garble(world, a, "reply_truncated", lambda content: content[: b % max(1, len(content))])


def reply_corrupted(world: World, a: int, b: int, _c: int) -> None:
    _garble(world, a, "reply_corrupted", lambda content: b"\xc1" + bytes(each ^ b & 255 for each in content))


def captive_portal(world: World, a: int, _b: int, _c: int) -> None:
    _garble(world, a, "html_instead_of_reply", lambda _content: b"<html>Welcome!</html>", kind="text/html")


def wrong_type(world: World, a: int, _b: int, _c: int) -> None:
    _garble(world, a, "reply_of_wrong_type", lambda content: content, kind="application/json")


def server_busy(world: World, a: int, _b: int, _c: int) -> None:
    _garble(world, a, "admission_refused", lambda _content: b"", status=503, serve=False)


def rejected(world: World, a: int, _b: int, _c: int) -> None:
    problem = b'{"type":"x","title":"x","status":401,"code":"not_signed_in"}'
    _garble(
        world,
        a,
        "signed_out",
        lambda _content: problem,
        status=401,
        kind="application/problem+json",
        serve=False,
    )


def _garble(
    world: World,
    a: int,
    fault: str,
    change: Callable[[bytes], bytes],
    *,
    status: int = 200,
    kind: str = "application/msgpack",
    serve: bool = True,
) -> None:
    replica = world.replica(a)
    if replica.waiting:
        return
    replica.ask()
    content = b""
    if serve:
        if not exchange.send(world, replica):
            return
        content = replica.reply or b""
    try:
        replica.take(change(content), status=status, kind=kind)
    except (ServerUnreachable, RequestRejected):
        world.fault(fault)
    else:
        raise Violation(f"{fault}: the tablet took it for a reply")
