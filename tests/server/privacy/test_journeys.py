"""What a customer asks for by right, from the day it arrives to the letter she gets."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.consent import ConsentState, ContactChannel, Limit, Purpose
from schemas.engagement import NoteLevel
from schemas.ids import id_from
from schemas.mutations import AddElement, Mutation, RecordConsent, SetField, WriteNote
from server.database.pool import Connection
from server.privacy.cases import months_later
from server.replication.push import submit
from sync.search_row import search_row
from sync.summary import summarize
from tests.server.people import NOW, envelope, principal_named
from tests.server.rest.house import EMAIL, PHONE, Asking, asking, purchase, tell

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()


@pytest.fixture
async def paola(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The privacy officer."""
    return await asking(client, "paola")


async def opened(who: Asking, customer_id: UUID, kind: str, *, days_ago: int = 0) -> dict[str, Any]:
    body = {"customer_id": str(customer_id), "kind": kind, "received_on": f"{TODAY - timedelta(days_ago)}"}
    reply = await who.send("POST", "/privacy/cases", body)
    assert reply.status_code == 201, reply.text
    case: dict[str, Any] = reply.json()
    return case


async def letter(who: Asking, case: dict[str, Any], language: str) -> str:
    reply = await who.get(f"/privacy/cases/{case['id']}/letter?language={language}")
    assert reply.status_code == 200, reply.text
    return reply.text


