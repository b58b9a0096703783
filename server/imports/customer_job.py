"""Runs the import of a table of people: row by row new, known, changed or refused, in small transactions.

The same file again changes nothing. A value that the source now says differently is taken over where the
source was the last to speak; where a person or another system has spoken since, theirs stays and is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from schemas.protocol import Outcome, OutcomeStatus
from schemas.record import Channel
from server.auth.principal import Principal
from server.database.pool import Connection
from server.imports import journal, refusals
from server.imports.csv_source import Dialect, Line, detect, digest, read_lines, require_distinct
from server.imports.customer_mapping import CustomerMapping, missing_columns
from server.imports.customer_rows import RowReader, SourcePerson, change, creation, withdrawals
from server.imports.dates import date_order
from server.imports.frame import alone, close_batch, keep_place, open_batch, read_ahead
from server.imports.mapping import MappingInvalid
from server.imports.refusals import LineRefused, Refusal
from server.policy.in_force import Policies
from server.replication.push import Speaking, submit

ROWS = 500  # of one transaction


class PeopleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A table looked over once."""

    path: Path
    mapping: CustomerMapping
    dialect: Dialect
    reader: RowReader
    file_hash: str
    rows: int
    store: str | None


class PeopleTotals(msgspec.Struct):
    """What became of the rows so far."""

    rows: int = 0
    new: int = 0
    known: int = 0  # said before, and the same
    changed: int = 0  # the source says something else now, and it was taken over
    refused: int = 0
    further: int = 0  # rows that are one more address of the row above: the first one stands
    withdrawn: int = 0  # withdrawals written down for the first time
    values_kept: int = 0  # somebody spoke after the source: his word stays
    values_left_out: dict[str, int] = {}  # field -> values that no field could hold

    def add(self, other: "PeopleTotals") -> None:
        """Count what became of further rows."""
        for name in self.__struct_fields__:
            if name != "values_left_out":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for field, count in other.values_left_out.items():
            self.values_left_out[field] = self.values_left_out.get(field, 0) + count


class Reading(msgspec.Struct, frozen=True):
    """Some rows as they were read."""

    people: list[SourcePerson]  # the last word on each
    refused: list[Refusal]  # the rows and values that stay outside
    counted: PeopleTotals


class PeopleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import."""

    batch_id: UUID
    resumed_at: int
    totals: PeopleTotals


def prepare(path: Path, mapping: CustomerMapping, *, store: str | None) -> PeopleFile:
    """Look a table over, without writing anything.

    Raises:
        FileUnreadable: no header, not text, cut short.
        MappingInvalid: the mapping names columns that the file does not have.
    """
    dialect = detect(path, encoding=mapping.file.encoding, delimiter=mapping.file.delimiter)
    require_distinct(dialect, path.name)
    if missing := missing_columns(mapping, dialect.header):
        raise MappingInvalid(f"{path.name} has no column {', '.join(missing)}")
    rows, dialect = dated(path, mapping, dialect)
    return PeopleFile(
        path=path,
        mapping=mapping,
        dialect=dialect,
        reader=RowReader(mapping, dialect),
        file_hash=digest(path),
        rows=rows,
        store=store,
    )


def dated(path: Path, mapping: CustomerMapping, dialect: Dialect) -> tuple[int, Dialect]:
    """Return how many rows a table has, and how it is written with the order of its birth dates."""
    column = mapping.columns.birth_date
    place = dialect.header.index(column) if column in dialect.header else None
    births: set[str] = set()
    rows = 0
    for line in read_lines(path, dialect):
        rows += 1
        if place is not None and line.broken is None:
            births.add(line.values[place])
    return rows, msgspec.structs.replace(dialect, dates=date_order(births))


async def run(
    connection: Connection,
    prepared: PeopleFile,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> PeopleResult:
    """Import a table, or go on where an earlier run of it stopped. ``connection`` is outside any transaction.

    Raises:
        ImportBusy: the same file is being imported elsewhere.
    """
    async with alone(
        connection,
        source=prepared.mapping.source,
        file_hash=prepared.file_hash,
        name=prepared.path.name,
    ):
        batch = await open_batch(
            connection,
            source=prepared.mapping.source,
            file_name=prepared.path.name,
            file_hash=prepared.file_hash,
            mapping=msgspec.to_builtins(prepared.mapping) | {"store": prepared.store},
            started_by=principal.associate_id,
        )
        totals = msgspec.convert(batch.counts, PeopleTotals)
        resumed_at = totals.rows
        policies = Policies()
        progress(totals.rows, prepared.rows)
        async for reading in read_ahead(_readings(prepared, after=resumed_at)):
            async with connection.transaction():
                totals.add(reading.counted)
                work = Chunk(connection, prepared, principal, policies, batch.id, clock(), totals)
                refused = reading.refused + await work.take_in(reading.people)
                await refusals.keep(connection, batch.id, refused)
                await keep_place(
                    connection, batch.id, position=totals.rows, counts=msgspec.to_builtins(totals)
                )
            progress(totals.rows, prepared.rows)
        await close_batch(connection, batch.id, now=clock())
        return PeopleResult(batch_id=batch.id, resumed_at=resumed_at, totals=totals)


def read_people(reader: RowReader, lines: Sequence[Line]) -> Reading:
    """Return the people of some rows; nothing is written."""
    people: dict[str, SourcePerson] = {}
    refused: list[Refusal] = []
    counted = PeopleTotals(rows=len(lines))
    for line in lines:
        try:
            told = reader.read(line)
        except LineRefused as error:
            if error.code == "id" and reader.further_rows:
                counted.further += 1
                continue
            counted.refused += 1
            refused.append(_refusal(line.number, error.code, error.reason, line.values))
            continue
        if told.reference in people:
            counted.known += 1
        people[told.reference] = told
        if told.left_out:
            for each in told.left_out:
                counted.values_left_out[each.field] = counted.values_left_out.get(each.field, 0) + 1
            reason = "left out: " + "; ".join(f"{each.field}: {each.reason}" for each in told.left_out)
            refused.append(_refusal(line.number, "value_left_out", reason, line.values))
    return Reading(list(people.values()), refused, counted)


def _readings(prepared: PeopleFile, *, after: int) -> Iterator[Reading]:
    """Yield a file's rows, as many as one transaction takes in."""
    lines = islice(read_lines(prepared.path, prepared.dialect), after, None)
    while chunk := list(islice(lines, ROWS)):
        yield read_people(prepared.reader, chunk)


