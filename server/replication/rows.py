"""Rows of given records as one person's tablet may hold them, for replies that are not pages of the feed."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from schemas.protocol import FragmentRow, MemberRow
from schemas.visibility import Lens
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.feed import KINDS, fragment_row
from server.scope import tablet_scopes


async def rows_of(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    *,
    changed: AbstractSet[UUID],
    whole: AbstractSet[UUID],
) -> dict[UUID, tuple[MemberRow, ...]]:
    """Return the rows of records in the scopes of the tablet, by record; others are absent.

    Args:
        changed: of these, the groups that the caller's own transaction has written.
        whole: of these, every group of the lens.
    """
    wanted = list(changed | whole)
    if not wanted:
        return {}
    members = await connection.fetch(
        """
        select s.key, m.record_id, m.kind, m.state, m.rev, m.into_id
        from member m join scope s on s.id = m.scope
        where m.record_id = any($1) and s.key = any($2) order by m.record_id, m.state <> 1, m.scope
        """,
        wanted,
        list(tablet_scopes(principal)),
    )
    stored = await connection.fetch(
        """
        select record_id, grp, rev, body from fragment
        where record_id = any($1) and grp = any($2)
          and (record_id = any($3) or xid = pg_current_xact_id_if_assigned())
        order by record_id, grp
        """,
        wanted,
        list(lens.groups),
        list(whole),
    )
    fragments: dict[UUID, list[FragmentRow]] = {}
    for row in stored:
        fragments.setdefault(row["record_id"], []).append(fragment_row(row["grp"], row["rev"], row["body"]))
    rows: dict[UUID, list[MemberRow]] = {}
    for member in members:
        record_id = member["record_id"]
        inside = member["state"] == 1
        rows.setdefault(record_id, []).append(
            MemberRow(
                scope=member["key"],
                record_id=record_id,
                kind=KINDS[member["kind"]].value,
                state=member["state"],
                rev=member["rev"],
                into=member["into_id"],
                fragments=tuple(fragments.pop(record_id, ())) if inside else (),
            )
        )
    return {record_id: tuple(held) for record_id, held in rows.items()}
