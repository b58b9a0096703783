"""Promises through the write path: moved by several people at once, merged, parted, forgotten."""

from typing import Any
from uuid import UUID

import pytest

from schemas.ids import id_from
from schemas.mutations import BookAppointment, MakeTask, MoveAppointment, MoveTask, Mutation
from schemas.promise import AppointmentKind, AppointmentState, TaskKind, TaskState
from schemas.protocol import Outcome
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import NOW, NOW_MS, envelope, principal_named
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

CALL = id_from("task", "call")
PATH = f"tasks/{CALL}"
PROMISED = MakeTask(task_id=CALL, kind=TaskKind.CALL, text="Le sac est arrivé", due="2026-11-24")


async def say(
    connection: Connection, code: str, record_id: UUID, mutation: Mutation, *, after: int = 0, seen: int = 0
) -> Outcome:
    principal = await principal_named(connection, code)
    key = getattr(mutation, "appointment_id", CALL)
    field = "appointments" if isinstance(mutation, BookAppointment | MoveAppointment) else "tasks"
    edit = envelope(record_id, mutation, base={f"{field}/{key}": seen} if seen else {}, at_ms=NOW_MS + after)
    (outcome,) = await submit(connection, principal, [edit], now=NOW)
    return outcome


async def task(connection: Connection, customer_id: UUID) -> dict[str, Any]:
    held: dict[str, Any] | None = await connection.fetchval(
        "select tasks from customer where id = $1", customer_id
    )
    found: dict[str, Any] = (held or {})[str(CALL)]
    return found


@pytest.fixture
async def anne(house: dict[str, UUID], connection: Connection) -> UUID:
    outcome = await say(connection, "ines", house["anne"], PROMISED)
    assert outcome.status == "applied", outcome
    return house["anne"]


