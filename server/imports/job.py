"""Runs an import: orders go in by small transactions, and each moves the batch's position with it.

A process that dies anywhere leaves the orders of whole transactions and the position after them. The next run
of the same file finds the batch open, reads up to its position without writing, and goes on. Should an order
be told twice nevertheless, it names itself and is known.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from schemas.ids import NOBODY
from schemas.protocol import Outcome, OutcomeStatus
from schemas.record import Channel
from server.auth.principal import Principal
from server.customers.forms import email_form, phone_form
from server.database.pool import Connection
from server.identity.awaiting import customer_with
from server.imports import journal, refusals
from server.imports.carrying import carried
from server.imports.csv_source import Dialect, Line, detect, digest, read_lines, require_distinct
from server.imports.frame import alone, close_batch, keep_place, open_batch, read_ahead
from server.imports.gathering import Chunk, chunks
from server.imports.mapping import Mapping, MappingInvalid, missing_columns
from server.imports.order_lines import Ends, LineReader, ends_of
from server.imports.parcels import Parcel, customer_envelope
from server.imports.refusals import Refusal
from server.imports.totals import Totals, from_document, to_document
from server.policy.in_force import Policies
from server.replication.push import Speaking, submit

HOME = "FR"  # of phones without a country
_SETTLED = (OutcomeStatus.APPLIED, OutcomeStatus.MERGED, OutcomeStatus.REDIRECTED)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A file looked over once: how it is written, how many lines it has, where its orders end."""

    path: Path
    mapping: Mapping
    dialect: Dialect
    reader: LineReader
    file_hash: str
    ends: Ends
    store: str | None

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the file, each with what holds for its order."""
        return carried(read_lines(self.path, self.dialect), self.mapping, self.dialect)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import."""

    batch_id: UUID
    resumed_at: int  # lines that an earlier run had dealt with; 0 for a fresh start
    totals: Totals


def prepare(path: Path, mapping: Mapping, *, store: str | None) -> Prepared:
    """Look a file over once, without writing anything.

    Raises:
        FileUnreadable: no header, not text, cut short.
        MappingInvalid: the mapping names columns that the file does not have.
    """
    columns = mapping.columns
    dialect = detect(
        path,
        encoding=mapping.file.encoding,
        delimiter=mapping.file.delimiter,
        decimal=mapping.file.decimal,
        number_columns=(columns.unit_price,),
    )
    if missing := missing_columns(mapping, dialect.header):
        raise MappingInvalid(f"{path.name} has no column {', '.join(missing)}")
    require_distinct(dialect, path.name)
    reader = LineReader(mapping, dialect, store=store)
    return Prepared(
        path=path,
        mapping=mapping,
        dialect=dialect,
        reader=reader,
        file_hash=digest(path),
        ends=ends_of(carried(read_lines(path, dialect), mapping, dialect), reader),
        store=store or mapping.constants.store,
    )


