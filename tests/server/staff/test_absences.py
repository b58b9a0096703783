"""Somebody is away: who may say so, who reaches whose customers meanwhile, and that it ends by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.mutations import DeclareAbsence
from schemas.protocol import OutcomeStatus
from schemas.staff import Absence, absence_record
from server.database.pool import Connection
from server.replication.push import submit
from server.scope import customer_scopes, own_scope, stock_scope, tablet_scopes
from tests.server.people import (
    NOW,
    NOW_MS,
    associate_id,
    envelope,
    give_tablet,
    make_customer,
    principal_named,
)
from tests.server.rest.house import Asking, asking

INES, LUC, NOE = (associate_id(code) for code in ("ines", "luc", "noe"))


def day(offset: int) -> str:
    """Return an ISO day counted from today, UTC as the server counts."""
    return (datetime.now(UTC).date() + timedelta(days=offset)).isoformat()


def said(
    who: UUID = INES, first: int = 0, last: int = 0, stand_in: UUID | None = LUC, **more: Any
) -> dict[str, Any]:
    """Return what is said of an absence."""
    days = {"first_day": day(first), "last_day": day(last)}
    return {"associate_id": str(who), "stand_in": str(stand_in) if stand_in else None, **days, **more}


async def declare(
    client: httpx.AsyncClient, by: str, what: dict[str, Any], absence_id: UUID | None = None
) -> httpx.Response:
    """Declare an absence in somebody's name."""
    return await (await asking(client, by)).send("PUT", f"/absences/{absence_id or uuid4()}", what)


@pytest.fixture
async def hers(house: dict[str, UUID], connection: Connection) -> UUID:
    """A customer of Inès whose home is a store where Luc does not work."""
    ines = await principal_named(connection, "ines")
    return await make_customer(connection, ines, 7, home_store="paris", associate_id=str(INES))