class TestAPromise:
    async def test_is_made_once(self, anne: UUID, connection: Connection) -> None:
        again = await say(connection, "luc", anne, PROMISED)

        held = await task(connection, anne)
        assert again.status == "applied"
        assert (held["state"], held["due"], held["store"]) == ("open", "2026-11-24", "lyon")
        assert await connection.fetchval("select count(*) from promise") == 1

    async def test_done_by_one_and_called_off_by_another_is_done_and_the_other_is_told(
        self, anne: UUID, connection: Connection
    ) -> None:
        done = await say(connection, "ines", anne, MoveTask(task_id=CALL, to=TaskState.DONE), after=1)
        off = await say(connection, "luc", anne, MoveTask(task_id=CALL, to=TaskState.CANCELLED), after=2)

        assert done.status == "applied"
        assert (off.status, off.code) == ("refused", "precondition")
        assert off.detail == {"field": PATH, "rule": "done"}
        assert (await task(connection, anne))["state"] == "done"
        kept = await connection.fetchrow("select code, args from held_edit where review = 'open'")
        assert kept is not None and (kept["code"], kept["args"]["to"]) == ("precondition", "cancelled")

    async def test_called_off_by_one_and_done_by_another_is_done_too(
        self, anne: UUID, connection: Connection
    ) -> None:
        await say(connection, "luc", anne, MoveTask(task_id=CALL, to=TaskState.CANCELLED), after=2)
        done = await say(connection, "ines", anne, MoveTask(task_id=CALL, to=TaskState.DONE), after=1)

        assert done.status == "applied"
        assert (await task(connection, anne))["state"] == "done"
        before = await connection.fetchval("select value->>'state' from field_past order by id desc limit 1")
        assert before == "cancelled"

    async def test_put_off_and_handed_over_keeps_both_words(self, anne: UUID, connection: Connection) -> None:
        await say(connection, "ines", anne, MoveTask(task_id=CALL, due="2026-12-01"), after=2)
        outcome = await say(connection, "luc", anne, MoveTask(task_id=CALL, owner="marie"), after=1)

        held = await task(connection, anne)
        assert outcome.status == "applied"
        assert (held["due"], held["owner"]) == ("2026-12-01", "marie")
        line = await connection.fetchrow("select day, owner, ended from promise")
        assert line is not None and tuple(line) == ("2026-12-01", "marie", False)

    async def test_taken_up_again_leaves_what_was_said_before_behind(
        self, anne: UUID, connection: Connection
    ) -> None:
        await say(connection, "ines", anne, MoveTask(task_id=CALL, to=TaskState.DONE), after=1)
        again = await say(
            connection, "ines", anne, MoveTask(task_id=CALL, to=TaskState.OPEN, round=1), after=2, seen=2
        )
        late = await say(connection, "luc", anne, MoveTask(task_id=CALL, to=TaskState.CANCELLED), after=9)

        assert again.status == "applied"
        assert (late.status, late.code) == ("refused", "precondition")
        assert (await task(connection, anne))["state"] == "open"

    async def test_that_nobody_made_cannot_be_moved(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        outcome = await say(connection, "ines", house["anne"], MoveTask(task_id=CALL, to=TaskState.DONE))

        assert (outcome.status, outcome.code) == ("refused", "precondition")

    async def test_says_nothing_that_no_note_may_say(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        bad = MakeTask(task_id=CALL, kind=TaskKind.CALL, text="Elle est enceinte et malade du cancer")
        outcome = await say(connection, "ines", house["anne"], bad)

        assert (outcome.status, outcome.code) == ("refused", "note_refused")
        assert await connection.fetchval("select args from held_edit") is None

    async def test_is_kept_from_a_role_that_may_not_write_it(
        self, anne: UUID, connection: Connection
    ) -> None:
        outcome = await say(connection, "henri", anne, MoveTask(task_id=CALL, to=TaskState.DONE))

        assert (outcome.status, outcome.code) == ("refused", "field_not_allowed")

    async def test_follows_a_merge_and_goes_back_with_what_became_of_it(
        self, anne: UUID, house: dict[str, UUID], connection: Connection, henri: Asking
    ) -> None:
        merged = await henri.send("POST", f"/customers/{anne}/merge", {"into": str(house["brune"])})
        assert merged.status_code == 200, merged.text
        assert (await task(connection, house["brune"]))["state"] == "open"
        assert await connection.fetchval("select customer_id from promise") == house["brune"]
        moved = await say(
            connection, "paul", house["brune"], MoveTask(task_id=CALL, to=TaskState.DONE), after=5
        )
        assert moved.status == "applied"

        parted = await henri.send("POST", f"/customers/{anne}/unmerge", {})

        assert parted.status_code == 200, parted.text
        assert (await task(connection, anne))["state"] == "done"
        assert await connection.fetchval("select tasks from customer where id = $1", house["brune"]) is None
        line = await connection.fetchrow("select customer_id, ended from promise")
        assert line is not None and tuple(line) == (anne, True)

    async def test_said_offline_of_somebody_merged_since_lands_on_the_survivor(
        self, anne: UUID, house: dict[str, UUID], connection: Connection, henri: Asking
    ) -> None:
        await henri.send("POST", f"/customers/{anne}/merge", {"into": str(house["brune"])})

        outcome = await say(connection, "paul", anne, MoveTask(task_id=CALL, to=TaskState.DONE), after=5)

        assert (outcome.status, outcome.detail["into"]) == ("redirected", str(house["brune"]))
        assert (await task(connection, house["brune"]))["state"] == "done"

    async def test_goes_with_the_person(self, anne: UUID, connection: Connection, paola: Asking) -> None:
        file = await paola.get(f"/privacy/customers/{anne}/file")
        assert "Le sac est arrivé" in file.text

        gone = await paola.send("POST", "/privacy/erasures", {"customer_id": str(anne), "reason": "request"})

        assert gone.status_code in (200, 201), gone.text
        for table in ("promise", "field_past", "held_edit"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0


class TestAnAppointment:
    async def test_moved_by_one_and_called_off_by_another_is_off_at_the_new_time(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne, key = house["anne"], id_from("appointment", "1")
        book = BookAppointment(appointment_id=key, kind=AppointmentKind.FITTING, starts=NOW_MS)
        assert (await say(connection, "ines", anne, book)).status == "applied"
        later = MoveAppointment(appointment_id=key, starts=NOW_MS + 86_400_000)
        off = MoveAppointment(appointment_id=key, to=AppointmentState.CANCELLED)

        assert (await say(connection, "luc", anne, off, after=2)).status == "applied"
        assert (await say(connection, "ines", anne, later, after=1)).status == "applied"

        held = await connection.fetchval("select appointments from customer where id = $1", anne)
        assert held[str(key)]["state"] == "cancelled"
        assert held[str(key)]["starts"] == NOW_MS + 86_400_000


@pytest.fixture
async def henri(house: dict[str, UUID], client: Any) -> Asking:
    return await asking(client, "henri")


@pytest.fixture
async def paola(house: dict[str, UUID], client: Any) -> Asking:
    return await asking(client, "paola")
