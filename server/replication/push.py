"""The one way in: edits are judged one by one, and everything they change is written and published together.

Submitting is a transaction of its own inside the caller's. Customers are locked in the order of their ids
before anything is judged; nothing is written before all edits are. Should the database refuse what was judged
good, the batch is judged again one edit at a time, so that one bad edit never takes others with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.hlc import Hlc, pack
from schemas.ids import NOBODY, record_id_of, wall_ms_of
from schemas.mutations import (
    CreateCustomer,
    Envelope,
    MalformedMutation,
    Mutation,
    PutProduct,
    RecordPurchase,
    ResolveConflict,
    SetField,
    UnknownOperation,
    decode_mutation,
)
from schemas.problem import ErrorCode
from schemas.protocol import MemberRow, Outcome, OutcomeStatus
from schemas.record import Channel, Kind, Said, Struct
from schemas.staff import Role
from schemas.visibility import Lens, Policy
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies, lens_for
from server.replication import publishing
from server.replication.aliases import Trail, mark_where_said, revision_at_survivor, trails_of
from server.replication.conflicts import (
    Conflict,
    conflict_id_of,
    conflict_named,
    conflict_of,
    conflicts_about,
    keep_decisions,
    open_conflicts,
    told,
)
from server.replication.held import hold
from server.replication.history import keep_past
from server.replication.judging import Judgement, Lost, judge_edit, refused, right_to
from server.replication.rows import rows_of
from server.replication.workspace import Capabilities, CustomerState, Entry, installed
from server.scope import reachable
from sync.clock import clamp
from sync.reducer import paths_of

ATTEMPTS = 3
LONGEST_ALIAS_CHAIN = 16
STALE_AFTER_MS = (
    90 * 86_400_000
)  # receipts are kept this long: an older edit cannot be told from a repeated one
LARGEST_READING = 1 << 62

_CREATE = str(CreateCustomer.__struct_config__.tag)


class Speaking(Struct):
    """In whose name facts are told when it is not the principal's own: a source system's."""

    channel: Channel
    author: str
    elsewhere: bool = False  # said at ``store`` on ``device``, not where the principal is
    store: str | None = None
    device: UUID | None = None


async def submit(
    connection: Connection,
    principal: Principal,
    envelopes: Sequence[Envelope],
    *,
    now: datetime,
    policies: Policies | None = None,
    speaking: Speaking | None = None,
    for_tablet: bool = False,
) -> list[Outcome]:
    """Judge edits in order and carry out those that pass; return one terminal verdict for each.

    Args:
        now: server time; a reading further ahead is clamped to it.
        policies: the published policies this process knows already.
        speaking: whose word it is, if not the principal's.
        for_tablet: give with each verdict the rows it changed, as the principal's tablet may hold them.
    """
    known = policies or Policies()
    policy = await known.version(connection, principal.policy_version)
    given = _Given(
        principal=principal,
        policy=policy,
        lens=lens_for(policy, principal),
        now=now,
        speaking=speaking or _own_voice(principal),
        for_tablet=for_tablet,
    )
    return await _submit(connection, given, known, list(envelopes))


class _Given(Struct):
    """What stays the same for every edit of a batch."""

    principal: Principal
    policy: Policy
    lens: Lens
    now: datetime
    speaking: Speaking
    for_tablet: bool

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)


class _Judged(Struct):
    envelope: Envelope
    judgement: Judgement
    mutation: Mutation | None
    record_id: UUID  # where it landed
    said: Said
    repeated: bool = False  # answered before: nothing is written again


async def _submit(
    connection: Connection, given: _Given, policies: Policies, envelopes: list[Envelope]
) -> list[Outcome]:
    if not envelopes:
        return []
    reason = ErrorCode.ALREADY_EXISTS
    for _ in range(ATTEMPTS):
        try:
            async with connection.transaction():
                return await _Batch(connection, given, policies, installed()).run(envelopes)
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
            continue  # somebody committed the same thing meanwhile: the next look sees it
        except (asyncpg.DataError, asyncpg.InterfaceError, UnicodeError):
            reason = ErrorCode.FIELD_INVALID
            break
    if len(envelopes) == 1:
        return [await _refuse_unstorable(connection, given, envelopes[0], reason)]
    outcomes: list[Outcome] = []
    for envelope in envelopes:
        outcomes += await _submit(connection, given, policies, [envelope])
    return outcomes


class _Batch:
    """Edits submitted together, from loading to publishing."""

    def __init__(
        self, connection: Connection, given: _Given, policies: Policies, capabilities: Capabilities
    ) -> None:
        self.connection = connection
        self.given = given
        self.policies = policies
        self.capabilities = capabilities
        self.states: dict[UUID, CustomerState] = {}
        self.receipts: dict[UUID, Mapping[str, Any]] = {}
        self.erased: set[UUID] = set()
        self.reach: set[UUID] = set()
        self.entries: dict[type[Any], list[Entry]] = {}
        self.conflicts: dict[UUID, Conflict] = {}  # opened or decided by this batch
        self.contested: dict[UUID, Conflict] = {}  # by the edit, answered before
        self.recognised: dict[UUID, set[bytes]] = {}  # creations of people who were erased
        self.lifted: set[bytes] = set()  # fingerprints of those who asked to be known again
        self.trails: dict[UUID, Trail] = {}  # of merged ids: how a revision seen there reads at the survivor
        self.judged: list[_Judged] = []

    async def run(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Judge, write and publish; the caller's savepoint undoes everything if this raises."""
        await self._load(envelopes)
        answered: dict[UUID, _Judged] = {}
        for envelope in envelopes:
            judged = answered.get(envelope.mutation_id)
            if judged is not None:
                judged = msgspec.structs.replace(
                    judged, envelope=envelope, judgement=_repeated(judged.judgement), repeated=True
                )
            else:
                judged = await self._judge(envelope)
                answered[envelope.mutation_id] = judged
            self.judged.append(judged)
        await self._write()
        rows = await self._rows()
        return [_outcome(each, _rows_for(each, rows)) for each in self.judged]

    async def _load(self, envelopes: Sequence[Envelope]) -> None:
        wanted = {each.record_id for each in envelopes} - {NOBODY}
        for _ in range(LONGEST_ALIAS_CHAIN):
            if not wanted:
                break
            self.states |= await self.capabilities.load_customers(self.connection, sorted(wanted))
            aliases = {state.alias_of for state in self.states.values() if state.alias_of}
            wanted = {alias for alias in aliases if alias not in self.states}
        rows = await self.connection.fetch(
            "select mutation_id, record_id, status, code from receipt where mutation_id = any($1)",
            [each.mutation_id for each in envelopes],
        )
        self.receipts = {row["mutation_id"]: dict(row) for row in rows}
        contested = [row["mutation_id"] for row in rows if row["status"] == OutcomeStatus.CONFLICT.value]
        if contested:
            self.contested = await conflicts_about(self.connection, contested)
        named = [each.record_id for each in envelopes]
        gone = await self.connection.fetch("select record_id from erasure where record_id = any($1)", named)
        self.erased = {row["record_id"] for row in gone}
        turned_away = ErrorCode.PERSON_ERASED.value
        self.erased |= {row["record_id"] for row in rows if row["code"] == turned_away}
        creations = [(each.mutation_id, each.args) for each in envelopes if each.op == _CREATE]
        if creations:
            self.recognised = await self.capabilities.recognised(self.connection, creations)
        self.reach = await reachable(self.connection, self.given.principal, self.states)
        merged = [state.customer_id for state in self.states.values() if state.alias_of]
        self.trails = await trails_of(self.connection, merged) if merged else {}

    async def _judge(self, envelope: Envelope) -> _Judged:
        said = self._said(envelope)
        if (receipt := self.receipts.get(envelope.mutation_id)) is not None:
            conflict = self.contested.get(envelope.mutation_id)
            first = Judgement(
                status=OutcomeStatus(receipt["status"]),
                code=ErrorCode(receipt["code"]) if receipt["code"] else None,
                detail=told(conflict, self.given.lens) if conflict else {},
            )
            return _Judged(
                envelope=envelope,
                judgement=_repeated(first),
                mutation=None,
                record_id=receipt["record_id"],
                said=said,
                repeated=True,
            )
        mutation: Mutation | None = None
        record_id = envelope.record_id
        try:
            mutation = decode_mutation(envelope.op, envelope.args)
            judgement, record_id = await self._judge_mutation(envelope, mutation, said)
        except UnknownOperation:
            judgement = Judgement(status=OutcomeStatus.PARKED, code=ErrorCode.UNKNOWN_OP)
        except MalformedMutation as error:
            judgement = refused(ErrorCode.MALFORMED, rule=str(error))
        return _Judged(
            envelope=envelope, judgement=judgement, mutation=mutation, record_id=record_id, said=said
        )

    async def _judge_mutation(
        self, envelope: Envelope, mutation: Mutation, said: Said
    ) -> tuple[Judgement, UUID]:
        record_id = envelope.record_id
        if record_id in self.erased:
            if isinstance(mutation, RecordPurchase) and self.given.principal.role == Role.INTEGRATION:
                self._enter(None, mutation, said)  # the books need the sale, and not whose it was
                return Judgement(status=OutcomeStatus.APPLIED), NOBODY
            return Judgement(status=OutcomeStatus.ERASED), record_id
        if (prints := self.recognised.get(envelope.mutation_id)) is not None:
            assert isinstance(mutation, CreateCustomer)
            if not mutation.returning or self.given.principal.role == Role.INTEGRATION:
                self.erased.add(record_id)
                return refused(ErrorCode.PERSON_ERASED), record_id
            self.lifted |= prints
        if envelope.seq and _is_stale(envelope.mutation_id, self.given.now_ms):
            return Judgement(status=OutcomeStatus.PARKED, code=ErrorCode.STALE), record_id
        then = None
        if envelope.policy_version not in (0, self.given.policy.version):
            then = await self.policies.version(self.connection, envelope.policy_version)
        if isinstance(mutation, ResolveConflict):
            return await self._decide(record_id, mutation, said, then)
        if (denied := right_to(mutation, self.given.lens, then)) is not None:
            if denied.code is ErrorCode.FIELD_NOT_ALLOWED and envelope.seq:
                role_then = await self._role_at(said)
                if role_then is not None:
                    denied = right_to(mutation, self.given.lens, then or self.given.policy, role_then)
                    assert denied is not None  # only the reason may differ
            return denied, record_id
        if isinstance(mutation, PutProduct):
            if record_id != record_id_of(Kind.PRODUCT.value, mutation.product.sku):
                return refused(ErrorCode.FIELD_INVALID, field="sku", rule="not the record's own"), record_id
            self._enter(None, mutation, said)
            return Judgement(status=OutcomeStatus.APPLIED), record_id
        if record_id == NOBODY:
            if not isinstance(mutation, RecordPurchase):
                return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
            self._enter(None, mutation, said)
            return Judgement(status=OutcomeStatus.APPLIED), record_id
        state = self.states.get(record_id)
        if isinstance(mutation, CreateCustomer):
            if state is not None:
                return refused(ErrorCode.ALREADY_EXISTS), record_id
            state = self._new_customer(record_id, mutation)
        survivor = self._survivor(state)
        if survivor is None or (survivor.customer_id not in self.reach and not survivor.is_new):
            return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
        redirected = survivor.customer_id != record_id
        judgement = judge_edit(
            survivor,
            mutation,
            base=self._base_at_survivor(envelope, mutation) if redirected else envelope.base,
            said=said,
            lens=self.given.lens,
            redirected=redirected,
        )
        if judgement.contest is not None:
            conflict = conflict_of(
                judgement.contest,
                record_id=survivor.customer_id,
                mutation_id=said.mid,
                said=said,
                principal=self.given.principal,
            )
            conflict.via = record_id if redirected else None
            self.conflicts[conflict.conflict_id] = conflict
            judgement = msgspec.structs.replace(judgement, detail=told(conflict, self.given.lens))
        if judgement.status is OutcomeStatus.APPLIED:
            if survivor.is_new:
                self.states.setdefault(survivor.customer_id, survivor)
            if judgement.values or judgement.stamped:
                survivor.put(judgement.values, judgement.stamped, said)
            survivor.put_part(record_id, mutation, said)
            self._enter(survivor, mutation, said)
            if redirected:
                judgement = msgspec.structs.replace(judgement, status=OutcomeStatus.REDIRECTED)
        if redirected:
            detail = {**judgement.detail, "into": str(survivor.customer_id)}
            judgement = msgspec.structs.replace(judgement, detail=detail)
        return judgement, survivor.customer_id

    async def _role_at(self, said: Said) -> Role | None:
        """Return what the author was when he said this, if he is something else today."""
        role: str | None = await self.connection.fetchval(
            """
            select role from associate_past where associate_id = $1 and until > to_timestamp($2 / 1000.0)
            order by until limit 1
            """,
            self.given.principal.associate_id,
            said.hlc >> 16,
        )
        return Role(role) if role else None

    async def _decide(
        self, record_id: UUID, mutation: ResolveConflict, said: Said, then: Policy | None
    ) -> tuple[Judgement, UUID]:
        """Carry out what a person decides. A conflict that is not his, or of another person, is unknown."""
        unknown = refused(ErrorCode.NOT_FOUND), record_id
        conflict = self.conflicts.get(mutation.conflict_id) or await conflict_named(
            self.connection, mutation.conflict_id
        )
        if conflict is None or not conflict.may_be_decided_by(self.given.principal):
            return unknown
        survivor = self._survivor(self.states.get(record_id))
        if survivor is None or not await self._is_about(conflict, survivor):
            return unknown
        if survivor.customer_id not in self.reach:
            return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
        self.conflicts[conflict.conflict_id] = conflict
        if conflict.state != "open":
            if conflict.keep == mutation.keep:
                return Judgement(status=OutcomeStatus.APPLIED), survivor.customer_id
            rule = "already decided"
            return refused(ErrorCode.PRECONDITION, field=conflict.field, rule=rule), survivor.customer_id
        if mutation.keep == "theirs":
            conflict.decide("theirs")
            standing = conflict.theirs_stamp.mid if conflict.theirs_stamp else said.mid
            mine = Lost(path=conflict.field, value=conflict.mine, stamp=conflict.mine_stamp, lost_to=standing)
            return Judgement(status=OutcomeStatus.APPLIED, lost=(mine,)), survivor.customer_id
        edit = SetField(field=conflict.field, value=conflict.mine)
        if (denied := right_to(edit, self.given.lens, then)) is not None:
            return denied, survivor.customer_id
        seen = {conflict.field: conflict.theirs_stamp.rev if conflict.theirs_stamp else 0}
        judgement = judge_edit(survivor, edit, base=seen, said=said, lens=self.given.lens)
        if judgement.contest is not None:
            conflict.face(judgement.contest)
            detail = told(conflict, self.given.lens)
            return msgspec.structs.replace(judgement, detail=detail), survivor.customer_id
        if judgement.status is OutcomeStatus.APPLIED:
            conflict.decide("mine")
            if judgement.stamped:
                survivor.put(judgement.values, judgement.stamped, said)
                survivor.put_part(conflict.via or conflict.record_id, edit, said)
        return judgement, survivor.customer_id

    async def _is_about(self, conflict: Conflict, survivor: CustomerState) -> bool:
        """Whether a conflict is about this person, under whichever of her ids it was kept."""
        if conflict.record_id not in self.states:
            self.states |= await self.capabilities.load_customers(self.connection, [conflict.record_id])
        return self._survivor(self.states.get(conflict.record_id)) is survivor

    def _base_at_survivor(self, envelope: Envelope, mutation: Mutation) -> dict[str, int]:
        trail = self.trails.get(envelope.record_id, ())
        return {
            path: revision_at_survivor(trail, path, envelope.base.get(path, 0)) for path in paths_of(mutation)
        }

    def _new_customer(self, record_id: UUID, mutation: CreateCustomer) -> CustomerState:
        principal = self.given.principal
        state = CustomerState(customer_id=record_id, brand=principal.brand, is_new=True)
        store = _store_of(principal)
        if store is not None and "home_store" not in mutation.values:
            state.derive({"home_store": store})
        return state

    def _survivor(self, state: CustomerState | None) -> CustomerState | None:
        for _ in range(LONGEST_ALIAS_CHAIN):
            if state is None or state.alias_of is None:
                return state
            state = self.states.get(state.alias_of)
        return None

    def _enter(self, state: CustomerState | None, mutation: Mutation, said: Said) -> None:
        if type(mutation) in self.capabilities.ledgers:
            entry = Entry(state=state, mutation=mutation, said=said)
            self.entries.setdefault(type(mutation), []).append(entry)

    def _said(self, envelope: Envelope) -> Said:
        principal, speaking = self.given.principal, self.given.speaking
        reading = envelope.hlc if 0 < envelope.hlc < LARGEST_READING else pack(self.given.now_ms, 0)
        return Said(
            mid=envelope.mutation_id,
            hlc=clamp(Hlc(reading), self.given.now_ms),
            channel=speaking.channel,
            author=speaking.author,
            store=speaking.store if speaking.elsewhere else _store_of(principal),
            device=speaking.device if speaking.elsewhere else principal.device_id,
        )

    async def _write(self) -> None:
        for kind, entries in self.entries.items():
            await self.capabilities.ledgers[kind](self.connection, entries, self.given.now_ms)
        changed = [state for state in self.states.values() if state.changed or state.is_new]
        changed.sort(key=lambda state: state.customer_id)
        await self.capabilities.save_customers(self.connection, changed)
        await publishing.publish_customers(self.connection, changed)
        fresh = [each for each in self.judged if not each.repeated]
        await _keep_receipts(self.connection, self.given.principal, fresh)
        await keep_past(
            self.connection, ((each.record_id, lost) for each in fresh for lost in each.judgement.lost)
        )
        await self._write_conflicts(fresh)
        await hold(self.connection, self.given.principal, _not_passed(fresh))
        await mark_where_said(
            self.connection,
            [
                (each.envelope.mutation_id, each.envelope.record_id, each.record_id)
                for each in fresh
                if each.record_id != each.envelope.record_id
            ],
        )
        if self.lifted:
            await self.capabilities.forget_fingerprints(self.connection, self.lifted)
            await chain.append(self.connection, self.given.principal, "erasure.lifted_by_return")
        await _audit(self.connection, self.given.principal, changed)

    async def _write_conflicts(self, fresh: Sequence[_Judged]) -> None:
        opened = [
            (self.conflicts[conflict_id], each.judgement.contest.seen)
            for each in fresh
            if each.judgement.contest is not None
            and (conflict_id := conflict_id_of(each.envelope.mutation_id)) in self.conflicts
        ]
        await open_conflicts(self.connection, opened)
        await keep_decisions(self.connection, self.conflicts.values(), self.given.principal)

    async def _rows(self) -> dict[UUID, tuple[MemberRow, ...]]:
        if not self.given.for_tablet:
            return {}
        touched = {state.customer_id for state in self.states.values() if state.changed or state.is_new}
        whole = {each.record_id for each in self.judged if each.repeated or each.judgement.lost}
        whole |= {each.record_id for each in self.judged if each.judgement.contest}
        allowed = self.reach | touched
        aliases = {each.envelope.record_id for each in self.judged} & set(self.trails)
        return await rows_of(
            self.connection,
            self.given.principal,
            self.given.lens,
            changed=touched & allowed,
            whole=(whole & allowed) | aliases,
        )


