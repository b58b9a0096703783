"""Absences: kept by the latest word, and published to the tablets of the stores they concern."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import DeclareAbsence
from schemas.record import Kind
from schemas.staff import Absence, absence_record
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.publishing import publish_public
from server.replication.workspace import Entry
from server.scope import stock_scope

MOST_ABSENCES = 500

_COLUMNS = "x.id, x.associate_id, x.first_day, x.last_day, x.stand_in, x.cancelled"


async def keep_absences(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Keep what was said of each absence, unless something later was; tell the stores he works in."""
    for entry in entries:
        assert isinstance(entry.mutation, DeclareAbsence)
        absence, principal = entry.mutation.absence, entry.sent_by
        assert principal is not None
        stores = await connection.fetchval(
            """
            with kept as (
              insert into absence as x
                (id, associate_id, first_day, last_day, stand_in, cancelled, hlc, said_by)
              values ($1, $2, $3, $4, $5, $6, $7, $8)
              on conflict (id) do update set
                first_day = excluded.first_day, last_day = excluded.last_day, stand_in = excluded.stand_in,
                cancelled = excluded.cancelled, hlc = excluded.hlc, said_by = excluded.said_by
              where x.hlc < excluded.hlc and x.associate_id = excluded.associate_id
              returning x.associate_id)
            select a.stores from kept join associate a on a.id = kept.associate_id
            """,
            absence.absence_id,
            absence.associate_id,
            date.fromisoformat(absence.first_day),
            date.fromisoformat(absence.last_day),
            absence.stand_in,
            absence.cancelled,
            entry.said.hlc,
            principal.associate_id,
        )
        if stores is None:
            continue  # something later stands
        said = [(absence_record(absence.absence_id), msgspec.to_builtins(absence))]
        for store in sorted(stores):
            await publish_public(connection, Kind.ABSENCE, stock_scope(store), said)
        await chain.append(
            connection,
            principal,
            "absence.declared",
            subject_kind="associate",
            subject_id=absence.associate_id,
            facts={"cancelled": absence.cancelled, "stand_in": str(absence.stand_in or "")},
        )


async def absence_of(connection: Connection, absence_id: UUID, principal: Principal) -> Absence | None:
    """Return an absence among the people of somebody's stores."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from absence x join associate a on a.id = x.associate_id
        where x.id = $1 and a.brand = $2 and (a.stores && $3 or a.id = $4)
        """,  # noqa: S608 (the text put in is ours)
        absence_id,
        principal.brand,
        list(principal.stores),
        principal.associate_id,
    )
    return None if row is None else _absence(row)


async def absences_ahead(connection: Connection, principal: Principal, *, today: date) -> list[Absence]:
    """Return who of somebody's stores is away, or will be, the first to go first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from absence x join associate a on a.id = x.associate_id
        where a.brand = $1 and (a.stores && $2 or a.id = $3) and not x.cancelled and x.last_day >= $4
        order by x.first_day, x.id limit $5
        """,  # noqa: S608 (the text put in is ours)
        principal.brand,
        list(principal.stores),
        principal.associate_id,
        today,
        MOST_ABSENCES,
    )
    return [_absence(row) for row in rows]


def _absence(row: Any) -> Absence:
    return Absence(
        absence_id=row["id"],
        associate_id=row["associate_id"],
        first_day=row["first_day"].isoformat(),
        last_day=row["last_day"].isoformat(),
        stand_in=row["stand_in"],
        cancelled=row["cancelled"],
    )
