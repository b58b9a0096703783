"""Publishing: fragments first, then the feed's rows, in the transaction that changed the record.

The writer's rule: the record's own row is locked, fragments are written, and only then is the feed touched.
A page of the feed rests on it; see docs/sync-protocol.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from schemas.protocol import FragmentRow
from schemas.record import Kind, Values
from schemas.visibility import MASKED_SUFFIX, NOTES, FieldGroup
from server.database.pool import Connection
from server.policy.in_force import groups_to_write
from server.replication.feed import KIND_NUMBERS, fragment_row
from server.replication.fragments import EMPTY_BODY, contents
from server.replication.fragments import written as body_of
from server.replication.recent import KEPT, UNKNOWN, marks_between
from server.replication.workspace import CustomerState
from server.scope import scope_ids

_encoder = msgspec.json.Encoder()


async def publish_customers(
    connection: Connection, changed: Sequence[CustomerState], groups: Sequence[FieldGroup] | None = None
) -> dict[UUID, list[FragmentRow]]:
    """Publish customers whose rows the caller has locked and saved. Only what differs moves.

    Args:
        groups: what they are cut into; None for the policy in force, and one on its way.

    Returns:
        the fragments that moved, by record.
    """
    if not changed:
        return {}
    if groups is None:
        groups = await groups_to_write(connection)
    written: list[tuple[UUID, str, str]] = []
    emptied: list[tuple[UUID, str]] = []
    marks: dict[tuple[UUID, str], str] = {}
    for state in changed:
        affected = [group for group in groups if state.changed.intersection(group.fields)]
        made = contents(state.values, state.stamps, affected)
        before = {} if state.is_new else contents(*state.before, affected)
        for key, content in sorted(made.items()):
            written.append((state.customer_id, key, body_of(content).decode()))
            if not key.endswith(MASKED_SUFFIX):  # what is masked is sent whole: small, and nobody's path
                marks[state.customer_id, key] = marks_between(before.get(key), content)
        if not state.is_new:
            emptied += [
                (state.customer_id, key)
                for group in affected
                for key in group.keys
                if key not in made and key != NOTES
            ]
    moved = await write_fragments(connection, written, emptied, marks=marks)
    await _touch(connection, [state.customer_id for state in changed if not state.is_new])
    entering: list[tuple[str, UUID]] = []
    leaving: list[tuple[str, UUID]] = []
    for state in changed:
        now = state.scopes()
        entering += [(key, state.customer_id) for key in now - state.scopes_before]
        leaving += [(key, state.customer_id) for key in state.scopes_before - now]
    await move_members(connection, Kind.CUSTOMER, entering=entering, leaving=leaving)
    return moved


async def publish_public(
    connection: Connection, kind: Kind, scope: str, records: Iterable[tuple[UUID, Values]]
) -> None:
    """Publish records without personal data (products, stores, associates) to all who hold their scope.

    Publishing what already stands changes nothing.
    """
    written = [
        (record_id, kind.value, _encoder.encode({"values": values}).decode()) for record_id, values in records
    ]
    written.sort(key=lambda row: row[0])
    moved = await write_fragments(connection, written, [])
    await _touch(connection, sorted(moved))
    await move_members(connection, kind, entering=[(scope, row[0]) for row in written], leaving=[])


async def move_members(
    connection: Connection,
    kind: Kind,
    *,
    entering: Sequence[tuple[str, UUID]],
    leaving: Sequence[tuple[str, UUID]],
) -> None:
    """Let records enter and leave scopes. A row's revision grows only when it really moves."""
    if not entering and not leaving:
        return
    ids = await scope_ids(connection, {key for key, _ in (*entering, *leaving)})
    if entering:
        rows = sorted((record_id, ids[key]) for key, record_id in entering)
        await connection.execute(
            """
            insert into member (scope, record_id, kind, state)
            select scope, record, $1, 1 from unnest($2::int[], $3::uuid[]) as each (scope, record)
            on conflict (scope, record_id) do update
              set state = 1, into_id = null, rev = member.rev + 1,
                  xid = pg_current_xact_id(), moved = pg_current_xact_id()
              where member.state <> 1
            """,
            KIND_NUMBERS[kind],
            [scope for _, scope in rows],
            [record_id for record_id, _ in rows],
        )
    if leaving:
        rows = sorted((record_id, ids[key]) for key, record_id in leaving)
        await connection.execute(
            """
            update member m set state = 0, rev = m.rev + 1,
                   xid = pg_current_xact_id(), moved = pg_current_xact_id()
            from unnest($1::int[], $2::uuid[]) as each (scope, record)
            where m.scope = each.scope and m.record_id = each.record and m.state = 1
            """,
            [scope for _, scope in rows],
            [record_id for record_id, _ in rows],
        )


async def write_fragments(
    connection: Connection,
    written: Sequence[tuple[UUID, str, str]],
    emptied: Sequence[tuple[UUID, str]],
    *,
    marks: Mapping[tuple[UUID, str], str] | None = None,
) -> dict[UUID, list[FragmentRow]]:
    """Write (record, group, body) and empty groups, where that changes anything; return what moved.

    The feed is told by the caller.

    Args:
        marks: (record, group) -> what differs from what stands (``recent.marks_between``).
    """
    marks = marks or {}
    moved: dict[UUID, list[FragmentRow]] = {}
    if written:
        rows = await connection.fetch(
            """
            insert into fragment (record_id, grp, body, recent)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
            on conflict (record_id, grp) do update
              set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body,
                  recent = left(concat(fragment.rev + 1, ' ', fragment.xid, ' ', excluded.recent, E'\n',
                                       fragment.recent), $5)
              where fragment.body <> excluded.body
            returning record_id, grp, rev
            """,
            *(list(column) for column in zip(*written, strict=True)),
            [marks.get((record_id, group), UNKNOWN) for record_id, group, _ in written],
            KEPT,
        )
        made = {(record_id, group): body for record_id, group, body in written}
        for row in rows:
            record_id, group = row["record_id"], row["grp"]
            fragment = fragment_row(group, row["rev"], made[record_id, group])
            moved.setdefault(record_id, []).append(fragment)
    if emptied:
        rows = await connection.fetch(
            """
            update fragment f set rev = f.rev + 1, xid = pg_current_xact_id(), body = $3
            from unnest($1::uuid[], $2::text[]) as each (record, grp)
            where f.record_id = each.record and f.grp = each.grp and f.body <> $3
            returning f.record_id, f.grp, f.rev
            """,
            [record_id for record_id, _ in emptied],
            [group for _, group in emptied],
            EMPTY_BODY.decode(),
        )
        for row in rows:
            fragment = fragment_row(row["grp"], row["rev"], EMPTY_BODY.decode())
            moved.setdefault(row["record_id"], []).append(fragment)
    return moved


async def _touch(connection: Connection, record_ids: Sequence[UUID]) -> None:
    """Tell the feed that something of these records moved; each row once, whatever moved."""
    if record_ids:
        await connection.execute(
            "update member set xid = pg_current_xact_id() where record_id = any($1)", list(record_ids)
        )