def _rows_for(judged: _Judged, rows: Mapping[UUID, tuple[MemberRow, ...]]) -> tuple[MemberRow, ...]:
    """The rows an edit changed; of a merged customer also those that say where she went."""
    landed, named = judged.record_id, judged.envelope.record_id
    return (*rows.get(landed, ()), *(rows.get(named, ()) if named != landed else ()))


def _outcome(judged: _Judged, rows: tuple[MemberRow, ...]) -> Outcome:
    judgement = judged.judgement
    return Outcome(
        seq=judged.envelope.seq,
        mutation_id=judged.envelope.mutation_id,
        status=judgement.status,
        code=judgement.code.value if judgement.code else None,
        detail=judgement.detail,
        rows=rows,
    )


def _not_passed(judged: Iterable[_Judged]) -> list[tuple[Envelope, Said, ErrorCode | None]]:
    return [
        (each.envelope, each.said, each.judgement.code)
        for each in judged
        if each.judgement.status in (OutcomeStatus.REFUSED, OutcomeStatus.PARKED)
        and each.judgement.code != ErrorCode.PERSON_ERASED  # nothing of her is kept
    ]


def _repeated(first: Judgement) -> Judgement:
    detail = first.detail | {"status": first.status.value}
    return Judgement(status=OutcomeStatus.DUPLICATE, code=first.code, detail=detail)