async def run(
    connection: Connection,
    prepared: Prepared,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Result:
    """Import a file, or go on where an earlier run of it stopped. ``connection`` is outside any transaction.

    Args:
        progress: called after every transaction with the lines dealt with, and how many there are.

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
        totals = from_document(batch.counts)
        resumed_at = totals.lines
        policies = Policies()
        progress(totals.lines, prepared.ends.lines)
        found = chunks(
            prepared.lines(), prepared.reader, prepared.ends, prepared.mapping, after=batch.position
        )
        async for chunk in read_ahead(found):
            async with connection.transaction():
                await take_in(connection, prepared, chunk, totals, batch.id, principal, policies, clock())
                await keep_place(connection, batch.id, position=totals.lines, counts=to_document(totals))
            progress(totals.lines, prepared.ends.lines)
        await _complete_refusals(connection, prepared, batch.id)
        totals.customers = await _distinct_customers(connection, prepared)
        await close_batch(connection, batch.id, now=clock())
        return Result(batch_id=batch.id, resumed_at=resumed_at, totals=totals)


async def take_in(
    connection: Connection,
    prepared: Prepared,
    chunk: Chunk,
    totals: Totals,
    batch_id: UUID,
    principal: Principal,
    policies: Policies,
    now: datetime,
) -> None:
    """Take in one chunk of orders in the caller's transaction, and count it."""
    wall_ms = int(now.timestamp() * 1000)
    makings = {parcel.customer: parcel.making for parcel in reversed(chunk.parcels) if parcel.making}
    numbers = [number for number in makings if number is not None]
    ids: dict[str | None, UUID] = {None: NOBODY}
    ids.update(await _known_customers(connection, prepared.mapping.source, numbers))
    if prepared.mapping.customer.by_contact:
        ids.update(await _by_contact(connection, prepared, chunk.parcels, ids, principal.brand))
    new = {
        number: customer_envelope(making, wall_ms=wall_ms)
        for number, making in makings.items()
        if number not in ids
    }
    ids |= {number: envelope.record_id for number, envelope in new.items()}
    purchases = [
        parcel.envelope(customer_id=ids[parcel.customer], wall_ms=wall_ms) for parcel in chunk.parcels
    ]
    await journal.note(connection, batch_id, [*new.values(), *purchases])
    await journal.note_sources(
        connection, batch_id, prepared.mapping.source, [number for number in new if number is not None]
    )
    outcomes = await submit(
        connection,
        principal,
        [*new.values(), *purchases],
        now=now,
        policies=policies,
        speaking=Speaking(channel=Channel.IMPORT, author=prepared.mapping.source),
    )
    made, judged = outcomes[: len(new)], outcomes[len(new) :]
    not_made = {
        number: outcome for number, outcome in zip(new, made, strict=True) if not _is_settled(outcome)
    }
    totals.customers_new += sum(outcome.status == OutcomeStatus.APPLIED for outcome in made)
    refused = list(chunk.refusals)
    for parcel, outcome in zip(chunk.parcels, judged, strict=True):
        if _is_settled(outcome):
            totals.add(parcel, new=outcome.status != OutcomeStatus.DUPLICATE)
        else:
            refused += _refused_whole(parcel, not_made.get(parcel.customer, outcome))
    totals.refuse(len(refused))
    await refusals.keep(connection, batch_id, refused)


async def _known_customers(connection: Connection, source: str, numbers: list[str]) -> dict[str, UUID]:
    """Return the record of each customer whom the source has told of before; merged ones by survivor."""
    rows = await connection.fetch(
        """
        select s.source_id, coalesce(c.alias_of, c.id) as id
        from source_record s join customer c on c.id = s.customer_id
        where s.source = $1 and s.source_id = any($2::text[])
        """,
        source,
        numbers,
    )
    return {row["source_id"]: row["id"] for row in rows}


async def _by_contact(
    connection: Connection,
    prepared: Prepared,
    parcels: Iterable[Parcel],
    known: dict[str | None, UUID],
    brand: str,
) -> dict[str, UUID]:
    """Return whose orders are whose already, and who alone has the e-mail or phone that others name."""
    unknown = [each for each in parcels if each.customer is not None and each.customer not in known]
    rows = await connection.fetch(
        """
        select p.reference, coalesce(c.alias_of, c.id) as id from purchase p
        join customer c on c.id = p.customer_id where p.source = $1 and p.reference = any($2::text[])
        """,
        prepared.mapping.source,
        [each.reference for each in unknown],
    )
    owners = {row["reference"]: row["id"] for row in rows}
    found: dict[str, UUID] = {}
    for parcel in unknown:
        assert parcel.customer is not None
        if parcel.customer in found:
            continue
        email, phone = email_form(parcel.customer), phone_form(parcel.customer, region=HOME)
        forms = [("email", email)] if email else [("phone", phone)] if phone else []
        whom = owners.get(parcel.reference) or await customer_with(connection, forms, brand)
        if whom is not None:
            found[parcel.customer] = whom
    return found


async def _distinct_customers(connection: Connection, prepared: Prepared) -> int:
    """Return how many customers the purchases of this file's orders belong to."""
    found: int = await connection.fetchval(
        """
        select count(distinct s.source_id) from source_record s
        join purchase p on p.customer_id = s.customer_id and p.source = s.source
        where s.source = $1 and p.reference = any($2::text[])
        """,
        prepared.mapping.source,
        list(prepared.ends.orders),
    )
    return found


def _is_settled(outcome: Outcome) -> bool:
    """Whether an edit stands, now or since an earlier import; a repeated refusal is still one."""
    return outcome.came_to in _SETTLED


def _refused_whole(parcel: Parcel, outcome: Outcome) -> list[Refusal]:
    """Return every line of an order as refused; what was written on them is put in at the end."""
    code = outcome.code or outcome.status.value
    reason = {
        "already_exists": "the order was imported before with other lines",
        "erased": "the customer asked to be forgotten",
    }.get(code, f"the order was not accepted ({code})")
    return [Refusal(line=number, code=code, reason=reason, values=()) for number in parcel.numbers]


async def _complete_refusals(connection: Connection, prepared: Prepared, batch_id: UUID) -> None:
    """Put the original columns to refused lines that have none yet, reading the file once more for them."""
    missing = await refusals.without_original(connection, batch_id)
    if missing:
        found = ((line.number, line.values) for line in prepared.lines() if line.number in missing)
        await refusals.put_originals(connection, batch_id, found)
