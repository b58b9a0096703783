"""The statements of replication, carried out in memory: a connection that the server's own code talks to.

Each statement is known by its words. A statement that nobody knows answers with nothing and is named in
``Connection.unknown``: a test asks that it stays empty.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.simulation.answers import (
    fragments,
    lives,
    membership,
    page,
    policy,
    sums,
    tablets,
    verdicts,
)
from tests.simulation.memory import Transaction

Answer = Callable[[Transaction, str, tuple[Any, ...]], Any]

UNKNOWN: set[str] = set()  # beginnings of statements that nothing here knows


class Connection:
    """What the server takes for its connection: one transaction of the memory."""

    def __init__(self, transaction: Transaction, unknown: set[str] = UNKNOWN) -> None:
        self.at = transaction
        self.unknown = unknown

    @asynccontextmanager
    async def transaction(self, **_options: Any) -> Any:
        """A savepoint: the transaction itself is opened and ended by the simulation."""
        point = self.at.savepoint()
        try:
            yield
        except BaseException:
            self.at.rollback_to(point)
            raise

    async def fetch(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """Return rows."""
        return list(self._answer(statement, arguments) or ())

    async def fetchrow(self, statement: str, *arguments: Any) -> dict[str, Any] | None:
        """Return the first row."""
        return next(iter(self._answer(statement, arguments) or ()), None)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """Return the first value of the first row."""
        row = next(iter(self._answer(statement, arguments) or ()), None)
        return next(iter(row.values())) if row else None

    async def execute(self, statement: str, *arguments: Any) -> str:
        """Carry out."""
        self._answer(statement, arguments)
        return ""

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out for each."""
        for row in rows:
            self._answer(statement, tuple(row))

    def _answer(self, statement: str, arguments: tuple[Any, ...]) -> Any:
        found = _FOUND.get(statement)
        if found is None:
            words = " ".join(statement.split())
            found = next((answer for beginning, answer in _KNOWN if beginning in words), _nothing)
            if found is _nothing:
                self.unknown.add(words[:100])
            _FOUND[statement] = found
        return found(self.at, statement, arguments)


_FOUND: dict[str, Answer] = {}


def _nothing(_at: Transaction, _statement: str, _arguments: tuple[Any, ...]) -> None:
    return None


def _ignored(_at: Transaction, _s: str, _a: tuple[Any, ...]) -> None:
    return None


def _may_be_away(_at: Transaction, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Everybody of this house works where everybody else does."""
    return [{"known": True, "within": True, "fits": True, "taken": False}]


def _keep_absence(_at: Transaction, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"stores": ["lyon"]}]


_KNOWN: tuple[tuple[str, Answer], ...] = (
    ("select 'receipt' as what", verdicts.known),  # asks for the policies too
    ("select role from associate_past", lambda *_: []),
    ("select key from policy", policy.policy_keys),
    ("select document from policy where key", policy.policy_document),
    ("with p as (", page.page),
    ("select record_id from unsettled order by", sums.unsettled),
    ("as sum from held group by 1", sums.sums),
    ("select record_id, grp, rev from held where", sums.listed),
    ("insert into divergence", _ignored),
    ("select a.id is not null as known", _may_be_away),
    ("with kept as ( insert into absence", _keep_absence),
    ("insert into promise", _ignored),
    ("insert into extraction_person", _ignored),  # nobody reads so much here
    ("from held_edit h where h.mutation_id = $1", verdicts.held_named),
    ("update held_edit set review", verdicts.reviewed),
    ("select key, id from scope", membership.scope_ids),
    ("insert into scope (key)", membership.new_scopes),
    ("select distinct m.record_id from member m join scope s", membership.reachable),
    ("insert into member (scope, record_id, kind, state)", membership.enter),
    ("update member m set state = 0", membership.leave),
    ("update member set xid = pg_current_xact_id() where record_id = any", membership.touch),
    ("insert into fragment (record_id, grp, body, recent)", fragments.write_fragments),
    ("update fragment f set rev", fragments.empty_fragments),
    ("select s.key, m.record_id, m.kind, m.state, m.rev", membership.rows_members),
    ("select record_id, grp, rev, body from fragment", fragments.rows_fragments),
    ("select name_life()", lives.boot),
    ("from boot mine join boot later", lives.floor),
    ("with kept as ( insert into receipt (", verdicts.keep_verdicts),
    ("update receipt set incarnation", verdicts.bind_receipts),
    ("select exists (select 1 from receipt where mutation_id = $1", verdicts.was_judged),
    ("insert into device_incarnation", tablets.note_seen),
    ("select watermark, fence, name_life() as life, array(", tablets.lock_standing),
    ("update device_incarnation set watermark = greatest(", tablets.move_on),
    ("update device_incarnation set watermark", tablets.move_standing),
    ("select exists (select 1 from device_incarnation", tablets.forgot_pushes),
    ("with told as ( update receipt set status", verdicts.tell_later),
    ("from conflict where id = $1", verdicts.conflict_named),
    ("from conflict where mutation_id = any($1)", verdicts.conflicts_about),
    ("update conflict set theirs", verdicts.decided),
    ("insert into erasure_ack", tablets.acknowledge),
    ("select e.record_id from erasure e join device d", tablets.to_forget),
    ("select exists (select from erasure_fingerprint)", _ignored),
    ("insert into conflict", verdicts.conflict),
    ("select value from field_past where record_id = $1", verdicts.value_of_a_revision),
    ("insert into held_edit", verdicts.hold),
    ("insert into audit_event", _ignored),
    ("insert into product (", _ignored),
    ("insert into pin (", _ignored),
    ("delete from pin where scope = $1", _ignored),  # nobody pins so many here
    ("with recursive up as ( select loser as said_under", _ignored),
    (" t set via = said.under", _ignored),
    ("select c.id from customer c", membership.of_the_brand),
    ("order by m.moved desc offset $3", membership.pinned_longest),
)
