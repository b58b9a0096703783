"""Runs the import of advertising costs: days of campaigns new, changed or known, and taken back at any time.

What a file says of a day takes the place of what the same source said before; the same file again changes
nothing. Every row remembers the batch that wrote it last, and every batch the rows it found.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from schemas.ids import id_from
from server.auth.principal import Principal
from server.database.pool import Connection
from server.imports import refusals
from server.imports.cost_mapping import CostMapping, require_columns
from server.imports.cost_rows import CostKey, CostReader, Spent, find_table, records
from server.imports.csv_source import Dialect, FileUnreadable, digest
from server.imports.frame import alone, close_batch, keep_place, open_batch
from server.imports.journal import COST
from server.imports.left_out import Reason, left_out
from server.imports.refusals import LineRefused, Refusal

AT_ONCE = 2_000  # days of campaigns of one transaction
MOST_DAYS = 500_000  # days of campaigns of one file
COST_LOCK = 0x434F5354


class CostTotals(msgspec.Struct):
    """What became of a file so far."""

    lines: int = 0
    refused: int = 0
    days: int = 0  # days of campaigns that the lines come to
    new: int = 0
    changed: int = 0
    known: int = 0  # told before, and the same
    impressions: int = 0
    clicks: int = 0
    amount: dict[str, Decimal] = {}  # currency -> exact sum of the accepted lines
    stored: dict[str, int] = {}  # currency -> sum of what is kept, in minor units


class CostFile(msgspec.Struct, frozen=True, kw_only=True):
    """A report looked over and read once."""

    path: Path
    mapping: CostMapping
    dialect: Dialect
    file_hash: str
    days: tuple[tuple[CostKey, Spent], ...]  # in the order of their keys
    refused: tuple[Refusal, ...]
    read: CostTotals  # before anything is compared with what is known
    left_out: dict[str, Reason]


class CostResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import."""

    batch_id: UUID
    resumed_at: int
    totals: CostTotals


class CostRehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do, and how the report was read."""

    encoding: str
    delimiter: str
    decimal: str
    dates: str
    lines_in_file: int
    totals: CostTotals
    left_out: dict[str, Reason] = {}  # columns that are not read -> why


def prepare(path: Path, mapping: CostMapping) -> CostFile:
    """Read a report, without writing anything.

    Raises:
        FileUnreadable: not text, cut short, or more days than one file may tell.
        MappingInvalid: it has no header that the mapping knows, or columns are missing.
    """
    dialect, places, above = find_table(path, mapping)
    require_columns(mapping, places, name=path.name)
    reader = CostReader(mapping, dialect, places)
    days: dict[CostKey, Spent] = {}
    said: dict[CostKey, int] = {}  # first day -> line
    seen: dict[tuple[str, ...], int] = {}
    refused: list[Refusal] = []
    totals = CostTotals()
    for line in islice(records(path, dialect), above, None):
        if reader.is_end(line):
            break
        totals.lines += 1
        try:
            told = reader.read(line)
            verbatim = tuple(line.values)
            if (first := seen.setdefault(verbatim, line.number)) != line.number:
                raise LineRefused("repeated", f"the very same line as line {first}")
            if mapping.repeated == "refuse" and any(key in days for key, _ in told.daily()):
                raise LineRefused(
                    "repeated", f"line {said.get(told.first, '?')} tells of the same day and campaign"
                )
            fresh = [(key, days[key].plus(part) if key in days else part) for key, part in told.daily()]
        except LineRefused as error:
            refused.append(
                Refusal(line=line.number, code=error.code, reason=error.reason, values=tuple(line.values))
            )
            continue
        said.setdefault(told.first, line.number)
        days.update(fresh)
        if len(days) > MOST_DAYS:
            raise FileUnreadable(f"the file tells of more than {MOST_DAYS:,} days of campaigns")
        totals.impressions += told.spent.impressions or 0
        totals.clicks += told.spent.clicks or 0
        if told.exact is not None:
            currency = told.spent.currency
            totals.amount[currency] = totals.amount.get(currency, Decimal(0)) + told.exact
            totals.stored[currency] = totals.stored.get(currency, 0) + (told.spent.cost or 0)
    totals.refused, totals.days = len(refused), len(days)
    return CostFile(
        path=path,
        mapping=mapping,
        dialect=dialect,
        file_hash=digest(path),
        days=tuple(sorted(days.items(), key=lambda item: item[0])),
        refused=tuple(refused),
        read=totals,
        left_out=left_out(
            dialect.header,
            read={dialect.header[place] for place in places.columns.values()},
            rules=mapping.left_out,
        ),
    )


async def run(
    connection: Connection,
    prepared: CostFile,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> CostResult:
    """Take a report in, or go on where an earlier run stopped. ``connection`` is outside any transaction.

    Raises:
        ImportBusy: the same file is being imported elsewhere.
    """
    source = prepared.mapping.source
    async with alone(connection, source=source, file_hash=prepared.file_hash, name=prepared.path.name):
        batch = await open_batch(
            connection,
            source=source,
            file_name=prepared.path.name,
            file_hash=prepared.file_hash,
            mapping=msgspec.to_builtins(prepared.mapping) | {"brand": principal.brand},
            started_by=principal.associate_id,
        )
        totals = _counted_before(prepared, batch.counts)
        progress(batch.position, len(prepared.days))
        for place in range(batch.position, len(prepared.days), AT_ONCE):
            days = prepared.days[place : place + AT_ONCE]
            async with connection.transaction():
                await _write(connection, batch.id, source, principal.brand, days, totals, clock())
                done = place + len(days)
                await keep_place(connection, batch.id, position=done, counts=msgspec.to_builtins(totals))
            progress(done, len(prepared.days))
        async with connection.transaction():
            await refusals.keep(connection, batch.id, list(prepared.refused))
            await close_batch(connection, batch.id, now=clock())
        return CostResult(batch_id=batch.id, resumed_at=batch.position, totals=totals)


async def rehearse(
    connection: Connection,
    prepared: CostFile,
    *,
    principal: Principal,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> CostRehearsal:
    """Return what taking a report in would do; nothing is written."""
    totals = _counted_before(prepared, {})
    for place in range(0, len(prepared.days), AT_ONCE):
        days = prepared.days[place : place + AT_ONCE]
        ids = [_id(prepared.mapping.source, principal.brand, key) for key, _ in days]
        await _compare(connection, dict(zip(ids, days, strict=True)), totals)
        progress(place + len(days), len(prepared.days))
    dialect = prepared.dialect
    return CostRehearsal(
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        decimal=dialect.decimal,
        dates=dialect.dates,
        lines_in_file=prepared.read.lines,
        totals=totals,
        left_out=prepared.left_out,
    )


async def take_back(connection: Connection, batch_id: UUID) -> tuple[int, int, int]:
    """Take a batch's costs back in the caller's transaction; return how many went, are as before, and stay.

    A row that a later batch has written stays, and what that batch remembers of it becomes what was before
    this one: so batches may be taken back in any order.
    """
    await _in_turn(connection)
    stays = await connection.fetch(
        f"""
        update import_before later set before = mine.before
        from import_before mine join advertising_cost c on c.id = mine.key::uuid
        where mine.batch_id = $1 and mine.subject = '{COST}' and c.batch_id <> $1
          and later.subject = '{COST}' and later.key = mine.key and later.batch_id <> $1
          and later.before ->> 'batch_id' = $1::text
        returning later.key
        """,  # noqa: S608 (the word is ours)
        batch_id,
    )
    gone = await connection.fetch(
        f"""
        delete from advertising_cost c using import_before b
        where b.batch_id = $1 and b.subject = '{COST}' and c.id = b.key::uuid and c.batch_id = $1
        returning b.before
        """,  # noqa: S608
        batch_id,
    )
    before = [row["before"] for row in gone if row["before"] is not None]
    await connection.execute(
        """
        insert into advertising_cost
        select r.* from unnest($1::jsonb[]) as b (row), jsonb_populate_record(null::advertising_cost, b.row) r
        """,
        before,
    )
    await connection.execute(
        f"delete from import_before where batch_id = $1 and subject = '{COST}'",  # noqa: S608
        batch_id,
    )
    return len(gone) - len(before), len(before), len(stays)


async def _write(
    connection: Connection,
    batch_id: UUID,
    source: str,
    brand: str,
    days: Sequence[tuple[CostKey, Spent]],
    totals: CostTotals,
    now: datetime,
) -> None:
    await _in_turn(connection)
    wanted = {_id(source, brand, key): (key, spent) for key, spent in days}
    fresh = await _compare(connection, wanted, totals)
    await connection.execute(
        f"""
        insert into import_before (batch_id, subject, key, before)
        select $1, '{COST}', t.id::text, to_jsonb(c) from unnest($2::uuid[]) as t (id)
        left join advertising_cost c on c.id = t.id
        on conflict do nothing
        """,  # noqa: S608 (the word is ours)
        batch_id,
        fresh,
    )
    rows = [(each, *wanted[each]) for each in fresh]
    await connection.executemany(
        """
        insert into advertising_cost (id, brand, source, day, utm_source, utm_medium, campaign, campaign_id,
          term, content, currency, cost, impressions, clicks, batch_id, written_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        on conflict (id) do update set currency = excluded.currency, cost = excluded.cost,
          impressions = excluded.impressions, clicks = excluded.clicks, batch_id = excluded.batch_id,
          written_at = excluded.written_at
        """,
        [
            (
                each, brand, source, key.day, key.source, key.medium, key.campaign, key.campaign_id, key.term,
                key.content, spent.currency or None, spent.cost, spent.impressions, spent.clicks, batch_id,
                now,
            )
            for each, key, spent in rows
        ],
    )  # fmt: skip


async def _compare(
    connection: Connection, wanted: dict[UUID, tuple[CostKey, Spent]], totals: CostTotals
) -> list[UUID]:
    """Count what is new, changed and known; return what is to be written."""
    rows = await connection.fetch(
        "select id, currency, cost, impressions, clicks from advertising_cost where id = any($1::uuid[])",
        list(wanted),
    )
    there = {
        row["id"]: Spent(
            currency=row["currency"] or "",
            cost=row["cost"],
            impressions=row["impressions"],
            clicks=row["clicks"],
        )
        for row in rows
    }
    new = [each for each in wanted if each not in there]
    changed = [each for each, spent in there.items() if spent != wanted[each][1]]
    totals.new += len(new)
    totals.changed += len(changed)
    totals.known += len(there) - len(changed)
    return [*new, *changed]


async def _in_turn(connection: Connection) -> None:
    """Let those who write costs do so one after the other, to the end of the transaction."""
    await connection.execute("select pg_advisory_xact_lock($1)", COST_LOCK)


def _id(source: str, brand: str, key: CostKey) -> UUID:
    return id_from("cost", source, brand, key.day.isoformat(), *msgspec.structs.astuple(key)[1:])


def _counted_before(prepared: CostFile, counts: Any) -> CostTotals:
    """Return totals of what the file says, with what an earlier run of it has compared."""
    before = msgspec.convert(counts, CostTotals)
    return msgspec.structs.replace(prepared.read, new=before.new, changed=before.changed, known=before.known)
