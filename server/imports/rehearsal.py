"""Rehearses an import: everything is done and taken back again at once, chunk by chunk, and counted.

Nothing is written. What the counts say is what an import a moment later does: it is the same code.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import msgspec

from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity.clusters import MERGE
from server.identity.following import hashes_of, likenesses
from server.imports import customer_job, job
from server.imports import mapping as lines_mapping
from server.imports.csv_source import read_lines
from server.imports.customer_job import PeopleFile, PeopleTotals
from server.imports.customer_mapping import columns_of
from server.imports.customer_rows import SourcePerson
from server.imports.dates import DateOrder
from server.imports.gathering import chunks
from server.imports.left_out import Reason, left_out
from server.imports.totals import Totals
from server.policy.in_force import Policies

ROWS_SHOWN = 5


class Rehearsal(msgspec.Struct, kw_only=True):
    """What an import would do, and how the file was read."""

    encoding: str
    delimiter: str
    decimal: str
    dates: DateOrder  # as the column of birth dates is written; "none" without one
    rows_in_file: int
    totals: PeopleTotals
    joined: int = 0  # new rows that are surely somebody who is known already
    to_review: int = 0  # new rows of whom a person will be asked
    left_out: dict[str, Reason] = {}  # columns that are not read -> why
    dropped: tuple[str, ...] = ()  # columns of secrets, emptied before they were read
    first_rows: tuple[dict[str, Any], ...] = ()  # as the fields of ours that they become


class LinesRehearsal(msgspec.Struct, kw_only=True):
    """What an import of order lines would do, and how the file was read."""

    encoding: str
    delimiter: str
    decimal: str
    lines_in_file: int
    totals: Totals
    left_out: dict[str, Reason] = {}  # columns that are not read -> why


class _Back(Exception):
    """Everything so far is taken back."""


async def rehearse(
    connection: Connection,
    prepared: PeopleFile,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    secret: bytes,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Rehearsal:
    """Return what importing a table of people would do. ``connection`` is outside any transaction.

    Args:
        secret: the key of identity's digests.
    """
    mapping, dialect = prepared.mapping, prepared.dialect
    totals = PeopleTotals()
    rehearsal = Rehearsal(
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        decimal=dialect.decimal,
        dates=dialect.dates,
        rows_in_file=prepared.rows,
        totals=totals,
        left_out=left_out(
            dialect.header, read=columns_of(mapping), rules=mapping.left_out, dropped=dialect.dropped
        ),
        dropped=dialect.dropped,
    )
    policies = Policies()
    told: set[str] = set()
    lines = read_lines(prepared.path, dialect)
    while chunk := list(islice(lines, customer_job.ROWS)):
        try:
            async with connection.transaction():
                reading = customer_job.read_people(prepared.reader, chunk)
                totals.add(reading.counted)
                people = reading.people
                again = [each for each in people if each.reference in told]
                totals.known += len(again)
                fresh = [each for each in people if each.reference not in told]
                told |= {each.reference for each in fresh}
                unknown = await _unknown(connection, mapping.source, fresh)
                work = customer_job.Chunk(connection, prepared, principal, policies, uuid4(), clock(), totals)
                await work.take_in(fresh)
                raise _Back
        except _Back:
            pass
        if len(rehearsal.first_rows) < ROWS_SHOWN:
            more = people[: ROWS_SHOWN - len(rehearsal.first_rows)]
            rehearsal.first_rows += tuple(each.values for each in more)
        async with connection.transaction():
            for each in unknown:
                person = prepared.reader.person_of(each)
                found = await likenesses(connection, person, hashes_of(person, secret), secret)
                rehearsal.joined += bool(found and found[0][1] >= MERGE)
                rehearsal.to_review += bool(found and found[0][1] < MERGE)
        progress(totals.rows, prepared.rows)
    return rehearsal


async def rehearse_lines(
    connection: Connection,
    prepared: job.Prepared,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> LinesRehearsal:
    """Return what importing order lines would do. ``connection`` is outside any transaction."""
    totals, policies = Totals(), Policies()
    dialect = prepared.dialect
    for chunk in chunks(prepared.lines(), prepared.reader, prepared.ends, prepared.mapping, after=0):
        try:
            async with connection.transaction():
                await job.take_in(connection, prepared, chunk, totals, uuid4(), principal, policies, clock())
                raise _Back
        except _Back:
            pass
        progress(totals.lines, prepared.ends.lines)
    totals.customers = len(prepared.ends.customers)
    return LinesRehearsal(
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        decimal=dialect.decimal,
        lines_in_file=prepared.ends.lines,
        totals=totals,
        left_out=not_read(prepared),
    )


def not_read(prepared: job.Prepared) -> dict[str, Reason]:
    """Return the columns of a file of order lines that are not read, and why."""
    return left_out(
        prepared.dialect.header,
        read=lines_mapping.columns_of(prepared.mapping),
        rules=prepared.mapping.left_out,
        dropped=prepared.dialect.dropped,
    )


async def _unknown(connection: Connection, source: str, people: Iterable[SourcePerson]) -> list[SourcePerson]:
    wanted = list(people)
    rows = await connection.fetch(
        "select source_id from source_record where source = $1 and source_id = any($2::text[])",
        source,
        [each.reference for each in wanted],
    )
    known = {row["source_id"] for row in rows}
    return [each for each in wanted if each.reference not in known]