def _refusal(line: int, code: str, reason: str, values: Sequence[str]) -> Refusal:
    return Refusal(line=line, code=code, reason=reason, values=tuple(values))


class Chunk:
    """One transaction's rows."""

    def __init__(
        self,
        connection: Connection,
        prepared: PeopleFile,
        principal: Principal,
        policies: Policies,
        batch_id: UUID,
        now: datetime,
        totals: PeopleTotals,
    ) -> None:
        self._connection = connection
        self._prepared = prepared
        self._source = prepared.mapping.source
        self._principal = principal
        self._policies = policies
        self._batch_id = batch_id
        self._now = now
        self._wall_ms = int(now.timestamp() * 1000)
        self._totals = totals

    async def take_in(self, people: Sequence[SourcePerson]) -> list[Refusal]:
        """Submit what is new and what has changed; return the rows that were not accepted."""
        known = await self._known([told.reference for told in people])
        new = [told for told in people if told.reference not in known]
        other = [
            told
            for told in people
            if told.reference in known and known[told.reference]["row"] != told.verbatim
        ]
        self._totals.known += len(people) - len(new) - len(other)
        await journal.note_sources(
            self._connection, self._batch_id, self._source, [told.reference for told in (*new, *other)]
        )
        refused = await self._create(new)
        refused += await self._change(other, known)
        await self._withdraw(new + other)
        return refused

    async def _known(self, references: list[str]) -> dict[str, dict[str, Any]]:
        rows = await self._connection.fetch(
            """
            select s.source_id, s.payload, coalesce(c.alias_of, c.id) as customer_id
            from source_record s join customer c on c.id = s.customer_id
            where s.source = $1 and s.source_id = any($2::text[])
            """,
            self._source,
            references,
        )
        return {
            row["source_id"]: {
                "customer_id": row["customer_id"],
                "row": row["payload"].get("row"),
                "values": row["payload"].get("values", {}),
            }
            for row in rows
        }

    async def _create(self, people: Sequence[SourcePerson]) -> list[Refusal]:
        envelopes = [
            creation(self._source, told, home_store=self._prepared.store, wall_ms=self._wall_ms)
            for told in people
        ]
        outcomes = await self._submit(envelopes)
        refused = []
        kept = []
        for told, outcome in zip(people, outcomes, strict=True):
            if outcome.status in (OutcomeStatus.APPLIED, OutcomeStatus.REDIRECTED):
                self._totals.new += 1
                kept.append(told)
            else:
                self._totals.refused += 1
                refused.append(self._not_accepted(told, outcome))
        await self._keep_rows(kept, {})
        return refused

    async def _change(
        self, people: Sequence[SourcePerson], known: dict[str, dict[str, Any]]
    ) -> list[Refusal]:
        stamps = await self._stamps([known[told.reference]["customer_id"] for told in people])
        envelopes = []
        owners: list[SourcePerson] = []
        kept: list[SourcePerson] = []
        taken: Counter[str] = Counter()
        for told in people:
            before = known[told.reference]
            kept.append(told)
            for field in sorted({*told.values, *before["values"]}):
                if field not in self._prepared.reader.fields:
                    continue  # this file has no column of it: it says nothing
                if told.values.get(field) == before["values"].get(field):
                    continue
                spoken = stamps.get(before["customer_id"], {}).get(field)
                if spoken is not None and spoken.get("author") != self._source:
                    self._totals.values_kept += 1
                    continue
                owners.append(told)
                envelopes.append(
                    change(
                        self._source, told, field,
                        customer_id=before["customer_id"], batch=str(self._batch_id), wall_ms=self._wall_ms,
                        seen=spoken["rev"] if spoken is not None else 0,
                    )
                )  # fmt: skip
        refused = []
        for told, outcome in zip(owners, await self._submit(envelopes), strict=True):
            if outcome.status in (OutcomeStatus.APPLIED, OutcomeStatus.MERGED, OutcomeStatus.REDIRECTED):
                taken[told.reference] += 1
            else:
                refused.append(self._not_accepted(told, outcome))
        self._totals.changed += len(taken)
        self._totals.known += len(people) - len(taken)
        await self._keep_rows(kept, known)
        return refused

    async def _withdraw(self, people: Sequence[SourcePerson]) -> None:
        silent = [told for told in people if told.withdrawn]
        known = await self._known([told.reference for told in silent])
        envelopes = [
            edit
            for told in silent
            if told.reference in known
            for edit in withdrawals(
                self._source,
                told,
                brand=self._principal.brand,
                customer_id=known[told.reference]["customer_id"],
                wall_ms=self._wall_ms,
            )
        ]
        outcomes = await self._submit(envelopes)
        self._totals.withdrawn += sum(outcome.status == OutcomeStatus.APPLIED for outcome in outcomes)

    async def _submit(self, envelopes: list[Any]) -> list[Outcome]:
        await journal.note(self._connection, self._batch_id, envelopes)
        return await submit(
            self._connection,
            self._principal,
            envelopes,
            now=self._now,
            policies=self._policies,
            speaking=Speaking(channel=Channel.IMPORT, author=self._source),
        )

    async def _stamps(self, customer_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
        rows = await self._connection.fetch(
            "select id, stamps from customer where id = any($1::uuid[])", customer_ids
        )
        return {row["id"]: row["stamps"] or {} for row in rows}

    def _payload(self, told: SourcePerson, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Return a row as it is kept; what another file of the source said in columns of its own stays."""
        before = known.get(told.reference, {}).get("values", {})
        own = self._prepared.reader.fields
        rest = {field: value for field, value in before.items() if field not in own}
        return {"row": told.verbatim, "values": rest | told.values}

    async def _keep_rows(self, people: Sequence[SourcePerson], known: dict[str, dict[str, Any]]) -> None:
        """Keep what was written, as it was written, with the source record."""
        await self._connection.execute(
            """
            update source_record s set batch_id = $4, payload = case when s.payload ? 'said'
              then s.payload || each.payload else each.payload end
            from unnest($2::text[], $3::jsonb[]) as each (reference, payload)
            where s.source = $1 and s.source_id = each.reference
            """,
            self._source,
            [told.reference for told in people],
            [self._payload(told, known) for told in people],
            self._batch_id,
        )

    def _not_accepted(self, told: SourcePerson, outcome: Outcome) -> Refusal:
        code = outcome.code or outcome.status.value
        reason = {"erased": "the person asked to be forgotten"}.get(
            code, f"the row was not accepted ({code})"
        )
        header = self._prepared.dialect.header
        return _refusal(told.line, code, reason, [told.verbatim.get(name, "") for name in header])
