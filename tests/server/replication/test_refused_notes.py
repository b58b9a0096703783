"""A note that says what none may say: refused under a stable code, and kept nowhere."""

from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import LogTouchpoint, WriteNote
from schemas.protocol import OutcomeStatus
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import NOW, envelope, principal_named
from tests.server.rest.house import Asking, touchpoint

TEXT = "Sa sœur dit qu'elle a un cancer, zqsecretqz"


async def traces(connection: Connection, word: str) -> list[str]:
    """Return the tables in which a word stands anywhere."""
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    return [
        row["tablename"]
        for row in tables
        if await connection.fetchval(
            f'select exists (select from "{row["tablename"]}" t where t::text like $1)', f"%{word}%"
        )
    ]


class TestARefusedNote:
    @pytest.mark.parametrize("whose", ["anne", "brune"])
    async def test_is_kept_nowhere(self, whose: str, connection: Connection, house: dict[str, UUID]) -> None:
        ines = await principal_named(connection, "ines")
        note = WriteNote(note_id=uuid4(), text=TEXT, level=NoteLevel.STORE)
        (outcome,) = await submit(connection, ines, [envelope(house[whose], note)], now=NOW)
        assert outcome.status == OutcomeStatus.REFUSED
        assert outcome.code == "note_refused"
        assert outcome.detail == {"field": "notes", "rule": "health"}
        assert await traces(connection, "zqsecretqz") == []

    @pytest.mark.parametrize("whose", ["anne", "brune"])
    async def test_is_kept_nowhere_where_it_hides_in_what_is_told_of_a_contact(
        self, whose: str, connection: Connection, house: dict[str, UUID]
    ) -> None:
        ines = await principal_named(connection, "ines")
        told = msgspec.structs.replace(touchpoint(2).touchpoint, summary=TEXT)
        (outcome,) = await submit(
            connection, ines, [envelope(house[whose], LogTouchpoint(touchpoint=told))], now=NOW
        )
        assert (outcome.status, outcome.code) == (OutcomeStatus.REFUSED, "note_refused")
        assert await traces(connection, "zqsecretqz") == []

    async def test_is_refused_at_the_door_too(
        self, ines: Asking, connection: Connection, house: dict[str, UUID]
    ) -> None:
        reply = await ines.send("POST", f"/customers/{house['anne']}/notes", {"text": TEXT, "level": "store"})
        assert (reply.status_code, reply.json()["code"]) == (422, "note_refused")
        assert "cancer" not in reply.text
        assert await traces(connection, "zqsecretqz") == []

    async def test_is_told_from_one_that_only_sounds_so(self, ines: Asking, house: dict[str, UUID]) -> None:
        note = {"text": "Croix en or et sac noir pour un baptême", "level": "store"}
        assert (await ines.send("POST", f"/customers/{house['anne']}/notes", note)).status_code == 201
