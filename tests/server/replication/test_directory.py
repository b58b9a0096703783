"""The directory as tablets hold it."""

from server.database.pool import Connection
from server.replication.directory import publish_directory
from tests.server.people import associate_id, hire_everybody


async def _published(connection: Connection) -> list[tuple[object, ...]]:
    rows = await connection.fetch(
        """
        select m.record_id, m.state, m.rev, m.xid::text, f.rev as fragment_rev, f.body
        from member m join scope s on s.id = m.scope left join fragment f on f.record_id = m.record_id
        where s.key = 'directory' order by 1
        """
    )
    return [tuple(row) for row in rows]


class TestTheDirectory:
    async def test_changes_nothing_when_published_again(self, connection: Connection) -> None:
        await hire_everybody(connection)
        await publish_directory(connection)
        before = await _published(connection)
        await publish_directory(connection)
        assert await _published(connection) == before
        assert len(before) == 4 + 12

    async def test_loses_who_left_and_tells_no_sign_in_facts(self, connection: Connection) -> None:
        await hire_everybody(connection)
        await publish_directory(connection)
        await connection.execute("update associate set active = false where code = 'ines'")
        await publish_directory(connection)
        states = [row[1] for row in await _published(connection)]
        assert (states.count(1), states.count(0)) == (15, 1)
        kept = await connection.fetchval("select string_agg(body, '') from fragment where grp = 'associate'")
        assert "argon2" not in kept
        assert str(associate_id("luc")) in kept
