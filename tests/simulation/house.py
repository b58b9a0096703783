"""The house: stores, people, tablets, customers, and the server's own code over PostgreSQL in memory."""

from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import structlog

from schemas.ids import id_from
from schemas.loyalty import LoyaltyEntry
from schemas.mutations import (
    AdjustPoints,
    BookAppointment,
    CreateCustomer,
    Envelope,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
    RecordConsent,
    RecordPurchase,
    SendMessage,
    encode_args,
    op_of,
)
from schemas.protocol import CheckRequest, LookRequest, PullRequest, PushRequest, encode
from schemas.record import Kind, Struct
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens, Level, Policy, field_groups
from server.auth.principal import WIDER_ROLES, Principal
from server.loyalty.ledger import standing
from server.policy.in_force import Policies, lens_for
from server.problems import Refusal
from server.promises.ledger import list_promises
from server.purchases.facts import facts
from server.replication import checking, lives, publishing, tablet_pull, tablet_push
from server.replication import look as looking
from server.replication import push as pushing
from server.replication.workspace import CustomerState, Entry, install, installed
from server.review import held_edits
from server.scope import customer_scopes, pin_scope, tablet_scopes
from sync.reducer import paths_of
from tests.simulation.memory import Memory, Transaction
from tests.simulation.statements import Connection, members, scope_keys, turn

T = TypeVar("T")

BRAND = "maison"
STORES = ("lyon", "nice", "paris")
ZONES = {"south": ("lyon", "nice"), "north": ("paris",)}
START_MS = 1_790_000_000_000
LEASE_S = 14 * 86_400
TOKEN_KEY = bytes(32)
OFFICE = "henri"

CUSTOMERS = tuple(id_from("simulated-customer", str(number)) for number in range(8))


def _drop(*_event: Any) -> Any:
    raise structlog.DropEvent


@contextmanager
def in_memory() -> Iterator[None]:
    """Lend replication the capabilities of the simulation, and let its pages be small, inside the block."""
    lent, smallest = installed(), tablet_pull.SMALLEST_PAGE
    install(CAPABILITIES)
    tablet_pull.SMALLEST_PAGE = 1
    lives._lives.clear()
    checking.log, alarms = structlog.wrap_logger(None, processors=[_drop]), checking.log
    try:
        yield
    finally:
        install(lent)
        checking.log = alarms
        tablet_pull.SMALLEST_PAGE = smallest
        lives._lives.clear()


class Person(Struct, frozen=False):
    """Somebody of the house."""

    code: str
    role: Role
    stores: tuple[str, ...]
    epoch: int = 1

    @property
    def associate_id(self) -> UUID:
        return _associate_id(self.code)


@cache
def _associate_id(code: str) -> UUID:
    return id_from("simulated-associate", code)


class Device(Struct, frozen=False):
    """A tablet of a store."""

    device_id: UUID
    store: str
    epoch: int = 1


