"""What edits are judged against: their customers, locked, and what was answered and forgotten before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schemas.ids import NOBODY
from schemas.mutations import CreateCustomer, Envelope
from schemas.problem import ErrorCode
from schemas.protocol import OutcomeStatus
from schemas.visibility import FieldGroup
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import KEYS_TO_WRITE, groups_of_keys
from server.replication.aliases import Trail, trails_of
from server.replication.conflicts import Conflict, conflicts_about
from server.replication.workspace import Capabilities, CustomerState
from server.scope import customer_scopes

LONGEST_ALIAS_CHAIN = 16

_CREATE = str(CreateCustomer.__struct_config__.tag)

# Asked when the customers are locked, in a statement of its own: it must see what those it waited for wrote.
_REST = f"""
select 'receipt' as what, mutation_id as id, record_id, status, code from receipt
where mutation_id = any($1)
union all
select 'erased', record_id, null, null, null from erasure where record_id = any($2)
union all
select distinct 'reach', m.record_id, null::uuid, null, null from member m join scope s on s.id = m.scope
where m.record_id = any($3) and m.state = 1 and s.key = any($4)
union all
select 'group', key, null, null, null from ({KEYS_TO_WRITE}) written
"""  # noqa: S608 (both parts are ours)


@dataclass(slots=True)
class Known:
    """All that was looked up for a batch of edits. ``states`` change as edits pass."""

    states: dict[UUID, CustomerState] = field(default_factory=dict)
    receipts: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)  # by the edit, answered before
    contested: dict[UUID, Conflict] = field(default_factory=dict)  # likewise
    erased: set[UUID] = field(default_factory=set)
    reach: set[UUID] = field(default_factory=set)
    recognised: dict[UUID, set[bytes]] = field(default_factory=dict)  # creations of people who were erased
    trails: dict[UUID, Trail] = field(
        default_factory=dict
    )  # of merged ids: how a revision reads at the survivor
    groups: tuple[FieldGroup, ...] | None = None  # to cut customers into; None: ask when they are written

    def survivor(self, state: CustomerState | None) -> CustomerState | None:
        """Return who a customer is today, however often she was merged."""
        for _ in range(LONGEST_ALIAS_CHAIN):
            if state is None or state.alias_of is None:
                return state
            state = self.states.get(state.alias_of)
        return None


async def look_up(
    connection: Connection, principal: Principal, envelopes: Sequence[Envelope], capabilities: Capabilities
) -> Known:
    """Lock the customers that edits name, in the order of their ids, and return what is known of them."""
    known = Known()
    wanted = {each.record_id for each in envelopes} - {NOBODY}
    for _ in range(LONGEST_ALIAS_CHAIN):
        if not wanted:
            break
        known.states |= await capabilities.load_customers(connection, sorted(wanted))
        aliases = {state.alias_of for state in known.states.values() if state.alias_of}
        wanted = {alias for alias in aliases if alias not in known.states}
    await _ask_the_rest(connection, principal, envelopes, known)
    contested = [
        mutation_id
        for mutation_id, row in known.receipts.items()
        if row["status"] == OutcomeStatus.CONFLICT.value
    ]
    if contested:
        known.contested = await conflicts_about(connection, contested)
    creations = [(each.mutation_id, each.args) for each in envelopes if each.op == _CREATE]
    if creations:
        known.recognised = await capabilities.recognised(connection, creations)
    merged = [state.customer_id for state in known.states.values() if state.alias_of]
    known.trails = await trails_of(connection, merged) if merged else {}
    return known


async def _ask_the_rest(
    connection: Connection, principal: Principal, envelopes: Sequence[Envelope], known: Known
) -> None:
    rows = await connection.fetch(
        _REST,
        [each.mutation_id for each in envelopes],
        [each.record_id for each in envelopes],
        list(known.states),
        list(customer_scopes(principal)),
    )
    keys: list[UUID] = []
    for row in rows:
        match row["what"]:
            case "receipt":
                known.receipts[row["id"]] = dict(row)
                if row["code"] == ErrorCode.PERSON_ERASED.value:
                    known.erased.add(row["record_id"])
            case "erased":
                known.erased.add(row["id"])
            case "reach":
                known.reach.add(row["id"])
            case _:
                keys.append(row["id"])
    if known.states:  # a lock on a row numbers this transaction: whoever prepares a policy waits for it
        known.groups = await groups_of_keys(connection, keys)
