"""What head office does: edits, decisions, merges, erasures, another policy."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from schemas.ids import id_from
from schemas.mutations import Envelope, Mutation, encode_args, op_of
from schemas.record import Kind
from schemas.staff import Role
from schemas.visibility import Level, Policy, field_groups
from server.policy.in_force import as_it_acts
from server.problems import Refusal
from server.replication import publishing
from server.replication import push as pushing
from server.review import held_edits
from server.scope import pin_scope
from sync.reducer import paths_of
from tests.simulation.answers.membership import members, scope_keys, turn
from tests.simulation.capabilities import load_customers
from tests.simulation.memory import Transaction
from tests.simulation.staff import OFFICE

if TYPE_CHECKING:
    from tests.simulation.house import House
LONGEST_CHAIN = 8  # of people who became one


class HeadOffice:
    """Acts on customers, each time inside a transaction that the caller ends."""

    def __init__(self, house: "House") -> None:
        self._house = house

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
        connection: Any = self._house.connect(at)
        principal = self._house.principal(OFFICE, None)
        outcomes = self._house.run(
            pushing.submit(
                connection, principal, [envelope], now=self._house.now, policies=self._house.policies
            )
        )
        return str(outcomes[0].status)

    def decide_held(self, at: Transaction, code: str, mutation_id: UUID, *, stands: bool) -> str | None:
        """Let a held edit stand or go, as a manager may; return its verdict, None where he may not."""
        connection: Any = self._house.connect(at)
        principal = self._house.principal(code, None)
        try:
            held = self._house.run(
                held_edits.held_edit(connection, principal, self._house.lens(code), mutation_id)
            )
            if held.review != "open":
                return None
            if not stands:
                self._house.run(held_edits.dismiss(connection, principal, held))
                return "refused"
        except Refusal:
            return None
        seen = self.stamps_of(at, held.record_id)
        outcome = self._house.run(
            held_edits.apply(
                connection, principal, held, now=self._house.now, policies=self._house.policies, seen=seen
            )
        )
        return str(outcome.status)

    def stamps_of(self, at: Transaction, record_id: UUID) -> dict[str, int]:
        """Return the revision of every value of a customer, as the office sees it."""
        row = at.get("customer", record_id)
        return {path: stamp["rev"] for path, stamp in row["stamps"].items()} if row is not None else {}

    def erase(self, at: Transaction, record_id: UUID) -> list[UUID]:
        """Forget a person and everybody merged into her; return who they were (nobody if unknown)."""
        if at.get("customer", record_id) is None:
            return []
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
            turn(at, each, state=3)
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
        connection: Any = self._house.connect(at)
        at.put("customer", loser, {**losing, "alias_of": winner})
        keys = scope_keys(at)
        scopes = [
            keys[row["scope"]] for row in members(at) if row["record_id"] == loser and row["state"] == 1
        ]
        turn(at, loser, state=2, into=winner)
        self._house.run(
            publishing.move_members(
                connection, Kind.CUSTOMER, entering=[(key, winner) for key in scopes], leaving=[]
            )
        )
        self._house.run(publishing._touch(connection, [winner]))
        return True

    def unmerge(self, at: Transaction, loser: UUID) -> bool:
        """Make one customer two again; return whether she was."""
        losing = at.get("customer", loser)
        if losing is None or losing["alias_of"] is None:
            return False
        for each in sorted((loser, losing["alias_of"])):
            at.lock(each)
        connection: Any = self._house.connect(at)
        at.put("customer", loser, {**losing, "alias_of": None})
        state = self._house.run(load_customers(connection, [loser]))[loser]
        state.changed = set(state.values) | {path.partition("/")[0] for path in state.stamps}
        entering = [(key, loser) for key in state.scopes()]
        for key, row in list(at.rows("member")):
            if row["record_id"] == loser:
                at.put("member", key, {**row, "state": 0, "into_id": None, "rev": row["rev"] + 1})
        self._house.run(publishing.publish_customers(connection, [state], field_groups(self._house.policy)))
        self._house.run(publishing.move_members(connection, Kind.CUSTOMER, entering=entering, leaving=[]))
        turned = at.number()
        for key, row in list(at.rows("member")):
            if row["record_id"] == loser and row["state"] == 0:
                at.put("member", key, {**row, "xid": turned, "moved": turned})
        return True

    def unpin(self, at: Transaction, device: str) -> bool:
        """Let the customers go that were pinned to a tablet; return whether there were any."""
        key = pin_scope(self._house.devices[device].device_id)
        keys = scope_keys(at)
        pinned = [row["record_id"] for row in members(at) if keys[row["scope"]] == key and row["state"] == 1]
        for each in pinned:
            at.lock(each)
        connection: Any = self._house.connect(at)
        leaving = [(key, each) for each in sorted(pinned)]
        self._house.run(publishing.move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving))
        return bool(pinned)

    def publish_policy(self, at: Transaction, role: Role, fields: Sequence[str], level: Level) -> None:
        """Publish another policy: some fields of a role at another level. Every profile is cut anew."""
        made = self._changed(role, fields, level)
        connection: Any = self._house.connect(at)
        states = self._house.run(load_customers(connection, sorted(key for key, _ in at.rows("customer"))))
        cut = [state for state in states.values() if state.alias_of is None]
        for state in cut:
            state.changed = set(state.values) | {path.partition("/")[0] for path in state.stamps}
        self._house.run(publishing.publish_customers(connection, cut, field_groups(made)))
        keep_policy(at, made)
        self._take_up(made)

    def bring_into_force(self) -> None:
        """Carry out what the publication of a policy left to do: nothing here."""

    def _changed(self, role: Role, fields: Sequence[str], level: Level) -> Policy:
        levels = {each: dict(held) for each, held in self._house.policy.levels.items()}
        for field in fields:
            levels.setdefault(role.value, {})[field] = level
        return as_it_acts(Policy(version=self._house.policy.version + 1, levels=levels))

    def _take_up(self, made: Policy) -> None:
        self._house.policies._known[made.version] = made
        self._house.policy = made

    def _family(self, at: Transaction, record_id: UUID) -> list[UUID]:
        found = {record_id}
        while (row := at.get("customer", record_id)) is not None and row["alias_of"]:
            found.add(record_id := row["alias_of"])
        for _ in range(LONGEST_CHAIN):
            found |= {key for key, row in at.rows("customer") if row["alias_of"] in found}
        return sorted(found)


def keep_policy(at: Transaction, policy: Policy) -> None:
    """Put a policy in force."""
    document = msgspec.to_builtins(policy)
    key = id_from("policy", msgspec.json.encode(document).decode())
    at.put("policy", policy.version, {"key": key, "document": document})