def _is_stale(mutation_id: UUID, now_ms: int) -> bool:
    return mutation_id.version == 7 and wall_ms_of(mutation_id) < now_ms - STALE_AFTER_MS


def _own_voice(principal: Principal) -> Speaking:
    if principal.device_id is not None:
        channel = Channel.STORE
    else:
        channel = {
            Role.CALL_CENTRE: Channel.CALL_CENTRE,
            Role.INTEGRATION: Channel.IMPORT,
            Role.SELLER: Channel.STORE,
            Role.STORE_MANAGER: Channel.STORE,
        }.get(principal.role, Channel.HEAD_OFFICE)
    return Speaking(channel=channel, author=str(principal.associate_id))


def _store_of(principal: Principal) -> str | None:
    """The store an associate speaks from: the tablet's, or his own when he has only one."""
    if principal.device_store is not None:
        return principal.device_store
    if principal.role in (Role.SELLER, Role.STORE_MANAGER) and principal.stores:
        return principal.stores[0]
    return None


async def _keep_receipts(connection: Connection, principal: Principal, fresh: Sequence[_Judged]) -> None:
    """Keep each verdict under its mutation's id: the same edit gets the same answer for ninety days."""
    await connection.execute(
        """
        insert into receipt (mutation_id, record_id, device_id, seq, status, code)
        select mid, record, $1, seq, status, code
        from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[])
          as each (mid, record, seq, status, code)
        """,
        principal.device_id,
        [each.envelope.mutation_id for each in fresh],
        [each.record_id for each in fresh],
        [each.envelope.seq for each in fresh],
        [each.judgement.status.value for each in fresh],
        [each.judgement.code.value if each.judgement.code else None for each in fresh],
    )


