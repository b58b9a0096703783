"""Takes an import back: what it made goes, what it changed is as it was, what others said since stays.

A customer whom nobody but the batch has touched gets back the very row she had. Where somebody has spoken
since, his word stays and only the batch's goes. Who was merged since is left as she is, and counted: unmerge
her and undo again. Consents that only a file told were never said: they go with it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.customer import FIELDS
from schemas.identity import tokens
from schemas.record import Kind
from server.audit import chain
from server.auth.principal import Principal
from server.consent.queries import standings_of
from server.customers.edits import NAME_FIELDS
from server.database.pool import Connection
from server.identity.following import forget
from server.imports import cost_job
from server.imports.frame import alone
from server.imports.journal import CUSTOMER, PART, SOURCE
from server.replication import publishing
from server.replication.fragments import is_empty
from server.replication.workspace import CustomerState, installed

AT_ONCE = 200  # customers of one transaction
# Where edits leave lines: table -> the column of the edit. All lines of the batch go.
LINES = {
    "consent_event": "mutation_id",
    "loyalty_entry": "mutation_id",
    "touchpoint": "mutation_id",
    "field_past": "lost_to",
    "conflict": "mutation_id",
    "held_edit": "mutation_id",
    "receipt": "mutation_id",
}


class Undone(msgspec.Struct):
    """What became of an undo."""

    removed: int = 0  # customers whom the batch had made
    restored: int = 0  # rows that are again what they were
    mended: int = 0  # others have spoken since: only the batch's own word went
    kept: int = 0  # merged, or used by somebody since: left as they are
    sales: int = 0
    costs: int = 0  # days of campaigns that went, or are what they were


class NothingToUndo(Exception):
    """There is no such batch, or it was taken back."""


async def undo(
    connection: Connection,
    batch_id: UUID,
    *,
    principal: Principal,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Undone:
    """Take a batch back, or go on with it. ``connection`` is outside any transaction.

    Raises:
        NothingToUndo: no such batch, or done before.
        ImportBusy: the file is being imported, or taken back elsewhere.
    """
    batch = await connection.fetchrow("select * from import_batch where id = $1", batch_id)
    if batch is None or batch["state"] == "undone":
        raise NothingToUndo(str(batch_id))
    undone = Undone()
    async with alone(
        connection, source=batch["source"], file_hash=batch["file_hash"], name=batch["file_name"]
    ):
        of = await connection.fetchval(
            "select count(*) from import_before where batch_id = $1 and subject = $2", batch_id, CUSTOMER
        )
        after = ""
        while True:
            async with connection.transaction():
                rows = await connection.fetch(
                    """
                    select key, before from import_before
                    where batch_id = $1 and subject = $2 and key > $3 order by key limit $4
                    """,
                    batch_id,
                    CUSTOMER,
                    after,
                    AT_ONCE,
                )
                if not rows:
                    break
                after = rows[-1]["key"]
                await _take_back(connection, batch, rows, undone, clock())
            progress(undone.removed + undone.restored + undone.mended + undone.kept, of)
        async with connection.transaction():
            undone.sales += await _remove_sales(connection, batch_id, None)
            await _remove_lines(connection, batch_id, None)
            gone, before, stays = await cost_job.take_back(connection, batch_id)
            undone.costs, undone.kept = gone + before, undone.kept + stays
            await connection.execute("delete from import_edit where batch_id = $1", batch_id)
            if not undone.kept:
                await connection.execute("delete from import_before where batch_id = $1", batch_id)
            await connection.execute(
                "update import_batch set state = 'undone', ended_at = $2, position = 0 where id = $1",
                batch_id,
                clock(),
            )
            await chain.append(
                connection,
                principal,
                "import.undone",
                subject_kind="import",
                subject_id=batch_id,
                facts=msgspec.to_builtins(undone),
            )
    return undone


async def _take_back(
    connection: Connection, batch: Any, rows: Sequence[Any], undone: Undone, now: datetime
) -> None:
    batch_id = batch["id"]
    before = {UUID(row["key"]): row["before"] for row in rows}
    states = await installed().load_customers(connection, sorted(before))
    own = {
        row["mutation_id"]
        for row in await connection.fetch(
            "select mutation_id from import_edit where batch_id = $1 and record_id = any($2::uuid[])",
            batch_id,
            list(before),
        )
    }
    used = await _used_since(connection, batch_id, list(before))
    merged = await _merged_since(connection, batch_id, list(before))
    ready: dict[UUID, CustomerState] = {}
    for customer_id, state in states.items():
        if customer_id not in before:
            continue
        if customer_id in merged or (before[customer_id] is None and customer_id in used):
            undone.kept += 1
        else:
            ready[customer_id] = state
    settled = [each for each in before if each in ready or each not in states]
    undone.sales += await _remove_sales(connection, batch_id, list(ready))
    await _remove_lines(connection, batch_id, list(ready))
    removed = [each for each in ready if before[each] is None]
    restored = [each for each in ready if before[each] is not None and each not in used]
    mended = [each for each in ready if before[each] is not None and each in used]
    words = tokens(*(state.values.get(name) for state in ready.values() for name in NAME_FIELDS))
    await _restore_sources(connection, batch, list(ready))
    await _remove(connection, [ready[each] for each in removed])
    for customer_id in restored:
        _put_back(ready[customer_id], before[customer_id])
    for customer_id in mended:
        await _mend(connection, ready[customer_id], before[customer_id], own)
    await installed().redraw(connection, [ready[each] for each in mended], int(now.timestamp() * 1000))
    changed = sorted((ready[each] for each in (*restored, *mended)), key=lambda state: state.customer_id)
    await installed().save_customers(connection, changed)
    await publishing.publish_customers(connection, changed)
    await _restore_parts(connection, batch_id, restored)
    await _drop_lonely_words(connection, words)
    await connection.execute(
        "delete from import_before where batch_id = $1 and subject = $2 and key = any($3)",
        batch_id,
        CUSTOMER,
        [str(each) for each in settled],
    )
    undone.removed += len(removed)
    undone.restored += len(restored)
    undone.mended += len(mended)


async def _used_since(connection: Connection, batch_id: UUID, customer_ids: list[UUID]) -> set[UUID]:
    """Return those whom others than this batch have said something about since it began."""
    rows = await connection.fetch(
        """
        select distinct r.record_id from receipt r, import_batch b
        where b.id = $1 and r.record_id = any($2::uuid[]) and r.created_at >= b.started_at
          and r.mutation_id not in (select mutation_id from import_edit where batch_id = $1)
        """,
        batch_id,
        customer_ids,
    )
    return {row["record_id"] for row in rows}


async def _merged_since(connection: Connection, batch_id: UUID, customer_ids: list[UUID]) -> set[UUID]:
    """Return those who became one with somebody since this batch began, and still are."""
    rows = await connection.fetch(
        """
        select each as id from merge m, import_batch b, unnest($2::uuid[]) as each
        where b.id = $1 and each in (m.loser, m.winner) and m.created_at >= b.started_at
          and m.undone_at is null
        """,
        batch_id,
        customer_ids,
    )
    return {row["id"] for row in rows}


def _put_back(state: CustomerState, before: dict[str, Any]) -> None:
    """Let a customer be what she was, stamps and all."""
    for field in FIELDS:
        if state.values.get(field) != before[field] and not (
            is_empty(before[field]) and field not in state.values
        ):
            state.changed.add(field)
    paths = {path for path in {*state.stamps, *before["stamps"]}
             if state.stamps.get(path) != before["stamps"].get(path)}  # fmt: skip
    state.changed |= {path.partition("/")[0] for path in paths}
    state.values = {field: before[field] for field in FIELDS if not is_empty(before[field])}
    state.stamps = dict(before["stamps"])


async def _mend(connection: Connection, state: CustomerState, before: dict[str, Any], own: set[UUID]) -> None:
    """Take only the batch's own word back from a customer of whom others have spoken since."""
    for path, stamp in list(state.stamps.items()):
        if UUID(stamp["mid"]) not in own or "/" in path:
            continue
        state.changed.add(path)
        if path in before["stamps"]:
            state.stamps[path] = before["stamps"][path] | {"rev": stamp["rev"] + 1}
        else:
            del state.stamps[path]
        if is_empty(before[path]):
            state.values.pop(path, None)
        else:
            state.values[path] = before[path]
    state.derive({"consents": await standings_of(connection, state.customer_id)})


