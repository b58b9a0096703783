"""Conflicts: two people said different things about a guarded value, and a person has to decide.

Both values are kept until then. What the decision sets is an edit like any other; the value that gives way
goes to the field's history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.ids import conflict_id_of
from schemas.protocol import OutcomeStatus
from schemas.record import Kind, Said, Stamp
from schemas.staff import Role
from schemas.visibility import Lens, project
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.judging import Contest
from server.replication.late_verdicts import tell_later

DECIDERS = (Role.STORE_MANAGER, Role.ZONE_MANAGER)  # besides the author, where the store is theirs

COLUMNS = """
id, record_id, field, mine, mine_stamp, theirs, theirs_stamp, base, mutation_id, owner, store, state, keep,
via"""


@dataclass(slots=True)
class Conflict:
    """One conflict while a batch is judged: its fields as they will be."""

    conflict_id: UUID
    record_id: UUID
    field: str
    mine: Any
    mine_stamp: Stamp | None
    theirs: Any
    theirs_stamp: Stamp | None
    base: Any  # what the author had in front of him, if it is still known
    mutation_id: UUID  # the author's edit
    owner: UUID
    store: str | None
    state: str = "open"  # open, decided
    keep: str | None = None  # mine, theirs
    via: UUID | None = None  # the id it was said under, when another of hers
    changed: bool = False

    def may_be_decided_by(self, principal: Principal) -> bool:
        """Whether this person may decide: its author, or a manager of the store where it was said."""
        if principal.associate_id == self.owner:
            return True
        return principal.role in DECIDERS and self.store is not None and self.store in principal.stores

    def decide(self, keep: str) -> None:
        """Take the decision."""
        self.state, self.keep, self.changed = "decided", keep, True

    def face(self, contest: Contest) -> None:
        """Stay open against another value than before: somebody changed it since the author looked."""
        self.theirs, self.theirs_stamp, self.changed = contest.theirs, contest.theirs_stamp, True


def told(conflict: Conflict, lens: Lens) -> dict[str, str]:
    """Return what somebody needs to decide a conflict, as his lens shows it. Values are JSON.

    ``base`` is left out where the author had nothing in front of him, or nobody knows any more what.
    """
    detail = {"conflict_id": str(conflict.conflict_id), "field": conflict.field}
    shown = {
        name: project({conflict.field: value}, lens).get(conflict.field, msgspec.UNSET)
        for name, value in (("mine", conflict.mine), ("theirs", conflict.theirs), ("base", conflict.base))
        if name != "base" or value is not None
    }
    if shown["theirs"] is msgspec.UNSET:
        return detail
    detail |= {name: msgspec.json.encode(value).decode() for name, value in shown.items()}
    if (stamp := conflict.theirs_stamp) is not None:
        detail |= {"by": stamp.author, "at": str(stamp.at), "channel": stamp.channel.value}
    return detail


def conflict_of(
    contest: Contest, *, base: Any, record_id: UUID, mutation_id: UUID, said: Said, principal: Principal
) -> Conflict:
    """Return the conflict that an edit just opened."""
    return Conflict(
        conflict_id=conflict_id_of(mutation_id),
        record_id=record_id,
        field=contest.path,
        mine=contest.mine,
        mine_stamp=said.stamp(None),
        theirs=contest.theirs,
        theirs_stamp=contest.theirs_stamp,
        base=base,
        mutation_id=mutation_id,
        owner=principal.associate_id,
        store=said.store,
    )


async def conflict_named(connection: Connection, conflict_id: UUID) -> Conflict | None:
    """Return a conflict, held until the transaction ends; None when there is none of this id."""
    row = await connection.fetchrow(
        f"select {COLUMNS} from conflict where id = $1 for update",  # noqa: S608 (columns are ours)
        conflict_id,
    )
    return conflict_from(row) if row else None


async def conflicts_about(connection: Connection, mutation_ids: Sequence[UUID]) -> dict[UUID, Conflict]:
    """Return the conflicts that these edits opened, by the edit."""
    rows = await connection.fetch(
        f"select {COLUMNS} from conflict where mutation_id = any($1)",  # noqa: S608 (columns are ours)
        list(mutation_ids),
    )
    return {row["mutation_id"]: conflict_from(row) for row in rows}


def conflict_from(row: asyncpg.Record) -> Conflict:
    """Return the conflict of a row."""
    return Conflict(
        conflict_id=row["id"],
        record_id=row["record_id"],
        field=row["field"],
        mine=row["mine"],
        mine_stamp=msgspec.convert(row["mine_stamp"], Stamp) if row["mine_stamp"] else None,
        theirs=row["theirs"],
        theirs_stamp=msgspec.convert(row["theirs_stamp"], Stamp) if row["theirs_stamp"] else None,
        base=row["base"],
        mutation_id=row["mutation_id"],
        owner=row["owner"],
        store=row["store"],
        state=row["state"],
        keep=row["keep"],
        via=row["via"],
    )


async def base_of(connection: Connection, record_id: UUID, contest: Contest) -> Any:
    """Return the value that the author of a contested edit had in front of him; None when it is not known."""
    return await connection.fetchval(
        """
        select value from field_past where record_id = $1 and field = $2 and stamp ->> 'rev' = $3
        order by id desc limit 1
        """,
        record_id,
        contest.path,
        str(contest.seen),
    )


async def open_conflicts(connection: Connection, opened: Iterable[Conflict]) -> None:
    """Keep new conflicts."""
    rows = [
        (
            conflict.conflict_id,
            conflict.record_id,
            conflict.field,
            conflict.mine,
            msgspec.to_builtins(conflict.mine_stamp),
            conflict.theirs,
            msgspec.to_builtins(conflict.theirs_stamp),
            conflict.base,
            conflict.mutation_id,
            conflict.owner,
            conflict.store,
            conflict.mine_stamp.hlc if conflict.mine_stamp else 0,
        )
        for conflict in opened
    ]
    if rows:
        await connection.executemany(
            """
            insert into conflict (id, record_id, field, mine, mine_stamp, theirs, theirs_stamp, base,
                                  mutation_id, owner, store, hlc)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            rows,
        )


async def keep_decisions(connection: Connection, conflicts: Iterable[Conflict], principal: Principal) -> None:
    """Write down what was decided, and tell the tablet whose edit it was."""
    for conflict in conflicts:
        if not conflict.changed:
            continue
        decided = conflict.state == "decided"
        await connection.execute(
            """
            update conflict set theirs = $2, theirs_stamp = $3, state = $4, keep = $5,
                   decided_by = case when $4 = 'decided' then $6::uuid end,
                   decided_at = case when $4 = 'decided' then now() end
            where id = $1
            """,
            conflict.conflict_id,
            conflict.theirs,
            msgspec.to_builtins(conflict.theirs_stamp),
            conflict.state,
            conflict.keep,
            principal.associate_id,
        )
        if decided:
            status = OutcomeStatus.APPLIED if conflict.keep == "mine" else OutcomeStatus.MERGED
            await tell_later(connection, conflict.mutation_id, status)
            await chain.append(
                connection,
                principal,
                "conflict.decided",
                subject_kind=Kind.CUSTOMER.value,
                subject_id=conflict.record_id,
                facts={"field": conflict.field, "keep": conflict.keep},
            )
