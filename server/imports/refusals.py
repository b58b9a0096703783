"""The file of refused lines: number, code and reason, then the original columns, ready to be mended."""

import csv
from collections.abc import AsyncIterable, Iterable, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from server.database.pool import Connection
from server.imports.csv_source import Dialect, neutralised

ADDED = ("line", "code", "reason")


class LineRefused(ValueError):
    """A line cannot be taken in. ``code`` is stable; the reason is for the person who mends the file."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


BROKEN = {
    "columns": LineRefused("columns", "the line has another number of columns than the header"),
    "quote": LineRefused("quote", "a quotation mark opens and never closes"),
    "encoding": LineRefused("encoding", "the line holds bytes that are no text in the file's encoding"),
    "header": LineRefused("header", "the line is the header once more"),
    "too_long": LineRefused("too_long", "the line is longer than any line of a table"),
}


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A line that stays outside, with what it was."""

    line: int
    code: str
    reason: str
    values: tuple[str, ...]


async def keep(connection: Connection, batch_id: UUID, refusals: list[Refusal]) -> None:
    """Keep refused lines with their batch, in the caller's transaction. Repeating it changes nothing."""
    await connection.executemany(
        """
        insert into import_refusal (batch_id, line, code, reason, original) values ($1, $2, $3, $4, $5)
        on conflict do nothing
        """,
        [
            (
                batch_id,
                refusal.line,
                refusal.code,
                refusal.reason,
                [_storable(value) for value in refusal.values],
            )
            for refusal in refusals
        ],
    )


async def without_original(connection: Connection, batch_id: UUID) -> set[int]:
    """Return the numbers of refused lines of which only the order is known."""
    rows = await connection.fetch(
        "select line from import_refusal where batch_id = $1 and original = '[]'::jsonb", batch_id
    )
    return {row["line"] for row in rows}


async def put_originals(
    connection: Connection, batch_id: UUID, found: Iterable[tuple[int, Sequence[str]]]
) -> None:
    """Put what was written to refused lines."""
    await connection.executemany(
        "update import_refusal set original = $3 where batch_id = $1 and line = $2",
        [(batch_id, number, [_storable(value) for value in values]) for number, values in found],
    )


async def stored(
    connection: Connection, batch_id: UUID, *, most: int | None = None
) -> AsyncIterable[Refusal]:
    """Yield the refused lines of a batch in the order of the file. Needs an open transaction."""
    async for row in connection.cursor(
        "select line, code, reason, original from import_refusal where batch_id = $1 order by line limit $2",
        batch_id,
        most,
    ):
        yield Refusal(
            line=row["line"],
            code=row["code"],
            reason=row["reason"],
            values=msgspec.convert(row["original"], tuple[str, ...]),
        )


async def write_file(path: Path, dialect: Dialect, refusals: AsyncIterable[Refusal]) -> int:
    """Write refused lines to a CSV file in UTF-8 with the delimiter of the source; return how many.

    Cells that a spreadsheet would take for a formula begin with an apostrophe, which a later import drops.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=dialect.delimiter)
        writer.writerow([*ADDED, *dialect.header])
        async for refusal in refusals:
            count += 1
            values = [neutralised(value) for value in refusal.values]
            writer.writerow([refusal.line, refusal.code, refusal.reason, *values])
    return count


def _storable(value: str) -> str:
    """Return text that a database column can hold."""
    return value.replace("\x00", "\ufffd")