class TestAccess:
    async def test_ends_with_her_file_and_a_letter(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        case = await opened(paola, house["anne"], "access")
        assert case["due_on"] == f"{months_later(TODAY, 1)}"
        file = await paola.get(f"/privacy/customers/{house['anne']}/file?case={case['id']}")
        assert file.json()["privacy_case"][0]["kind"] == "access"
        done = await paola.send("POST", f"/privacy/cases/{case['id']}/answer", {"outcome": "done"})
        assert done.json()["facts"] == [["file", "json"]]
        assert "en page lisible" in await letter(paola, case, "fr")
        assert "as a page to read" in await letter(paola, case, "en")
        actions = await connection.fetch("select action from audit_event where action like 'privacy.%'")
        assert {row["action"] for row in actions} == {
            "privacy.case_opened", "privacy.case_answered", "privacy.case_read",
        }  # fmt: skip


class TestRectification:
    async def test_leaves_what_was_said_before_explained_and_tells_her(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        anne = house["anne"]
        case = await opened(paola, anne, "rectification")
        body = {"values": {"email": "anne.new@example.org"}, "reason": "case 3", "case_id": case["id"]}
        reply = await paola.send("POST", f"/privacy/customers/{anne}/rectifications", body)
        history = (await paola.get(reply.json()["history"].removeprefix("/v1"))).json()["data"]
        (before,) = [line for line in history if line["path"] == "email"]
        assert before["value"] == EMAIL
        await paola.send("POST", f"/privacy/cases/{case['id']}/answer", {"outcome": "done"})
        told = await letter(paola, case, "fr")
        assert "Ce qui a été rectifié : e-mail." in told and "12 mois" in told
        assert EMAIL not in told and "anne.new" not in told


class TestRestriction:
    async def test_freezes_her_data_which_stays_in_sight(
        self, paola: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne = house["anne"]
        case = await opened(paola, anne, "restriction")
        body = {"kind": "restriction", "reason": "dispute 1", "case_id": case["id"]}
        made = await paola.send("POST", f"/privacy/customers/{anne}/limits", body)

        seen = (await ines.get(f"/customers/{anne}")).json()
        assert seen["phone"] and set(seen["limits"]) == {"restriction"}
        refused = await ines.send("PATCH", f"/customers/{anne}", {"town": "Brest"})
        assert (refused.status_code, refused.json()["code"]) == (409, "restricted")
        luc = await principal_named(connection, "luc")
        said: list[Mutation] = [
            SetField(field="town", value="Brest"),
            AddElement(field="likes", element="silk"),
            WriteNote(note_id=id_from("n"), text="came by", level=NoteLevel.STORE),
        ]
        outcomes = await submit(connection, luc, [envelope(anne, each) for each in said], now=NOW)
        assert {(each.status, each.code) for each in outcomes} == {("refused", "restricted")}
        word = RecordConsent(
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.MARKETING,
            state=ConsentState.WITHDRAWN,
        )
        (heard,) = await submit(connection, luc, [envelope(anne, word)], now=NOW)
        assert heard.status == "applied"

        right = {"values": {"town": "Brest"}, "reason": "case 4"}
        reply = await paola.send("POST", f"/privacy/customers/{anne}/rectifications", right)
        assert reply.status_code == 200, reply.text
        await paola.send("POST", f"/privacy/limits/{made.json()['data'][0]['id']}/lift")
        again = await ines.send("PATCH", f"/customers/{anne}", {"town": "Lyon"})
        assert again.status_code == 200, again.text

    async def test_leaves_no_reason_to_think_of_her_today(self) -> None:
        values = {
            "family_name": "Durand",
            "birth_date": "1980-11-23",
            "loyalty": {"tier": "gold", "points": 9},
            "purchases": [{"at": 1_700_000_000_000}],
        }
        levels = dict.fromkeys((*values, "limits"), 2)
        free = search_row(summarize(UUID(int=1), values, levels, pending=0)).facets
        assert {facet.partition(":")[0] for facet in free} >= {"born", "tier", "seen"}
        frozen = {**values, "limits": {"restriction": 1}}
        assert not search_row(summarize(UUID(int=1), frozen, levels, pending=0)).facets
        objecting = {**values, "limits": {"profiling": 1}}
        facets = search_row(summarize(UUID(int=1), objecting, levels, pending=0)).facets
        assert not any(facet.startswith("seen:") for facet in facets) and "tier:gold" in facets


class TestObjection:
    async def test_ends_sums_and_sizes_worked_out_of_her_until_it_is_lifted(
        self, paola: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne = house["anne"]
        assert "spend" in (await ines.get(f"/customers/{anne}?expand=spend")).text
        before = await connection.fetchval("select spend from customer where id = $1", anne)
        assert before["purchases"] > 0
        body = {"kind": Limit.PROFILING.value, "reason": "case 5"}
        made = await paola.send("POST", f"/privacy/customers/{anne}/limits", body)
        await tell(connection, await principal_named(connection, "import"), anne, purchase(41))
        drawn = await connection.fetchrow("select spend, computed_sizes from customer where id = $1", anne)
        assert drawn is not None and drawn["spend"] is None and not drawn["computed_sizes"]
        await paola.send("POST", f"/privacy/limits/{made.json()['data'][0]['id']}/lift")
        after = await connection.fetchval("select spend from customer where id = $1", anne)
        assert after["purchases"] == before["purchases"] + 1


class TestErasure:
    async def test_leaves_a_case_that_says_nothing_of_her(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        case = await opened(paola, house["anne"], "erasure")
        body = {"customer_id": str(house["anne"]), "reason": "case 6", "case_id": case["id"]}
        receipt = (await paola.send("POST", "/privacy/erasures", body)).json()
        await paola.send("POST", f"/privacy/cases/{case['id']}/answer", {"outcome": "done"})
        told = await letter(paola, case, "fr")
        assert receipt["id"] in told and "quatorze jours" in told
        for trace in (PHONE, EMAIL, "Durand"):
            assert trace not in told


class TestTheDeadline:
    def test_is_the_same_day_a_month_later_or_the_last_of_it(self) -> None:
        assert months_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
        assert months_later(date(2028, 1, 31), 1) == date(2028, 2, 29)
        assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)

    async def test_is_listed_when_it_is_over_the_longest_over_first(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        late = await opened(paola, house["anne"], "access", days_ago=40)
        later = await opened(paola, house["brune"], "erasure", days_ago=90)
        fresh = await opened(paola, house["anne"], "objection")
        first = (await paola.get("/privacy/cases?which=overdue&limit=1")).json()
        assert [each["id"] for each in first["data"]] == [later["id"]] and first["data"][0]["days_left"] < 0
        cursor = first["next_cursor"]
        second = (await paola.get(f"/privacy/cases?which=overdue&limit=1&cursor={cursor}")).json()
        assert [each["id"] for each in second["data"]] == [late["id"]] and not second["has_more"]
        still = (await paola.get("/privacy/cases")).json()["data"]
        assert [each["id"] for each in still] == [later["id"], late["id"], fresh["id"]]

    async def test_moves_once_within_the_month_and_she_is_told_why(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        case = await opened(paola, house["anne"], "access", days_ago=20)
        path = f"/privacy/cases/{case['id']}/extend"
        moved = await paola.send("POST", path, {"months": 2, "reason": "complex"})
        assert moved.json()["due_on"] == f"{months_later(TODAY - timedelta(20), 3)}"
        assert "votre demande est complexe" in await letter(paola, case, "fr")
        again = await paola.send("POST", path, {"months": 1, "reason": "complex"})
        assert (again.status_code, again.json()["code"]) == (409, "precondition")
        late = await opened(paola, house["brune"], "access", days_ago=40)
        refused = await paola.send(
            "POST", f"/privacy/cases/{late['id']}/extend", {"months": 1, "reason": "complex"}
        )
        assert refused.json()["code"] == "precondition"
        assert refused.json()["detail"].startswith("the month is over")
        for body in ({"months": 3, "reason": "complex"}, {"months": 1, "reason": "no time"}):
            assert (await paola.send("POST", path, body)).status_code in (400, 422)


class TestAnAnswer:
    async def test_that_refuses_says_why_and_where_she_can_complain(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        case = await opened(paola, house["anne"], "erasure")
        path = f"/privacy/cases/{case['id']}/answer"
        for body in ({"outcome": "refused"}, {"outcome": "done", "reason": "excessive"}, {"outcome": "x"}):
            assert 400 <= (await paola.send("POST", path, body)).status_code < 500, body
        await paola.send("POST", path, {"outcome": "refused", "reason": "legal_claims"})
        assert "droits en justice" in await letter(paola, case, "fr")
        assert "CNIL" in await letter(paola, case, "en")
        second = await paola.send("POST", path, {"outcome": "done"})
        assert (second.status_code, second.json()["code"]) == (409, "precondition")

    async def test_says_nothing_was_done_before_it_was(self, paola: Asking, house: dict[str, UUID]) -> None:
        for kind in ("access", "portability", "rectification", "erasure", "restriction"):
            case = await opened(paola, house["anne"], kind)
            for outcome in ({"outcome": "done"}, {"outcome": "partly", "reason": "rights_of_others"}):
                early = await paola.send("POST", f"/privacy/cases/{case['id']}/answer", outcome)
                assert (early.status_code, early.json()["code"]) == (409, "precondition"), kind
        consents = await opened(paola, house["anne"], "objection")  # what she objected to may be mail alone
        done = await paola.send("POST", f"/privacy/cases/{consents['id']}/answer", {"outcome": "done"})
        assert done.status_code == 200

    async def test_is_the_officers_alone(
        self, paola: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        case = await opened(paola, house["anne"], "access")
        for code in ("ines", "marie", "henri", "adam"):
            who = await asking(client, code)
            for reply in (
                await who.get("/privacy/cases"),
                await who.get(f"/privacy/cases/{case['id']}"),
                await who.get(f"/privacy/cases/{case['id']}/letter"),
                await who.send("POST", f"/privacy/cases/{case['id']}/answer", {"outcome": "done"}),
            ):
                assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), code

    async def test_of_somebody_unknown_or_too_old_is_not_begun(self, paola: Asking) -> None:
        body = {"customer_id": str(id_from("nobody")), "kind": "access", "received_on": f"{TODAY}"}
        assert (await paola.send("POST", "/privacy/cases", body)).status_code == 404