@lru_cache(maxsize=512)
def _principal(
    code: str,
    role: Role,
    stores: tuple[str, ...],
    device_id: UUID | None,
    device_store: str | None,
    epoch: str,
    policy_version: int,
) -> Principal:
    return Principal(
        associate_id=_associate_id(code),
        name=code,
        role=role,
        stores=stores,
        zone="south" if role is Role.ZONE_MANAGER else None,
        brand=BRAND,
        device_id=device_id,
        device_store=device_store,
        epoch=epoch,
        policy_version=policy_version,
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("the server waited for something that the memory does not have")


class House:
    """Everything on the server's side, and the decisions of head office."""

    def __init__(self, *, page_bytes: int = 1, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.page_bytes = page_bytes
        self.now_ms = START_MS
        self.people = {
            person.code: person
            for person in (
                Person(code="ines", role=Role.SELLER, stores=("lyon",)),
                Person(code="marie", role=Role.STORE_MANAGER, stores=("lyon",)),
                Person(code="noe", role=Role.SELLER, stores=("nice", "lyon")),
                Person(code="luc", role=Role.SELLER, stores=("lyon",)),
                Person(code=OFFICE, role=Role.INTEGRATION, stores=()),
            )
        }
        self.devices = {
            store: Device(device_id=id_from("simulated-device", store), store=store) for store in STORES
        }
        self.policy = DEFAULT_POLICY
        self.policies = Policies()
        self.policies._known[DEFAULT_POLICY.version] = DEFAULT_POLICY
        self._boots = 0
        self._kept: tuple[dict[str, dict[Any, Any]], int, list[int], int, int] | None = None
        self.system = 1
        if memory is None:
            self._open()
        else:
            self._boots = 1

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the server's own code to its end."""
        return run(work)

    def connect(self, at: Any) -> Any:
        """Return what the server takes for the connection of a transaction."""
        return Connection(at)

    @property
    def now(self) -> datetime:
        """The server's clock."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def principal(self, code: str, device: str | None) -> Principal:
        """Return who asks, as the database knows him now."""
        person, held = self.people[code], self.devices[device] if device is not None else None
        stores = person.stores
        if person.role is Role.ZONE_MANAGER:
            stores = ZONES["south"]
        elif person.role in WIDER_ROLES:
            stores = STORES
        return _principal(
            code,
            person.role,
            stores,
            held.device_id if held else None,
            held.store if held else None,
            f"{person.epoch}.{held.epoch if held else 0}.{self.policy.version}",
            self.policy.version,
        )

    def lens(self, code: str) -> Lens:
        """Return what somebody sees."""
        return lens_for(self.policy, self.principal(code, None))

    # What tablets ask

    def serve(self, code: str, device: str, path: str, body: bytes, at: Transaction) -> bytes:
        """Answer a tablet inside a transaction that the caller ends.

        Raises:
            Blocked: another transaction holds a row that this one needs.
            Refusal, OnStandby: as the routes of the server meet them.
        """
        connection: Any = self.connect(at)
        principal = self.principal(code, device)
        if path.endswith("/push"):
            pushed = msgspec.msgpack.decode(body, type=PushRequest)
            return encode(
                self.run(
                    tablet_push.push(
                        connection, principal, pushed, now=self.now, policies=self.policies, lease_s=LEASE_S
                    )
                )
            )
        if path.endswith("/pull"):
            pulled = msgspec.msgpack.decode(body, type=PullRequest)
            return encode(
                self.run(
                    tablet_pull.pull(
                        connection,
                        principal,
                        msgspec.structs.replace(pulled, max_bytes=self.page_bytes),
                        now=self.now,
                        policies=self.policies,
                        token_key=TOKEN_KEY,
                        lease_s=LEASE_S,
                    )
                )
            )
        if path.endswith("/check"):
            asked = msgspec.msgpack.decode(body, type=CheckRequest)
            return encode(
                self.run(
                    checking.check(
                        connection,
                        principal,
                        asked,
                        now=self.now,
                        policies=self.policies,
                        token_key=TOKEN_KEY,
                        lease_s=LEASE_S,
                    )
                )
            )
        looked = msgspec.msgpack.decode(body, type=LookRequest)
        return encode(
            self.run(
                looking.look(
                    connection,
                    principal,
                    looked,
                    now=self.now,
                    policies=self.policies,
                    find=_find_nobody,
                    lease_s=LEASE_S,
                )
            )
        )

    # What head office does: each inside a transaction that the caller ends

    def edit(self, at: Transaction, record_id: UUID, mutation: Mutation, mid: UUID) -> str:
        """Submit an edit of the office; return its verdict."""
        seen = self.stamps_of(at, record_id)
        envelope = Envelope(
            base={path: seen[path] for path in paths_of(mutation) if path in seen},
            seq=0,
            mutation_id=mid,
            record_id=record_id,
            op=op_of(mutation),
            args=encode_args(mutation),
            hlc=0,
        )
        connection: Any = self.connect(at)
        principal = self.principal(OFFICE, None)
        outcomes = self.run(
            pushing.submit(connection, principal, [envelope], now=self.now, policies=self.policies)
        )
        return str(outcomes[0].status)

    def decide_held(self, at: Transaction, code: str, mutation_id: UUID, *, stands: bool) -> str | None:
        """Let a held edit stand or go, as a manager may; return its verdict, None where he may not."""
        connection: Any = self.connect(at)
        principal = self.principal(code, None)
        try:
            held = self.run(held_edits.held_edit(connection, principal, self.lens(code), mutation_id))
            if held.review != "open":
                return None
            if not stands:
                self.run(held_edits.dismiss(connection, principal, held))
                return "refused"
        except Refusal:
            return None
        seen = self.stamps_of(at, held.record_id)
        outcome = self.run(
            held_edits.apply(connection, principal, held, now=self.now, policies=self.policies, seen=seen)
        )
        return str(outcome.status)

    def stamps_of(self, at: Transaction, record_id: UUID) -> dict[str, int]:
        """Return the revision of every value of a customer, as the office sees it."""
        row = at.get("customer", record_id)
        return {path: stamp["rev"] for path, stamp in row["stamps"].items()} if row is not None else {}

    def erase(self, at: Transaction, record_id: UUID) -> list[UUID]:
        """Forget a person, and everybody merged into her; return who they were."""
        connection = self.connect(at)
        gone = self._family(at, record_id)
        for each in gone:
            at.lock(each)
            at.delete("customer", each)
            for key, _ in list(at.rows("fragment")):
                if key[0] == each:
                    at.delete("fragment", key)
            for table in ("field_past", "held_edit", "conflict", "points", "consent", "touchpoint"):
                for key, row in list(at.rows(table)):
                    if row["record_id"] == each:
                        at.delete(table, key)
            turn(connection, each, state=3)
            at.put("erasure", each, {"xid": at.number()})
        return gone

    def merge(self, at: Transaction, loser: UUID, winner: UUID) -> bool:
        """Make two customers one; return whether they were two."""
        if loser == winner:
            return False
        for each in sorted((loser, winner)):
            at.lock(each)
        losing, winning = at.get("customer", loser), at.get("customer", winner)
        if losing is None or winning is None or losing["alias_of"] or winning["alias_of"]:
            return False
        connection: Any = self.connect(at)
        at.put("customer", loser, {**losing, "alias_of": winner})
        keys = scope_keys(at)
        scopes = [
            keys[row["scope"]] for row in members(at) if row["record_id"] == loser and row["state"] == 1
        ]
        turn(connection, loser, state=2, into=winner)
        self.run(
            publishing.move_members(
                connection, Kind.CUSTOMER, entering=[(key, winner) for key in scopes], leaving=[]
            )
        )
        self.run(publishing._touch(connection, [winner]))
        return True

    def unmerge(self, at: Transaction, loser: UUID) -> bool:
        """Make one customer two again; return whether she was."""
        losing = at.get("customer", loser)
        if losing is None or losing["alias_of"] is None:
            return False
        for each in sorted((loser, losing["alias_of"])):
            at.lock(each)
        connection: Any = self.connect(at)
        at.put("customer", loser, {**losing, "alias_of": None})
        state = self.run(load_customers(connection, [loser]))[loser]
        state.changed = set(state.values) | {path.partition("/")[0] for path in state.stamps}
        entering = [(key, loser) for key in state.scopes()]
        for key, row in list(at.rows("member")):
            if row["record_id"] == loser:
                at.put("member", key, {**row, "state": 0, "into_id": None, "rev": row["rev"] + 1})
        self.run(publishing.publish_customers(connection, [state], field_groups(self.policy)))
        self.run(publishing.move_members(connection, Kind.CUSTOMER, entering=entering, leaving=[]))
        turned = at.number()
        for key, row in list(at.rows("member")):
            if row["record_id"] == loser and row["state"] == 0:
                at.put("member", key, {**row, "xid": turned, "moved": turned})
        return True

    def unpin(self, at: Transaction, device: str) -> bool:
        """Let the customers go that were pinned to a tablet; return whether there were any."""
        key = pin_scope(self.devices[device].device_id)
        keys = scope_keys(at)
        pinned = [row["record_id"] for row in members(at) if keys[row["scope"]] == key and row["state"] == 1]
        for each in pinned:
            at.lock(each)
        connection: Any = self.connect(at)
        leaving = [(key, each) for each in sorted(pinned)]
        self.run(publishing.move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving))
        return bool(pinned)

    def publish_policy(self, at: Transaction, role: Role, fields: Sequence[str], level: Level) -> None:
        """Publish another policy: some fields of a role at another level. Every profile is cut anew."""
        levels = {each: dict(held) for each, held in self.policy.levels.items()}
        for field in fields:
            levels.setdefault(role.value, {})[field] = level
        made = Policy(version=self.policy.version + 1, levels=levels)
        connection: Any = self.connect(at)
        states = self.run(load_customers(connection, sorted(key for key, _ in at.rows("customer"))))
        cut = [state for state in states.values() if state.alias_of is None]
        for state in cut:
            state.changed = set(state.values) | {path.partition("/")[0] for path in state.stamps}
        self.run(publishing.publish_customers(connection, cut, field_groups(made)))
        _keep_policy(at, made)
        self.policies._known[made.version] = made
        self.policy = made

    def backup(self) -> None:
        """Keep what is committed, as a base backup does."""
        tables = {name: dict(rows) for name, rows in self.memory.tables.items()}
        memory = self.memory
        self._kept = (tables, memory.next_xid, list(memory.committed), memory.lsn, memory.gc_floor)

    def restore(self) -> bool:
        """Put the backup back: what was committed since is lost. Return whether there was one."""
        if self._kept is None:
            return False
        self.memory.crash()
        tables, self.memory.next_xid, committed, self.memory.lsn, self.memory.gc_floor = self._kept
        self.memory.undo = []
        self.memory.tables = {name: dict(rows) for name, rows in tables.items()}
        self.memory.committed = list(committed)
        self._kept = None
        self._new_boot()
        return True

    def fail_over(self, lost: int) -> None:
        """Promote a standby that lacks the latest commits."""
        self.memory.lose(lost)
        self._new_boot()

    def sweep(self) -> int:
        """Delete the departures that everybody has seen who may still go on; return how many."""
        at = self.memory.begin()
        self.memory.gc_floor = floor = max(self.memory.gc_floor, int(self.memory.snapshot().split(":")[0]))
        gone = [key for key, row in at.rows("member") if row["state"] in (0, 3) and row["xid"] < floor]
        told = [key for key, row in at.rows("late_verdict") if row["xid"] < floor]
        for table, keys in (("member", gone), ("late_verdict", told)):
            for key in keys:
                at.delete(table, key)
        at.commit()
        return len(gone)

    def crash(self) -> None:
        """Kill PostgreSQL and start it again: what is not committed is lost, another boot begins."""
        self.memory.crash()
        self._new_boot()

    def restore_elsewhere(self) -> None:
        """Dump and reload into another cluster: the same rows, other transaction numbers."""
        self.memory.crash()
        self.memory.next_xid = 10
        self.memory.committed, self.memory.undo, self.memory.gc_floor = [], [], 0
        at = self.memory.begin()
        for table in ("member", "fragment", "erasure"):
            for key, row in list(at.rows(table)):
                fresh = {name: at.number() for name in ("xid", "moved") if name in row}
                at.put(table, key, {**row, **fresh})
        at.commit()
        self.system += 1
        self._new_boot()

    # What a replica must hold once it is quiet

    def expected(self, code: str, device: str) -> set[tuple[UUID, str, int]]:
        """Return record, group and revision of every fragment that a person's replica should hold."""
        at = self.memory.begin()
        principal = self.principal(code, device)
        keys = scope_keys(at)
        scopes, groups = set(tablet_scopes(principal)), lens_for(self.policy, principal).groups
        inside = {
            row["record_id"] for row in members(at) if row["state"] == 1 and keys[row["scope"]] in scopes
        }
        found = {
            (record_id, group, row["rev"])
            for (record_id, group), row in at.rows("fragment")
            if record_id in inside and group in groups
        }
        at.rollback()
        return found

    def expected_members(self, code: str, device: str) -> set[tuple[UUID, str]]:
        """Return who should be in which scope of a person's replica."""
        at = self.memory.begin()
        keys, scopes = scope_keys(at), set(tablet_scopes(self.principal(code, device)))
        found = {
            (row["record_id"], keys[row["scope"]])
            for row in members(at)
            if row["state"] == 1 and keys[row["scope"]] in scopes
        }
        at.rollback()
        return found

    def reach(self, code: str) -> set[str]:
        """Return the scopes whose customers somebody may edit."""
        return set(customer_scopes(self.principal(code, None)))

    def _family(self, at: Transaction, record_id: UUID) -> list[UUID]:
        found = {record_id}
        while (row := at.get("customer", record_id)) is not None and row["alias_of"]:
            found.add(record_id := row["alias_of"])
        for _ in CUSTOMERS:
            found |= {key for key, row in at.rows("customer") if row["alias_of"] in found}
        return sorted(found)

    def _open(self) -> None:
        at = self.memory.begin()
        connection: Any = self.connect(at)
        self.run(publishing.scope_ids(connection, _all_scopes(self)))
        _keep_policy(at, self.policy)
        at.commit()
        self._new_boot()

    def _new_boot(self) -> None:
        at = self.memory.begin()
        self._boots += 1
        boot = id_from("simulated-boot", str(self.system), str(self._boots))
        floor = int(self.memory.snapshot().split(":")[0])
        start_lsn = self.memory.lsn
        life = {"floor": floor, "place": self._boots, "system": self.system, "start_lsn": start_lsn}
        at.put("boot", boot, life)
        at.put("boot_marker", 1, boot)
        at.commit()
        self.memory.undo = []


def _keep_policy(at: Transaction, policy: Policy) -> None:
    document = msgspec.to_builtins(policy)
    key = id_from("policy", msgspec.json.encode(document).decode())
    at.put("policy", policy.version, {"key": key, "document": document})


def _all_scopes(house: House) -> list[str]:
    keys = ["catalog", "directory", f"brand:{BRAND}", *(f"store:{store}" for store in STORES)]
    keys += [f"own:{person.associate_id}" for person in house.people.values()]
    keys += [pin_scope(device.device_id) for device in house.devices.values()]
    return keys


async def _find_nobody(*_arguments: Any) -> list[Any]:
    return []


# What the capabilities of the server lend to replication, in memory


async def load_customers(connection: Any, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Return customers by id and hold their rows."""
    at: Transaction = connection.at
    states: dict[UUID, CustomerState] = {}
    for customer_id in sorted(customer_ids):
        row = at.get("customer", customer_id)
        if row is None:
            continue
        at.lock(customer_id)
        state = CustomerState(
            customer_id=customer_id,
            brand=row["brand"],
            values=dict(row["values"]),
            stamps=dict(row["stamps"]),
            alias_of=row["alias_of"],
        )
        state.scopes_before = frozenset() if state.alias_of else state.scopes()
        states[customer_id] = state
    return states


async def save_customers(connection: Any, states: Sequence[CustomerState]) -> None:
    """Write customers."""
    at: Transaction = connection.at
    for state in states:
        row = {
            "brand": state.brand,
            "values": dict(state.values),
            "stamps": dict(state.stamps),
            "alias_of": state.alias_of,
        }
        at.put("customer", state.customer_id, row)


async def _adjust(connection: Any, entries: Sequence[Entry], now_ms: int) -> None:
    at: Transaction = connection.at
    for entry in entries:
        assert isinstance(entry.mutation, AdjustPoints) and entry.state is not None
        line = LoyaltyEntry(
            entry_id=entry.said.mid,
            at=entry.said.hlc >> 16,
            points=entry.mutation.points,
            reason="adjustment",
        )
        record_id = entry.state.customer_id
        at.put("points", line.entry_id, {"record_id": record_id, "line": line})
        lines = [row["line"] for _, row in at.rows("points") if row["record_id"] == record_id]
        entry.state.derive({"loyalty": standing(lines, now_ms=now_ms)})


async def _consent(connection: Any, entries: Sequence[Entry], _now_ms: int) -> None:
    for entry in entries:
        assert entry.state is not None
        row = {"record_id": entry.state.customer_id, "args": entry.mutation}
        connection.at.put("consent", entry.said.mid, row)


async def _touchpoint(connection: Any, entries: Sequence[Entry], _now_ms: int) -> None:
    for entry in entries:
        assert isinstance(entry.mutation, LogTouchpoint) and entry.state is not None
        row = {"record_id": entry.state.customer_id, "args": entry.mutation}
        connection.at.put("touchpoint", entry.mutation.touchpoint.touchpoint_id, row)


async def _redraw(_connection: Any, _states: Sequence[CustomerState], _now_ms: int) -> None:
    return None


async def _purchase(connection: Any, entries: Sequence[Entry], now_ms: int) -> None:
    at: Transaction = connection.at
    for entry in entries:
        assert isinstance(entry.mutation, RecordPurchase)
        purchase = entry.mutation.purchase
        if entry.state is None:
            continue
        record_id = entry.state.customer_id
        at.put("purchase", (purchase.source, purchase.reference), {"record_id": record_id, "line": purchase})
        ledger = [row["line"] for _, row in at.rows("purchase") if row["record_id"] == record_id]
        entry.state.derive(facts(ledger, now_ms=now_ms))


async def _nothing(_connection: Any, _entries: Sequence[Entry], _now_ms: int) -> None:
    return None


PROMISES = (MakeTask, MoveTask, BookAppointment, MoveAppointment, OpenCase, MoveCase)
CAPABILITIES = msgspec.structs.replace(  # what is not named here stays the server's own
    installed(),
    load_customers=load_customers,
    save_customers=save_customers,
    ledgers={
        **installed().ledgers,
        AdjustPoints: _adjust,
        **dict.fromkeys(PROMISES, list_promises),
        CreateCustomer: _nothing,
        LogTouchpoint: _touchpoint,
        RecordConsent: _consent,
        RecordPurchase: _purchase,
        SendMessage: _nothing,
    },
    redraw=_redraw,
)