async def _refuse_unstorable(
    connection: Connection, given: _Given, envelope: Envelope, reason: ErrorCode
) -> Outcome:
    """Refuse an edit that was judged good and that the database cannot hold (NUL, an id taken)."""
    judgement = refused(reason, rule="cannot be stored")
    async with connection.transaction():
        batch = _Batch(connection, given, Policies(), installed())
        judged = _Judged(
            envelope=msgspec.structs.replace(envelope, op=envelope.op.replace("\x00", ""), args=b"null"),
            judgement=judgement,
            mutation=None,
            record_id=envelope.record_id,
            said=batch._said(envelope),
        )
        await _keep_receipts(connection, given.principal, [judged])
        await hold(connection, given.principal, _not_passed([judged]))
    return _outcome(judged, ())


async def _audit(connection: Connection, principal: Principal, changed: Sequence[CustomerState]) -> None:
    for action, states in (
        ("customer.created", [state for state in changed if state.is_new]),
        ("customer.edited", [state for state in changed if not state.is_new]),
    ):
        subjects: list[tuple[UUID | None, Mapping[str, Any]]] = [
            (state.customer_id, {"fields": sorted(state.changed)}) for state in states
        ]
        await chain.append_many(connection, principal, action, Kind.CUSTOMER.value, subjects)
