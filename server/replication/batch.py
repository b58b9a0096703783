"""Edits judged together, each against what those before it left; nothing is written here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.ids import NOBODY, record_id_of, wall_ms_of
from schemas.loyalty import holder_of
from schemas.mutations import (
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    Envelope,
    HoldPoints,
    MalformedMutation,
    Mutation,
    PutProduct,
    RecordPurchase,
    ResolveConflict,
    RevealValue,
    UnknownOperation,
    WriteNote,
    decode_mutation,
)
from schemas.problem import ErrorCode
from schemas.product import stock_record
from schemas.protocol import OutcomeStatus
from schemas.record import Kind, Said, Struct
from schemas.staff import Role, absence_record
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.replication.absences import barred_from_declaring
from server.replication.aliases import revision_at_survivor
from server.replication.conflicts import Conflict, base_of, conflict_of, told
from server.replication.deciding import contested_again, decide
from server.replication.given import Given, placed, store_of
from server.replication.judging import Judgement, frozen, judge_edit, refused, right_to
from server.replication.known import Known
from server.replication.workspace import Capabilities, CustomerState, Entry
from sync.reducer import paths_of

STALE_AFTER_MS = (
    90 * 86_400_000
)  # receipts are kept this long: an older edit cannot be told from a repeated one


class Judged(Struct):
    """An edit and what becomes of it."""

    envelope: Envelope
    judgement: Judgement
    mutation: Mutation | None
    record_id: UUID  # where it landed
    said: Said
    repeated: bool = False  # answered before: nothing is written again


class Batch:
    """Edits submitted together, and what judging them leaves to be written."""

    def __init__(
        self,
        connection: Connection,
        given: Given,
        policies: Policies,
        capabilities: Capabilities,
        known: Known,
    ) -> None:
        self.connection = connection
        self.given = given
        self.policies = policies
        self.capabilities = capabilities
        self.known = known
        self.entries: dict[type[Any], list[Entry]] = {}
        self.conflicts: dict[UUID, Conflict] = {}  # opened or decided by this batch
        self.lifted: set[bytes] = set()  # fingerprints of those who asked to be known again
        self.judged: list[Judged] = []

    async def judge(self, envelopes: Sequence[Envelope]) -> None:
        """Judge edits in order."""
        answered: dict[UUID, Judged] = {}
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

    def touched(self) -> list[CustomerState]:
        """Return the customers that are not what they were, in the order of their ids."""
        touched = [state for state in self.known.states.values() if state.changed or state.is_new]
        return sorted(touched, key=lambda state: state.customer_id)

    async def _judge(self, envelope: Envelope) -> Judged:
        said = self.given.said(envelope)
        if (receipt := self.known.receipts.get(envelope.mutation_id)) is not None:
            conflict = self.known.contested.get(envelope.mutation_id)
            if conflict is None and receipt["status"] == OutcomeStatus.CONFLICT.value:
                conflict = await contested_again(
                    self.connection, envelope, given=self.given, conflicts=self.conflicts
                )
            first = Judgement(
                status=OutcomeStatus(receipt["status"]),
                code=ErrorCode(receipt["code"]) if receipt["code"] else None,
                detail=told(conflict, self.given.lens) if conflict else {},
            )
            return Judged(
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
            if isinstance(mutation, WriteNote):
                mutation, said = placed(mutation, said, self.given.lens)
            judgement, record_id = await self._judge_mutation(envelope, mutation, said)
        except UnknownOperation:
            judgement = Judgement(status=OutcomeStatus.PARKED, code=ErrorCode.UNKNOWN_OP)
        except MalformedMutation as error:
            judgement = refused(ErrorCode.MALFORMED, rule=str(error))
        return Judged(
            envelope=envelope, judgement=judgement, mutation=mutation, record_id=record_id, said=said
        )

    async def _judge_mutation(
        self, envelope: Envelope, mutation: Mutation, said: Said
    ) -> tuple[Judgement, UUID]:
        record_id = envelope.record_id
        if isinstance(mutation, RevealValue):
            if mutation.field not in FIELDS:
                return refused(ErrorCode.FIELD_INVALID, field="field", rule="no such field"), record_id
            # It happened: whatever became of her and of his rights since, it is written down.
            self._enter(None, mutation, said, about=record_id)
            return Judgement(status=OutcomeStatus.APPLIED), record_id
        if record_id in self.known.erased:
            if isinstance(mutation, RecordPurchase) and self.given.principal.role == Role.INTEGRATION:
                self._enter(None, mutation, said)  # the books need the sale, and not whose it was
                return Judgement(status=OutcomeStatus.APPLIED), NOBODY
            return Judgement(status=OutcomeStatus.ERASED), record_id
        if (prints := self.known.recognised.get(envelope.mutation_id)) is not None:
            assert isinstance(mutation, CreateCustomer)
            if not mutation.returning or self.given.principal.role == Role.INTEGRATION:
                self.known.erased.add(record_id)
                return refused(ErrorCode.PERSON_ERASED), record_id
            self.lifted |= prints
        if envelope.seq and _is_stale(envelope.mutation_id, self.given.now_ms):
            return Judgement(status=OutcomeStatus.PARKED, code=ErrorCode.STALE), record_id
        then = None
        if envelope.policy_version not in (0, self.given.policy.version):
            then = await self.policies.version(self.connection, envelope.policy_version)
        if isinstance(mutation, ResolveConflict):
            return await decide(
                self.connection,
                mutation,
                record_id,
                given=self.given,
                known=self.known,
                conflicts=self.conflicts,
                load_customers=self.capabilities.load_customers,
                said=said,
                then=then,
            )
        if (denied := right_to(mutation, self.given.lens, then)) is not None:
            if denied.code is ErrorCode.FIELD_NOT_ALLOWED and envelope.seq:
                role_then = await self._role_at(said)
                if role_then is not None:
                    denied = right_to(mutation, self.given.lens, then or self.given.policy, role_then)
                    assert denied is not None  # only the reason may differ
            return denied, record_id
        if isinstance(mutation, DeclareAbsence):
            barred = await barred_from_declaring(self.connection, mutation.absence, self.given.principal)
            if barred is not None:
                return barred, record_id
        if isinstance(mutation, PutProduct | CountStock | DeclareAbsence):
            if record_id != _public_record(mutation):
                return refused(ErrorCode.FIELD_INVALID, rule="not the record's own"), record_id
            self._enter(None, mutation, said)
            return Judgement(status=OutcomeStatus.APPLIED), record_id
        if record_id == NOBODY:
            if not isinstance(mutation, RecordPurchase):
                return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
            self._enter(None, mutation, said)
            return Judgement(status=OutcomeStatus.APPLIED), record_id
        state = self.known.states.get(record_id)
        if isinstance(mutation, CreateCustomer):
            if state is not None:
                return refused(ErrorCode.ALREADY_EXISTS), record_id
            state = self._new_customer(record_id, mutation)
        survivor = self.known.survivor(state)
        if survivor is None or (survivor.customer_id not in self.known.reach and not survivor.is_new):
            return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
        if (barred := frozen(survivor.values, mutation, by_right=self.given.speaking.by_right)) is not None:
            return barred, survivor.customer_id
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
                base=await base_of(self.connection, survivor.customer_id, judgement.contest),
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
                self.known.states.setdefault(survivor.customer_id, survivor)
            if judgement.values or judgement.stamped:
                survivor.put(judgement.values, judgement.stamped, said)
            survivor.put_part(record_id, mutation, said)
            self._enter(survivor, _granted(survivor, mutation, said), said)
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

    def _base_at_survivor(self, envelope: Envelope, mutation: Mutation) -> dict[str, int]:
        trail = self.known.trails.get(envelope.record_id, ())
        return {
            path: revision_at_survivor(trail, path, envelope.base.get(path, 0)) for path in paths_of(mutation)
        }

    def _new_customer(self, record_id: UUID, mutation: CreateCustomer) -> CustomerState:
        principal = self.given.principal
        state = CustomerState(customer_id=record_id, brand=principal.brand, is_new=True)
        store = store_of(principal)
        if store is not None and "home_store" not in mutation.values:
            state.derive({"home_store": store})
        return state

    def _enter(
        self, state: CustomerState | None, mutation: Mutation, said: Said, *, about: UUID | None = None
    ) -> None:
        if type(mutation) in self.capabilities.ledgers:
            entry = Entry(
                state=state, mutation=mutation, said=said, record_id=about, sent_by=self.given.principal
            )
            self.entries.setdefault(type(mutation), []).append(entry)


def _granted(state: CustomerState, mutation: Mutation, said: Said) -> Mutation:
    """Return what the ledger keeps of an edit: of points to be set aside, as many as there were."""
    if not isinstance(mutation, HoldPoints):
        return mutation
    held = (state.values.get("loyalty") or {}).get("held") or {}
    aside = held.get(holder_of(said.device, said.author)) or {"points": 0}
    return HoldPoints(points=aside["points"])


def _public_record(mutation: PutProduct | CountStock | DeclareAbsence) -> UUID:
    """Return the record that an edit of no customer is about."""
    if isinstance(mutation, DeclareAbsence):
        return absence_record(mutation.absence.absence_id)
    if isinstance(mutation, CountStock):
        return stock_record(mutation.stock.store, mutation.stock.sku)
    return record_id_of(Kind.PRODUCT.value, mutation.product.sku)


def _repeated(first: Judgement) -> Judgement:
    detail = first.detail | {"status": first.status.value}
    return Judgement(status=OutcomeStatus.DUPLICATE, code=first.code, detail=detail)


def _is_stale(mutation_id: UUID, now_ms: int) -> bool:
    return mutation_id.version == 7 and wall_ms_of(mutation_id) < now_ms - STALE_AFTER_MS
