"""Rows of given records as one person's tablet may hold them, for replies that are not pages of the feed."""

from collections.abc import Mapping, Sequence
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
    changed: Mapping[UUID, Sequence[FragmentRow]],
    whole: AbstractSet[UUID],
) -> dict[UUID, tuple[MemberRow, ...]]:
    """Return the rows of records in the scopes of the tablet, by record; others are absent.

    Args:
        changed: of these, no more than the fragments given, as far as the lens shows them.
        whole: of these, every group of the lens.
    """
    wanted = list(changed.keys() | whole)
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
    seen = frozenset(lens.groups)
    fragments = {
        record_id: sorted((each for each in written if each.group in seen), key=lambda each: each.group)
        for record_id, written in changed.items()
        if record_id not in whole
    }
    if whole:
        stored = await connection.fetch(
            """
            select record_id, grp, rev, body from fragment
            where record_id = any($1) and grp = any($2) order by record_id, grp
            """,
            list(whole),
            list(lens.groups),
        )
        for row in stored:
            fragment = fragment_row(row["grp"], row["rev"], row["body"])
            fragments.setdefault(row["record_id"], []).append(fragment)
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
