"""Promises over HTTP: made, moved, listed across customers, each through the reader's own lens."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from tests.server.people import NOW_MS, associate_id
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

TASK = {"kind": "call", "text": "Montrer les nouveautés", "due": "2026-11-24"}


async def made(who: Asking, customer_id: UUID, door: str = "tasks", **said: Any) -> str:
    reply = await who.send("POST", f"/customers/{customer_id}/{door}", {**TASK, **said})
    assert reply.status_code == 201, reply.text
    return str(next(iter(reply.json()["data"])))


class TestTasks:
    async def test_are_made_moved_and_read(self, ines: Asking, house: dict[str, UUID]) -> None:
        key = await made(ines, house["anne"], owner=str(associate_id("ines")))
        path = f"/customers/{house['anne']}/tasks"

        later = await ines.send("PATCH", f"{path}/{key}", {"due": "2026-12-01"})
        done = await ines.send("PATCH", f"{path}/{key}", {"state": "done", "why": "Elle passe samedi"})

        assert later.json()["data"][key]["due"] == "2026-12-01"
        assert done.json()["data"][key]["state"] == "done"
        assert done.json()["data"][key]["turns"]["state"]["by"] == str(associate_id("ines"))
        assert (await ines.get(path)).json() == done.json()

    async def test_refuse_what_cannot_follow(self, ines: Asking, house: dict[str, UUID]) -> None:
        key = await made(ines, house["anne"])
        path = f"/customers/{house['anne']}/tasks/{key}"
        await ines.send("PATCH", path, {"state": "cancelled"})

        reply = await ines.send("PATCH", path, {"state": "done"})
        again = await ines.send("PATCH", path, {"state": "open", "round": 1, "due": "2026-12-05"})

        assert (reply.status_code, reply.json()["code"]) == (409, "precondition")
        assert again.status_code == 200, again.text

    @pytest.mark.parametrize("door", ["tasks", "cases"])
    async def test_are_due_on_days_that_there_are(
        self, ines: Asking, house: dict[str, UUID], door: str
    ) -> None:
        kind = {"tasks": "call", "cases": "repair"}[door]
        path = f"/customers/{house['anne']}/{door}"
        key = await made(ines, house["anne"], door, kind=kind)

        for reply in (
            await ines.send("POST", path, {**TASK, "kind": kind, "due": "2027-02-29"}),
            await ines.send("PATCH", f"{path}/{key}", {"due": "2026-11-31"}),
        ):
            assert (reply.status_code, reply.json()["code"]) == (422, "field_invalid")
            assert "a day of the calendar" in reply.text
        assert list((await ines.get(path)).json()["data"]) == [key]

    async def test_are_made_once_under_one_key(self, ines: Asking, house: dict[str, UUID]) -> None:
        for _ in range(2):
            reply = await ines.send(
                "POST", f"/customers/{house['anne']}/tasks", TASK, Idempotency_Key="promise-1"
            )
            assert reply.status_code == 201, reply.text

        assert len(reply.json()["data"]) == 1

    async def test_refuse_words_and_shapes_nobody_knows(self, ines: Asking, house: dict[str, UUID]) -> None:
        path = f"/customers/{house['anne']}/tasks"
        key = await made(ines, house["anne"])
        for method, where, body in (
            ("POST", path, {"kind": "dance"}),
            ("POST", path, {"kind": "call", "due": "tomorrow"}),
            ("POST", path, {"kind": "call", "text": "x" * 401}),
            ("POST", path, {"kind": "call", "text": "\u202egnirts"}),
            ("POST", path, {"kind": "call", "more": 1}),
            ("PATCH", f"{path}/{key}", {"state": "paused"}),
            ("PATCH", f"{path}/{key}", {"round": -1}),
        ):
            reply = await ines.send(method, where, body)
            assert reply.status_code == 422, (method, body, reply.text)
        for method, where, body in (
            ("PATCH", f"{path}/{house['anne']}", {"state": "done"}),
            ("PATCH", f"/customers/{house['brune']}/tasks/{key}", {"state": "done"}),
            ("POST", f"/customers/{house['brune']}/tasks", TASK),
        ):
            assert (await ines.send(method, where, body)).status_code == 404, where


class TestFollowUps:
    async def test_are_what_is_ahead_by_day(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        me = str(associate_id("ines"))
        late = await made(ines, house["anne"], due="2026-12-24", owner=me, text="Late")
        soon = await made(ines, house["anne"], due="2026-11-20", owner=me, text="Soon")
        other = await made(ines, house["anne"], due="2026-11-21", owner=str(associate_id("luc")))
        gone = await made(ines, house["anne"], due="2026-11-19", owner=me)
        await ines.send("PATCH", f"/customers/{house['anne']}/tasks/{gone}", {"state": "done"})
        booked = await ines.send(
            "POST",
            f"/customers/{house['anne']}/appointments",
            {"kind": "fitting", "starts": NOW_MS, "minutes": 45},
        )
        (appointment,) = booked.json()["data"]

        beyond = await ines.send(
            "POST",
            f"/customers/{house['anne']}/appointments",
            {"kind": "fitting", "starts": (1 << 48) - 2, "minutes": 45},  # a year that no calendar has
        )
        assert (beyond.status_code, beyond.json()["code"]) == (422, "invalid")

        everything = (await ines.get("/follow-ups")).json()["data"]
        mine = (await ines.get("/follow-ups?owner=me")).json()["data"]
        due = (await ines.get("/follow-ups?owner=me&until=2026-11-30")).json()["data"]

        assert {late, soon, other} == set([*(await self._keys(ines, house))]) - {gone}
        assert [each["id"] for each in everything] == [soon, other, appointment, late]
        assert [each["id"] for each in mine] == [soon, late]
        assert [(each["said"]["text"], each["customer"]["family_name"]) for each in due] == [
            ("Soon", "Durand")
        ]
        paul = await asking(client, "paul")
        assert (await paul.get("/follow-ups")).json()["data"] == []

    @staticmethod
    async def _keys(ines: Asking, house: dict[str, UUID]) -> list[str]:
        return list((await ines.get(f"/customers/{house['anne']}/tasks")).json()["data"])

    async def test_go_on_where_a_page_ends(self, ines: Asking, house: dict[str, UUID]) -> None:
        keys = {await made(ines, house["anne"], text=f"No. {number}") for number in range(1)}
        for number in range(4):
            await ines.send("POST", f"/customers/{house['anne']}/tasks", {**TASK, "text": f"{number}"})
        seen: list[str] = []
        page = (await ines.get("/follow-ups?limit=2")).json()
        while True:
            seen += [each["id"] for each in page["data"]]
            if not page["has_more"]:
                break
            page = (await ines.get(f"/follow-ups?limit=2&cursor={page['next_cursor']}")).json()

        assert len(seen) == len(set(seen)) == 5
        assert keys < set(seen)

    async def test_are_shut_to_roles_that_may_not_read_them(
        self, client: httpx.AsyncClient, house: dict[str, UUID], ines: Asking
    ) -> None:
        await made(ines, house["anne"])
        lea, adam = await asking(client, "lea"), await asking(client, "adam")

        for path in ("/follow-ups", "/cases", f"/customers/{house['anne']}/tasks"):
            assert (await lea.get(path)).status_code == 403, path
            assert (await adam.get(path)).status_code == 403, path
        whole = await lea.get(f"/customers/{house['anne']}")
        assert "Montrer" not in whole.text


class TestCases:
    async def test_are_followed_by_service(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        key = await made(ines, house["anne"], "cases", kind="repair", text="Fermoir cassé")
        camille = await asking(client, "camille")

        (listed,) = (await camille.get("/cases")).json()["data"]
        path = f"/customers/{house['anne']}/cases/{key}"
        for state in ("in_progress", "waiting", "in_progress", "solved"):
            reply = await camille.send("PATCH", path, {"state": state})
            assert reply.status_code == 200, (state, reply.text)

        assert (listed["id"], listed["said"]["text"]) == (key, "Fermoir cassé")
        assert (await camille.get("/cases")).json()["data"] == []
        hers = (await ines.get(f"/customers/{house['anne']}/cases")).json()["data"]
        assert hers[key]["state"] == "solved"

    async def test_and_promises_are_noted_when_read(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await made(ines, house["anne"])
        for end in ("tasks", "appointments", "cases"):
            assert (await ines.get(f"/customers/{house['anne']}/{end}")).status_code == 200
        await ines.get("/follow-ups")

        rows = await connection.fetch(
            "select distinct action from audit_event where subject_id = $1", house["anne"]
        )
        assert {row["action"] for row in rows} >= {
            "customer.tasks_read",
            "customer.appointments_read",
            "customer.cases_read",
            "customer.promises_listed",
        }
