"""The audit trail and what it gives away of tampering."""

import pytest

from server.audit.chain import ChainBroken, append, seal, verify
from server.database.pool import Connection
from tests.server.people import hire_everybody, make_customer, principal_named


async def _trail(connection: Connection, events: int = 6) -> None:
    for number in range(events):
        await append(connection, None, "test.happened", facts={"number": number})
    async with connection.transaction():
        assert await seal(connection) == events


class TestTheChain:
    async def test_holds_when_nobody_touched_it(self, connection: Connection) -> None:
        await _trail(connection)
        await _trail(connection, 3)
        head = await verify(connection)
        assert head.link == 9

    async def test_is_empty_at_first(self, connection: Connection) -> None:
        assert (await verify(connection)).link == 0

    @pytest.mark.parametrize(
        "tampering",
        [
            "update audit_event set action = 'test.other' where link = 3",
            "update audit_event set facts = '{\"number\": 99}' where link = 3",
            "update audit_event set at = at + interval '1 second' where link = 3",
            "update audit_event set actor = gen_random_uuid() where link = 3",
            "delete from audit_event where link = 3",
            "delete from audit_event where link = 1",
            "update audit_event set hash = '\\x00' where link = 6",
            "update audit_event set link = link + 1000 where link = 6",
        ],
    )
    async def test_gives_tampering_away(self, connection: Connection, tampering: str) -> None:
        await _trail(connection)
        await connection.execute(tampering)
        with pytest.raises(ChainBroken):
            await verify(connection)

    async def test_is_proved_whole_by_a_head_kept_elsewhere(self, connection: Connection) -> None:
        await _trail(connection)
        kept = await verify(connection)
        await connection.execute("delete from audit_event where link = 6")
        assert await verify(connection) != kept


class TestEvents:
    async def test_of_an_edit_name_fields_and_no_values(self, connection: Connection) -> None:
        await hire_everybody(connection)
        ines = await principal_named(connection, "ines")
        her = await make_customer(connection, ines, given_name="Canari")
        row = await connection.fetchrow("select * from audit_event where action = 'customer.created'")
        assert row is not None
        assert (row["actor"], row["subject_id"]) == (ines.associate_id, her)
        assert "given_name" in row["facts"]["fields"]
        everything = await connection.fetchval("select string_agg(e::text, '') from audit_event e")
        assert "Canari" not in everything
