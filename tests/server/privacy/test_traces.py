"""What ends before the person does: her visits on the web, messages, appointments, tasks and cases."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.consent import ContactChannel, Purpose
from schemas.engagement import Touchpoint, TouchpointKind
from schemas.ids import id_from
from schemas.messages import MessageState
from schemas.mutations import (
    BookAppointment,
    LogTouchpoint,
    MakeTask,
    MoveCase,
    MoveMessage,
    MoveTask,
    OpenCase,
    SendMessage,
)
from schemas.promise import AppointmentKind, CaseKind, CaseState, TaskKind, TaskState
from schemas.record import Channel
from server.database.pool import Connection
from server.privacy.retention import begin, due, slice_of
from tests.server.people import NOW, NOW_MS, principal_named
from tests.server.rest.house import Asking, asking, tell

pytestmark = pytest.mark.anyio

FIELDS = ("messages", "appointments", "tasks", "cases")
ENDED = {field: id_from("trace", f"{field} ended") for field in FIELDS}
OPEN = {field: id_from("trace", f"{field} open") for field in ("tasks", "cases")}


@pytest.fixture
async def paola(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The privacy officer."""
    return await asking(client, "paola")


@pytest.fixture
async def henri(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """Head office."""
    return await asking(client, "henri")


async def looked(connection: Connection, customer_id: UUID, name: str, *, days_ago: int = 0) -> UUID:
    """Let her look at something on the web."""
    touch = Touchpoint(
        touchpoint_id=id_from("trace", name),
        at=NOW_MS - days_ago * 86_400_000,
        kind=TouchpointKind.WEB_VIEW,
        channel=Channel.WEB,
        summary=f"looked at {name}",
        sku=name,
    )
    source = await principal_named(connection, "import")
    await tell(connection, source, customer_id, LogTouchpoint(touchpoint=touch))
    return touch.touchpoint_id


async def promise_everything(connection: Connection, customer_id: UUID) -> None:
    """Make one promise of each kind that has come to its end, and two that are open."""
    ines = await principal_named(connection, "ines")
    await tell(
        connection,
        ines,
        customer_id,
        SendMessage(
            message_id=ENDED["messages"],
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.SERVICE,
            text="Votre sac est prêt",
        ),
        BookAppointment(
            appointment_id=ENDED["appointments"], kind=AppointmentKind.FITTING, starts=NOW_MS, minutes=30
        ),
        MakeTask(task_id=ENDED["tasks"], kind=TaskKind.CALL, text="rappeler"),
        MakeTask(task_id=OPEN["tasks"], kind=TaskKind.CALL, text="rappeler encore"),
        OpenCase(case_id=ENDED["cases"], kind=CaseKind.REPAIR, text="fermoir"),
        OpenCase(case_id=OPEN["cases"], kind=CaseKind.REPAIR, text="doublure"),
    )
    await tell(
        connection,
        ines,
        customer_id,
        MoveMessage(message_id=ENDED["messages"], to=MessageState.CANCELLED),
        MoveTask(task_id=ENDED["tasks"], to=TaskState.DONE),
        MoveCase(case_id=ENDED["cases"], to=CaseState.SOLVED),
    )


async def let_go(connection: Connection, *, months: int) -> dict[str, int]:
    """Let go as of so many months from now; return what went of those who stay."""
    async with connection.transaction():
        run = await begin(connection, now=_in(months))
    while run.finished_at is None:
        async with connection.transaction():
            run = await slice_of(connection, run, limit=2)
    return run.traces


def _in(months: int) -> datetime:
    return NOW + timedelta(days=31 * months)


async def held(connection: Connection, customer_id: UUID) -> dict[str, set[str]]:
    """Return the things that stand on her record, by field."""
    row = await connection.fetchrow(f"select {', '.join(FIELDS)} from customer where id = $1", customer_id)
    assert row is not None
    return {field: set(row[field] or {}) for field in FIELDS}


async def stay(connection: Connection) -> None:
    """Let nobody's time be over, whatever is let go of her."""
    await connection.execute("update customer set created_at = created_at + interval '20 years'")


class TestWhatIsOver:
    async def test_goes_from_the_record_its_lists_and_the_feed_and_what_is_open_stays(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne = house["anne"]
        await promise_everything(connection, anne)
        await stay(connection)
        before = await _fragments(connection, anne)

        gone = await let_go(connection, months=61)

        assert {name: gone[name] for name in FIELDS} == dict.fromkeys(FIELDS, 1)
        assert await held(connection, anne) == {
            "messages": set(),
            "appointments": set(),
            **{field: {str(key)} for field, key in OPEN.items()},
        }
        assert await connection.fetch("select from outgoing where customer_id = $1", anne) == []
        listed = await connection.fetch("select id from promise where customer_id = $1", anne)
        assert {row["id"] for row in listed} == set(OPEN.values())
        told = "select count(*) from field_past where record_id = $1 and value::text like '%fermoir%'"
        assert await connection.fetchval(told, anne) == 0
        after = await _fragments(connection, anne)
        assert "fermoir" in "".join(body for _, body in before.values())
        assert "fermoir" not in "".join(body for _, body in after.values())
        moved = {group for group, (rev, body) in after.items() if before.get(group, (0, ""))[1] != body}
        assert moved and all(after[group][0] > before[group][0] for group in moved), "tablets are told"
        lines = await connection.fetch("select facts from audit_event where action = 'retention.let_go'")
        assert {line["facts"]["rule"] for line in lines} >= set(FIELDS)

    async def test_is_foretold_and_not_touched_by_looking(
        self, house: dict[str, UUID], connection: Connection, paola: Asking
    ) -> None:
        await promise_everything(connection, house["anne"])
        for name, months in (("messages", 12), ("appointments", 1), ("tasks", 1), ("cases", 24)):
            reply = await paola.send("PUT", f"/privacy/retention/rules/{name}", {"months": months})
            assert reply.status_code == 200, reply.text
        assert (await paola.get("/privacy/retention")).json()["traces"] == {}
        soon = (await paola.get("/privacy/retention?ahead=60")).json()["traces"]
        assert soon == {"appointments": 1, "tasks": 1}
        year = (await paola.get("/privacy/retention?ahead=366")).json()["traces"]
        assert {name: year.get(name) for name in FIELDS} == {
            "appointments": 1, "tasks": 1, "messages": 1, "cases": None,
        }  # fmt: skip
        assert (await held(connection, house["anne"]))["messages"]

    async def test_does_not_come_back_when_two_part(
        self, house: dict[str, UUID], connection: Connection, henri: Asking
    ) -> None:
        anne, brune = house["anne"], house["brune"]
        await promise_everything(connection, anne)
        await looked(connection, anne, "first", days_ago=2)
        await looked(connection, anne, "second", days_ago=1)
        merged = await henri.send("POST", f"/customers/{anne}/merge", {"into": str(brune)})
        assert merged.status_code == 200, merged.text
        await stay(connection)
        await let_go(connection, months=61)
        parted = await henri.send("POST", f"/customers/{anne}/unmerge")
        assert parted.status_code == 200, parted.text
        for customer_id in (anne, brune):
            assert (await held(connection, customer_id))["messages"] == set()
            shown = await connection.fetchval("select touchpoints from customer where id = $1", customer_id)
            assert "web_view" not in {each["kind"] for each in shown or []}
        assert (await held(connection, anne))["cases"] == {str(OPEN["cases"])}

    async def test_stays_under_a_restriction(
        self, house: dict[str, UUID], connection: Connection, paola: Asking
    ) -> None:
        anne = house["anne"]
        await promise_everything(connection, anne)
        await looked(connection, anne, "bag")
        await connection.execute(
            "insert into field_past (record_id, field, lost_to, created_at) values ($1, 'town', $1, $2)",
            anne,
            NOW,
        )
        await paola.send(
            "POST", f"/privacy/customers/{anne}/limits", {"kind": "restriction", "reason": "case"}
        )
        before = await _everything(connection, anne)
        assert await let_go(connection, months=61) == {}
        assert await _everything(connection, anne) == before


class TestHerVisitsOnTheWeb:
    async def test_are_let_go_and_of_the_last_the_date_still_tells_how_long_she_is_kept(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        brune = house["brune"]  # who never bought
        await connection.execute(
            "update customer set created_at = $2 where id = $1", brune, NOW - timedelta(days=300)
        )
        await looked(connection, brune, "first", days_ago=20)
        last = await looked(connection, brune, "last", days_ago=1)

        gone = await let_go(connection, months=27)

        assert gone["web_behaviour"] >= 2
        left = await connection.fetch("select id, summary, sku from touchpoint where customer_id = $1", brune)
        assert [tuple(row) for row in left] == [(last, "", None)]
        assert await connection.fetchval("select touchpoints from customer where id = $1", brune) is None
        assert brune not in {each.customer_id for each in await due(connection, now=_in(30))}
        (over,) = [each for each in await due(connection, now=_in(37)) if each.customer_id == brune]
        assert int(over.last_act.timestamp() * 1000) == NOW_MS - 86_400_000

    async def test_leave_other_contacts_alone(self, house: dict[str, UUID], connection: Connection) -> None:
        def visits() -> Any:
            return connection.fetchval(
                "select count(*) from touchpoint where customer_id = $1 and kind = 'visit'", house["anne"]
            )

        before = await visits()
        await let_go(connection, months=27)
        assert await visits() == before > 0


async def _fragments(connection: Connection, customer_id: UUID) -> dict[str, tuple[int, str]]:
    rows = await connection.fetch("select grp, rev, body from fragment where record_id = $1", customer_id)
    return {row["grp"]: (row["rev"], row["body"]) for row in rows}


async def _everything(connection: Connection, customer_id: UUID) -> list[Any]:
    return [
        await held(connection, customer_id),
        await _fragments(connection, customer_id),
        await connection.fetch("select * from touchpoint where customer_id = $1 order by id", customer_id),
        await connection.fetch("select * from promise where customer_id = $1 order by id", customer_id),
        await connection.fetch("select id from field_past where record_id = $1 order by 1", customer_id),
    ]
