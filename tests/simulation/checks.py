"""What must hold on the way and when all is quiet: the invariants of the protocol."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from schemas.protocol import FragmentBody, MemberRow, PullReply, PushReply, PushRequest
from server.replication.token import _cut, open_token, unpack_snapshot
from sync.digest import digest
from sync.reducer import value_at
from sync.replica import records
from sync.replica.engine import Exchange
from tests.simulation.house import TOKEN_KEY
from tests.simulation.memory import Transaction
from tests.simulation.replica import Replica
from tests.simulation.world import World

AFTER = {"conflict": ("applied", "merged")}  # what a person may make of a verdict


class Violation(AssertionError):
    """A promise was broken; the text says which."""


def check_served(world: World, replica: Replica, asked: Exchange, reply: bytes, at: Transaction) -> None:
    """No edit changes anybody but whom it names, or her survivor."""
    if asked.reply is PullReply:
        if any(each.at is not at for each in world.open):
            world.fault("pull_during_open_transaction")
        return
    if asked.reply is not PushReply:
        return
    request = msgspec.msgpack.decode(asked.body, type=PushRequest)
    named = {edit.record_id for edit in request.edits}
    for _ in range(16):
        rows = (at.get("customer", each) for each in named)
        named |= {row["alias_of"] for row in rows if row is not None and row["alias_of"]}
    strangers = set(at.writes.get("customer", ())) - named
    if strangers:
        raise Violation(f"I8: a push changed {len(strangers)} people it does not name")


def check_answer(world: World, replica: Replica, asked: Exchange, reply: bytes) -> None:
    """One verdict for each edit, always the same; one content for each revision."""
    if asked.reply is PushReply:
        pushed = msgspec.msgpack.decode(reply, type=PushReply)
        of = {
            edit.mutation_id: edit.record_id
            for edit in msgspec.msgpack.decode(asked.body, type=PushRequest).edits
        }
        _check_verdicts(world, pushed, of)
        for outcome in pushed.outcomes:
            _check_revisions(world, outcome.rows)
    elif asked.reply is PullReply:
        _check_revisions(world, msgspec.msgpack.decode(reply, type=PullReply).rows)


def _check_revisions(world: World, rows: Sequence[MemberRow]) -> None:
    """A revision is given out once: of a fragment for one content, of a path for one value."""
    for row in rows:
        for fragment in row.fragments:
            content = bytes(fragment.body)
            key = (row.record_id, fragment.group, fragment.rev)
            if world.contents.setdefault(key, content) != content:
                raise Violation(f"a revision has two contents: {fragment.rev} of {fragment.group}")
            body = msgspec.json.decode(content, type=FragmentBody)
            for path, stamp in body.stamps.items():
                said = (row.record_id, fragment.group, path, stamp.rev)
                value = msgspec.json.encode(value_at(body.values, path))
                if stamp.rev and world.said_at.setdefault(said, value) != value:
                    raise Violation(f"a revision is two values: {stamp.rev} of {path} of {row.record_id}")


def _check_verdicts(world: World, reply: PushReply, of: Mapping[UUID, UUID]) -> None:
    for outcome in reply.outcomes:
        repeated = outcome.status == "duplicate"
        status = outcome.detail["status"] if repeated else str(outcome.status)
        first = world.verdicts.setdefault(outcome.mutation_id, status)
        forgotten = status == "erased" and of[outcome.mutation_id] in world.erased  # and what was said of her
        changed = first != status and not forgotten and outcome.mutation_id not in world.decided
        if changed and status not in AFTER.get(first, ()):
            raise Violation(f"I3: an edit was {first} and then {status}")
        world.note(f"  {status} {outcome.code}{' again' if repeated else ''}")
        if repeated:
            continue
        for fault, met in (
            ("edit_met_erasure", status == "erased"),
            ("edit_met_merge", status == "redirected"),
            ("edit_met_conflict", status == "conflict"),
            ("edit_met_later_edit", status == "merged"),
            (
                "edit_met_lost_right",
                status == "refused" and outcome.code in ("role_changed", "field_not_allowed"),
            ),
            ("promise_moved_apart", status == "refused" and outcome.code == "precondition"),
            ("edit_met_departure", outcome.code == "customer_out_of_scope"),
        ):
            if met:
                world.fault(fault)
    if reply.resend is not None:
        world.fault(f"resend_{reply.resend.why}")


def check_after_purge(world: World, replica: Replica) -> None:
    """Nothing outside the entitlement is in the file, not even for a moment."""
    entitlement = replica.store.meta.entitlement
    if entitlement is None:
        return
    groups = {row[0] for row in replica.disk.real.execute("select distinct grp from fragment")}
    if groups - set(entitlement.groups):
        raise Violation(f"I2: {replica.name} keeps {sorted(groups - set(entitlement.groups))}")


def check_cursor(world: World, replica: Replica, reply: PullReply) -> None:
    """A round does not end before the end of the one before it, save where history was lost."""
    held = replica.store.meta.progress.token
    if reply.more or replica.disk.real.in_transaction or held is None or held != reply.token:
        return  # it is not the end, or what it brought found no room
    key = (replica.name, replica.store.identity.incarnation)
    principal = world.house.principal(replica.code, replica.device)
    assert principal.device_id is not None
    token = open_token(TOKEN_KEY, held, principal.device_id, principal.associate_id)
    now = {
        (scope, group): end
        for stream in token.streams
        for end in (int(unpack_snapshot(stream.base).split(":")[1]),)
        for scope in stream.scopes
        for group in _cut(stream.groups)
    }
    boot, before = world.cursors.get(key, (token.boot, {}))
    lost = reply.reconcile is not None or replica.store.meta.progress.reconciling
    if boot == token.boot and not lost:
        back = [channel for channel in now.keys() & before.keys() if now[channel] < before[channel]]
        if back:
            raise Violation(f"I6: {replica.name} reads {len(back)} channels from before")
    world.cursors[key] = (token.boot, now)


def check_buried(replica: Replica) -> None:
    """Nobody who was erased is in the file."""
    buried = replica.disk.real.execute(
        "select count(*) from fragment where record_id in (select record_id from member where scope = '')"
    ).fetchone()[0]
    if buried:
        raise Violation(f"I7: an erased person came back to {replica.name}")


def check_quiet(world: World, replica: Replica) -> None:
    """The tablet holds what the server would give it now, and nothing waits."""
    expected = world.house.expected(replica.code, replica.device)
    held = replica.held()
    if held != expected:
        extra, missing = held - expected, expected - held
        raise Violation(
            f"I1: {replica.name} has {len(extra)} too many, {len(missing)} missing:"
            f" {sorted(map(str, [*extra, *missing]))[:4]}"
        )
    if replica.members() != world.house.expected_members(replica.code, replica.device):
        raise Violation(f"I1: {replica.name} has other people in its scopes than the server")
    if digest(records.fragments_held(replica.store.connection)) != digest(expected):
        raise Violation("I12: equal stores, other digests")
    if replica.store.pending():
        raise Violation(f"I5: {replica.name} still has edits waiting")
    check_buried(replica)