async def _remove(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Let customers go whom nobody but the batch ever knew; tablets that hold them let go of them too."""
    ids = [state.customer_id for state in states]
    if not ids:
        return
    await forget(connection, ids)
    leaving = [(key, state.customer_id) for state in states for key in state.scopes()]
    rows = await connection.fetch(
        "select record_id, grp from fragment where record_id = any($1::uuid[])", ids
    )
    await publishing.write_fragments(connection, [], [(row["record_id"], row["grp"]) for row in rows])
    await publishing.move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving)
    for table, column in (
        ("contact_point", "customer_id"),
        ("customer_search", "customer_id"),
        ("promise", "customer_id"),
        ("pin", "record_id"),
        ("customer", "id"),
    ):
        await connection.execute(f"delete from {table} where {column} = any($1::uuid[])", ids)  # noqa: S608


async def _remove_sales(connection: Connection, batch_id: UUID, customer_ids: list[UUID] | None) -> int:
    """Remove the sales that a batch brought in; of some customers, or of nobody."""
    gone = await connection.fetch(
        """
        delete from purchase p using import_edit e, import_batch b
        where e.batch_id = $1 and b.id = $1 and p.mutation_id = e.mutation_id
          and p.received_at >= b.started_at
          and (p.customer_id = any($2::uuid[]) or $2::uuid[] is null and p.customer_id is null)
        returning p.id
        """,
        batch_id,
        customer_ids,
    )
    await connection.execute(
        "delete from purchase_line where purchase_id = any($1::uuid[])", [row["id"] for row in gone]
    )
    return len(gone)


async def _remove_lines(connection: Connection, batch_id: UUID, customer_ids: list[UUID] | None) -> None:
    """Remove what edits left behind; of some customers, or of edits that were about nobody."""
    for table, column in LINES.items():
        await connection.execute(
            f"""
            delete from {table} t using import_edit e
            where e.batch_id = $1 and t.{column} = e.mutation_id
              and (e.record_id = any($2::uuid[])
                   or $2::uuid[] is null and not exists (
                     select from import_before b where b.batch_id = $1 and b.subject = 'customer'
                       and b.key = e.record_id::text))
            """,  # noqa: S608 (the names are ours)
            batch_id,
            customer_ids,
        )


async def _restore_sources(connection: Connection, batch: Any, customer_ids: list[UUID]) -> None:
    rows = await connection.fetch(
        """
        select b.key, b.before from import_before b join source_record s
          on s.source = $2 and s.source_id = b.key
        where b.batch_id = $1 and b.subject = $3 and s.customer_id = any($4::uuid[])
        """,
        batch["id"],
        batch["source"],
        SOURCE,
        customer_ids,
    )
    for row in rows:
        await connection.execute(
            "delete from source_record where source = $1 and source_id = $2", batch["source"], row["key"]
        )
        if row["before"] is not None:
            await connection.execute(
                "insert into source_record select * from jsonb_populate_record(null::source_record, $1)",
                row["before"],
            )
    await _settle(connection, batch["id"], SOURCE, [row["key"] for row in rows])


async def _restore_parts(connection: Connection, batch_id: UUID, customer_ids: list[UUID]) -> None:
    """Let what was said under each id of a merged person be what it was."""
    rows = await connection.fetch(
        """
        select key, before from import_before
        where batch_id = $1 and subject = $2 and (before ->> 'root')::uuid = any($3::uuid[])
        """,
        batch_id,
        PART,
        customer_ids,
    )
    for row in rows:
        await connection.execute("delete from customer_part where customer_id = $1", UUID(row["key"]))
        await connection.execute(
            "insert into customer_part select * from jsonb_populate_record(null::customer_part, $1)",
            row["before"],
        )
    await _settle(connection, batch_id, PART, [row["key"] for row in rows])


async def _settle(connection: Connection, batch_id: UUID, subject: str, keys: Sequence[str]) -> None:
    await connection.execute(
        "delete from import_before where batch_id = $1 and subject = $2 and key = any($3)",
        batch_id,
        subject,
        list(keys),
    )


async def _drop_lonely_words(connection: Connection, words: Sequence[str]) -> None:
    """Take those words out of the dictionary of names that nobody bears any more."""
    gone = await connection.fetch(
        """
        delete from name_token t where t.token = any($1::text[]) and not exists (
          select from customer_search s where s.tokens @> array[t.token]) returning token
        """,
        list(words),
    )
    await connection.execute(
        "delete from name_token_delete where token = any($1::text[])", [row["token"] for row in gone]
    )
