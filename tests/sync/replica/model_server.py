"""A server small enough to be seen through: one policy, dictionaries, one counter as its history."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Envelope, RemoveEntry, decode_mutation
from schemas.problem import ErrorCode
from schemas.protocol import (
    Entitlement,
    FragmentRow,
    LookReply,
    LookRequest,
    MemberRow,
    MemberState,
    Outcome,
    OutcomeStatus,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Resend,
    encode,
)
from schemas.record import Channel, Said, Stamp, Struct
from schemas.staff import Role
from schemas.visibility import (
    DEFAULT_POLICY,
    MASKED_SUFFIX,
    NOTES,
    Lens,
    field_groups,
    lens_of,
    mask,
    note_group,
)
from sync.merge_rules import RULES, Verdict, judge
from sync.reducer import NotAllowedHere, fields_of, paths_of, reduce, value_at

GROUPS = field_groups(DEFAULT_POLICY)
LEASE_MS = 14 * 86_400_000
PIN = "pin"


class Person(Struct, frozen=False):
    """Who signs in on a device."""

    author: str
    role: Role
    stores: tuple[str, ...]
    epoch: int = 1


class _Token(Struct):
    epoch: str
    history: int
    base: int
    target: int
    key: tuple[bytes, str]
    scopes: tuple[str, ...] = ()  # the channels that ``base`` speaks of; others start from nothing
    groups: tuple[str, ...] = ()

    def since(self, scope: str, group: str | None = None) -> int:
        known = scope in self.scopes and (group is None or group in self.groups)
        return self.base if known else 0


_NOTHING_SEEN = _Token(epoch="", history=0, base=0, target=0, key=(b"", ""))


class _Fragment(Struct):
    rev: int
    at: int
    body: bytes


class _Member(Struct):
    kind: str
    state: int
    rev: int
    at: int
    into: UUID | None = None


class ModelServer:
    """Judges edits and serves pages."""

    def __init__(self, *, page_rows: int = 3) -> None:
        self.page_rows = page_rows
        self.people: dict[UUID, Person] = {}  # device -> who signs in on it
        self.values: dict[UUID, dict[str, Any]] = {}
        self.stamps: dict[UUID, dict[str, Stamp]] = {}
        self.fragments: dict[tuple[UUID, str], _Fragment] = {}
        self.members: dict[tuple[UUID, str], _Member] = {}
        self.receipts: dict[UUID, Outcome] = {}
        self.effects: dict[UUID, int] = {}  # mutation -> how often it took effect
        self.seqs: dict[tuple[UUID, UUID], int] = {}
        self.fences: dict[tuple[UUID, UUID], int] = {}
        self.erased: dict[UUID, set[UUID]] = {}  # record -> devices that acknowledged
        self.history = 1  # another number after a restore
        self.counter = 0
        self.now = 1_760_000_000_000

    # What happens besides tablets

    def put_customer(self, record_id: UUID, values: dict[str, Any], *, scopes: Iterable[str]) -> None:
        self.values[record_id] = {**self.values.get(record_id, {}), **values}
        for field in values:
            previous = self.stamps.setdefault(record_id, {}).get(field)
            said = Said(mid=UUID(int=1), hlc=self.now << 16, channel=Channel.IMPORT, author="till")
            self.stamps[record_id][field] = said.stamp(previous)
        self._publish(record_id)
        for scope in scopes:
            self.move(record_id, scope, MemberState.IN)

    def put_public(self, record_id: UUID, kind: str, scope: str, values: dict[str, Any]) -> None:
        self.counter += 1
        body = msgspec.json.encode({"values": values, "stamps": {}})
        before = self.fragments.get((record_id, kind))
        self.fragments[(record_id, kind)] = _Fragment(
            rev=(before.rev if before else 0) + 1, at=self.counter, body=body
        )
        self._move(record_id, scope, kind, MemberState.IN, None)

    def move(self, record_id: UUID, scope: str, state: int, into: UUID | None = None) -> None:
        self._move(record_id, scope, "customer", state, into)

    def erase(self, record_id: UUID) -> None:
        self.values.pop(record_id, None)
        self.stamps.pop(record_id, None)
        self.erased.setdefault(record_id, set())
        for key in [key for key in self.fragments if key[0] == record_id]:
            del self.fragments[key]
        for held, scope in list(self.members):
            if held == record_id:
                self.move(record_id, scope, MemberState.ERASED)

    def become(
        self, device: UUID, *, role: Role | None = None, stores: tuple[str, ...] | None = None
    ) -> None:
        person = self.people[device]
        person.role = role or person.role
        person.stores = stores if stores is not None else person.stores
        person.epoch += 1

    def backup(self) -> dict[str, Any]:
        """Everything that is kept, as a backup holds it."""
        return deepcopy({name: held for name, held in vars(self).items() if name != "people"})

    def restore(self, backup: dict[str, Any]) -> None:
        """Be what the backup was; how often edits took effect is counted anew for what it did not know."""
        history = self.history
        vars(self).update(deepcopy(backup))
        self.history = history + 1

    # What tablets ask

    def handle(self, path: str, body: bytes) -> bytes:
        if path.endswith("/push"):
            return encode(self.push(msgspec.msgpack.decode(body, type=PushRequest)))
        if path.endswith("/pull"):
            return encode(self.pull(msgspec.msgpack.decode(body, type=PullRequest)))
        return encode(self.look(msgspec.msgpack.decode(body, type=LookRequest)))

    def lens(self, device: UUID) -> Lens:
        person = self.people[device]
        return lens_of(DEFAULT_POLICY, person.role, person=person.author, stores=person.stores)

    def scopes(self, device: UUID) -> tuple[str, ...]:
        person = self.people[device]
        if person.role == Role.ADMINISTRATOR:
            return ("catalog",)
        return (*(f"store:{store}" for store in person.stores), f"{PIN}:{device}", "catalog")

    def entitlement(self, device: UUID) -> Entitlement:
        lens = self.lens(device)
        return Entitlement(
            epoch=f"e{self.people[device].epoch}",
            policy_version=1,
            role=str(lens.role),
            scopes=self.scopes(device),
            groups=lens.groups,
            levels={field: int(level) for field, level in lens.levels.items()},
            now=self.now,
            lease_until=self.now + LEASE_MS,
            erased=tuple(record for record, acks in self.erased.items() if device not in acks),
        )

    def push(self, request: PushRequest) -> PushReply:
        device = request.caller.device_id
        twin = (device, request.caller.incarnation)
        answered, fence = self.seqs.get(twin, 0), self.fences.get(twin, 0)
        entitlement = self.entitlement(device)
        why = None
        if request.caller.fence > fence:
            self.fences[twin] = request.caller.fence
            why = Resend(why="history", expected=answered + 1)
        elif request.caller.fence < fence:
            why = Resend(why="fork")
        elif request.edits[0].seq != answered + 1:
            why = Resend(why="gap", expected=answered + 1)
        if why is not None:
            return PushReply(entitlement=entitlement, fence=fence, watermark=answered, resend=why)
        outcomes = []
        for edit in request.edits:
            outcomes.append(self._verdict(device, edit))
            self.seqs[twin] = edit.seq
        self.fences[twin] = fence + 1
        return PushReply(
            entitlement=self.entitlement(device),
            fence=fence + 1,
            watermark=self.seqs[twin],
            outcomes=tuple(outcomes),
        )

    def pull(self, request: PullRequest) -> PullReply:
        device = request.caller.device_id
        for record_id in request.erase_ack:
            self.erased[record_id].add(device)
        entitlement = self.entitlement(device)
        token = msgspec.msgpack.decode(request.token, type=_Token) if request.token else None
        if token is not None and token.history != self.history:
            return PullReply(entitlement=entitlement, token=b"", more=True, reconcile="history")
        if token is None:
            token = _Token(
                epoch=entitlement.epoch, history=self.history, base=0, target=self.counter, key=(b"", "")
            )
        elif token.epoch != entitlement.epoch:
            token = msgspec.structs.replace(
                token,
                epoch=entitlement.epoch,
                target=self.counter,
                key=(b"", ""),
                scopes=tuple(set(token.scopes) & set(entitlement.scopes)),
                groups=tuple(set(token.groups) & set(entitlement.groups)),
            )
        elif token.key == (b"", ""):
            token = msgspec.structs.replace(token, target=self.counter)
        due = sorted(
            (record_id.bytes, scope)
            for record_id, scope in self.members
            if scope in entitlement.scopes and (record_id.bytes, scope) > token.key
        )
        rows = []
        more = False
        for key, scope in due:
            row = self._row(UUID(bytes=key), scope, device, token)
            if row is None:
                continue
            if len(rows) == self.page_rows:
                more = True
                break
            rows.append(row)
        if more:
            token = msgspec.structs.replace(token, key=(rows[-1].record_id.bytes, rows[-1].scope))
        else:
            token = msgspec.structs.replace(
                token,
                base=token.target,
                key=(b"", ""),
                scopes=entitlement.scopes,
                groups=entitlement.groups,
            )
        return PullReply(
            entitlement=entitlement, token=msgspec.msgpack.encode(token), more=more, rows=tuple(rows)
        )

    def look(self, request: LookRequest) -> LookReply:
        device = request.caller.device_id
        rows = []
        for record_id in request.record_ids:
            if record_id in self.values:
                self.move(record_id, f"{PIN}:{device}", MemberState.IN)
                row = self._row(record_id, f"{PIN}:{device}", device, _NOTHING_SEEN)
                rows += [row] if row else []
        return LookReply(entitlement=self.entitlement(device), rows=tuple(rows))

    # What a replica must hold once it is quiet

    def expected_fragments(self, device: UUID) -> set[tuple[UUID, str, int, bytes]]:
        groups, scopes = set(self.lens(device).groups), set(self.scopes(device))
        reachable = {
            record_id
            for (record_id, scope), member in self.members.items()
            if scope in scopes and member.state == MemberState.IN
        }
        return {
            (record_id, group, fragment.rev, fragment.body)
            for (record_id, group), fragment in self.fragments.items()
            if record_id in reachable and group in groups
        }

    def _verdict(self, device: UUID, edit: Envelope) -> Outcome:
        known = self.receipts.get(edit.mutation_id)
        if known is None:
            known = self.receipts[edit.mutation_id] = self._judge(device, edit)
        else:
            first = {"status": str(known.status)}
            known = msgspec.structs.replace(known, status=OutcomeStatus.DUPLICATE, detail=first)
        rows = [
            row
            for scope in self.scopes(device)
            if (row := self._row(edit.record_id, scope, device, _NOTHING_SEEN)) is not None
        ]
        return msgspec.structs.replace(known, seq=edit.seq, rows=tuple(rows))

    def _judge(self, device: UUID, edit: Envelope) -> Outcome:
        def verdict(status: OutcomeStatus, code: ErrorCode | None = None) -> Outcome:
            return Outcome(seq=edit.seq, mutation_id=edit.mutation_id, status=status, code=code)

        if edit.record_id in self.erased:
            return verdict(OutcomeStatus.ERASED, ErrorCode.NOT_FOUND)
        mutation = decode_mutation(edit.op, edit.args)
        lens = self.lens(device)
        created = edit.op.startswith("customer.create")
        allowed = lens.may_give if created else lens.writes
        if not all(allowed(field) for field in fields_of(mutation)):
            return verdict(OutcomeStatus.REFUSED, ErrorCode.FIELD_NOT_ALLOWED)
        held = {
            scope
            for (record_id, scope), row in self.members.items()
            if record_id == edit.record_id and row.state == 1
        }
        if not created and not held & set(self.scopes(device)):
            return verdict(OutcomeStatus.REFUSED, ErrorCode.CUSTOMER_OUT_OF_SCOPE)
        person = self.people[device]
        said = Said(
            mid=edit.mutation_id,
            hlc=edit.hlc,
            channel=Channel.STORE,
            author=person.author,
            store=person.stores[0] if person.stores else None,
            device=device,
        )
        values = self.values.setdefault(edit.record_id, {})
        stamps = self.stamps.setdefault(edit.record_id, {})
        try:
            change = reduce(values, mutation, said)
        except (NotAllowedHere, ValueError):
            return verdict(OutcomeStatus.REFUSED, ErrorCode.FIELD_INVALID)
        for path in paths_of(mutation):
            field = path.partition("/")[0]
            after = {**values, **change.values}
            judged = judge(
                RULES[field],
                current=stamps.get(path),
                seen=edit.base.get(path, 0),
                hlc=edit.hlc,
                mid=edit.mutation_id.bytes,
                same_value=value_at(values, path) == value_at(after, path),
                own=_own(stamps.get(path), said),
                removing=isinstance(mutation, RemoveEntry),
                absent=value_at(values, path) is None,
            )
            if RULES[field].value in ("add_wins", "append_only", "consent"):
                continue
            if judged is Verdict.CONFLICT:
                return verdict(OutcomeStatus.CONFLICT, ErrorCode.PRECONDITION)
            if judged is Verdict.LOST:
                return verdict(OutcomeStatus.MERGED)
        self.effects[edit.mutation_id] = self.effects.get(edit.mutation_id, 0) + 1
        values.update(change.values)
        for path in change.stamped:
            stamps[path] = said.stamp(stamps.get(path))
        self._publish(edit.record_id)
        if created and person.stores:
            self.move(edit.record_id, f"store:{person.stores[0]}", MemberState.IN)
        return verdict(OutcomeStatus.APPLIED)

    def _publish(self, record_id: UUID) -> None:
        self.counter += 1
        values, stamps = self.values[record_id], self.stamps.get(record_id, {})
        shown: dict[str, dict[str, Any]] = {}
        for group in GROUPS:
            if group.key == NOTES:
                for note in values.get(NOTES, ()):
                    key = note_group(note["level"], store=note.get("store"), author=note["author"])
                    shown.setdefault(key, {NOTES: []})[NOTES].append(note)
                continue
            held = {field: values[field] for field in group.fields if field in values}
            if held:
                shown[group.key] = held
                shown[group.key + MASKED_SUFFIX] = {
                    field: mask(field, value) for field, value in held.items()
                }
        for key, part in shown.items():
            kept = (
                {}
                if key.endswith(MASKED_SUFFIX)
                else {path: stamp for path, stamp in sorted(stamps.items()) if path.partition("/")[0] in part}
            )
            body = msgspec.json.encode({"values": part, "stamps": kept})
            before = self.fragments.get((record_id, key))
            if before is None or before.body != body:
                rev = (before.rev if before else 0) + 1
                self.fragments[(record_id, key)] = _Fragment(rev=rev, at=self.counter, body=body)

    def _move(self, record_id: UUID, scope: str, kind: str, state: int, into: UUID | None) -> None:
        before = self.members.get((record_id, scope))
        if before is not None and before.state == state:
            return
        self.counter += 1
        rev = (before.rev if before else 0) + 1
        self.members[(record_id, scope)] = _Member(
            kind=kind, state=state, rev=rev, at=self.counter, into=into
        )

    def _row(self, record_id: UUID, scope: str, device: UUID, seen: _Token) -> MemberRow | None:
        member = self.members.get((record_id, scope))
        since = seen.since(scope)
        if member is None or (since == 0 and member.state != MemberState.IN):
            return None
        fragments = []
        if member.state == MemberState.IN:
            for group in self.lens(device).groups:
                fragment = self.fragments.get((record_id, group))
                if fragment is not None and (member.at > since or fragment.at > seen.since(scope, group)):
                    fragments.append(FragmentRow(group=group, rev=fragment.rev, body=fragment.body))
        if member.at <= since and not fragments:
            return None
        return MemberRow(
            scope=scope,
            record_id=record_id,
            kind=member.kind,
            state=member.state,
            rev=member.rev,
            into=member.into,
            fragments=tuple(fragments),
        )


def _own(current: Stamp | None, said: Said) -> bool:
    return current is not None and (current.author, current.device) == (said.author, said.device)