class TestDeclaring:
    async def test_is_for_oneself_and_for_the_manager(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        for by in ("ines", "marie", "zoe"):
            reply = await declare(client, by, said())
            assert reply.status_code == 200, reply.text
        listed = await (await asking(client, "luc")).send("GET", "/absences")
        assert [each["stand_in"] for each in listed.json()["data"]] == [str(LUC)] * 3

    async def test_is_nobody_elses(self, client: httpx.AsyncClient, house: dict[str, UUID]) -> None:
        for by in ("luc", "noe", "henri", "adam", "import"):
            reply = await declare(client, by, said())
            assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), by

    async def test_asks_for_a_sign_in(self, client: httpx.AsyncClient, house: dict[str, UUID]) -> None:
        assert (await client.get("/v1/absences")).status_code == 401
        assert (await client.put(f"/v1/absences/{uuid4()}", json=said())).status_code == 401

    async def test_lends_a_book_to_colleagues_of_the_same_store_for_a_while(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        for what, pointer in (
            (said(stand_in=NOE), "/stand_in"),  # of another store
            (said(stand_in=INES), "/stand_in"),  # herself
            (said(stand_in=associate_id("henri")), "/stand_in"),
            (said(stand_in=uuid4()), "/stand_in"),
            (said(first=1, last=0), "/last_day"),
            (said(last=400), "/last_day"),
        ):
            reply = await declare(client, "ines", what)
            assert reply.status_code == 422, reply.text
            assert [each["pointer"] for each in reply.json()["errors"]] == [pointer]

    async def test_cannot_take_over_the_absence_of_another(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        one = uuid4()
        await declare(client, "ines", said(), one)
        reply = await declare(client, "luc", said(LUC, stand_in=INES), one)
        assert reply.status_code == 403

    async def test_is_said_anew_or_called_off_by_the_same_door(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        one = uuid4()
        await declare(client, "ines", said(), one)
        assert (await declare(client, "marie", said(last=3), one)).json()["last_day"] == day(3)
        called_off = await declare(client, "ines", said(cancelled=True), one)
        assert called_off.json()["cancelled"] is True
        listed = await (await asking(client, "ines")).send("GET", "/absences")
        assert listed.json()["data"] == []

    async def test_shows_those_of_other_stores_nothing(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        await declare(client, "ines", said())
        listed = await (await asking(client, "noe")).send("GET", "/absences")
        assert listed.json()["data"] == []

    async def test_keeps_the_later_word_whichever_arrives_first(
        self, house: dict[str, UUID], connection: Connection
    ) -> None:
        ines = await principal_named(connection, "ines")
        one = uuid4()

        def word(last: int, at_ms: int) -> Any:
            absence = Absence(absence_id=one, associate_id=INES, first_day=day(0), last_day=day(last))
            return envelope(absence_record(one), DeclareAbsence(absence=absence), at_ms=at_ms)

        later, earlier = word(5, NOW_MS - 1000), word(2, NOW_MS - 9000)
        for edit in (later, earlier, later):
            (outcome,) = await submit(connection, ines, [edit], now=NOW)
            assert outcome.status in (OutcomeStatus.APPLIED, OutcomeStatus.DUPLICATE)
        kept = await connection.fetchval("select last_day from absence where id = $1", one)
        assert kept.isoformat() == day(5)

    async def test_is_told_to_the_tablets_of_her_stores(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        one = uuid4()
        await declare(client, "ines", said(), one)
        held = await connection.fetch(
            "select s.key from member m join scope s on s.id = m.scope where record_id = $1 and state = 1",
            absence_record(one),
        )
        assert [row["key"] for row in held] == [stock_scope("lyon")]


class TestStandingIn:
    async def test_opens_the_book_of_the_absent_one_and_no_private_note(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        ines, luc = await asking(client, "ines"), await asking(client, "luc")
        for level in ("store", "private"):
            await ines.send("POST", f"/customers/{hers}/notes", {"text": f"a {level} word", "level": level})
        assert (await luc.send("GET", f"/customers/{hers}")).status_code == 404
        await declare(client, "ines", said())
        assert (await luc.send("GET", f"/customers/{hers}")).status_code == 200
        notes = (await luc.send("GET", f"/customers/{hers}/notes")).json()["data"]
        assert "private" not in str(notes)
        assert (await luc.send("PATCH", f"/customers/{hers}", {"town": "Paris"})).status_code == 200
        assert (await ines.send("GET", f"/customers/{hers}")).json()["associate_id"] == str(INES)

    async def test_is_not_before_and_not_after(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        for first, last in ((1, 3), (-3, -1)):
            await declare(client, "marie", said(first=first, last=last))
        assert (await (await asking(client, "luc")).send("GET", f"/customers/{hers}")).status_code == 404

    async def test_ends_at_once_when_it_is_called_off(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        one, luc = uuid4(), await asking(client, "luc")
        await declare(client, "ines", said(), one)
        assert (await luc.send("GET", f"/customers/{hers}")).status_code == 200
        await declare(client, "ines", said(cancelled=True), one)
        assert (await luc.send("GET", f"/customers/{hers}")).status_code == 404

    async def test_ends_when_he_no_longer_works_where_the_absent_one_does(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        await declare(client, "ines", said())
        await connection.execute("update associate set stores = '{nice}' where id = $1", LUC)
        assert (await (await asking(client, "luc")).send("GET", f"/customers/{hers}")).status_code == 404

    async def test_is_another_entitlement_of_his_tablet_for_that_time(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        tablet = await give_tablet(connection)
        before = await principal_named(connection, "luc", tablet)
        one = uuid4()
        await declare(client, "ines", said(), one)
        during = await principal_named(connection, "luc", tablet)
        assert own_scope(INES) in tablet_scopes(during) and own_scope(INES) in customer_scopes(during)
        assert during.epoch != before.epoch
        await declare(client, "ines", said(cancelled=True), one)
        after = await principal_named(connection, "luc", tablet)
        assert (after.epoch, tablet_scopes(after)) == (before.epoch, tablet_scopes(before))

    async def test_brings_what_the_absent_one_promised_among_ones_own(
        self, client: httpx.AsyncClient, connection: Connection, hers: UUID
    ) -> None:
        ines, luc = await asking(client, "ines"), await asking(client, "luc")
        task = {"kind": "call", "text": "the watch", "due": day(0), "owner": str(INES)}
        reply = await ines.send("POST", f"/customers/{hers}/tasks", task)
        assert reply.status_code == 201, reply.text
        assert await _promised(luc) == []
        await declare(client, "ines", said())
        assert await _promised(luc) == ["the watch"]
        assert await _promised(ines) == ["the watch"]  # still hers


async def _promised(who: Asking) -> list[str]:
    listed = await who.send("GET", "/follow-ups?owner=me")
    return [each["said"]["text"] for each in listed.json()["data"]]
