"""Search, list, make known, read and change customers over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

import httpx
import msgspec
import pytest

from schemas.customer import FIELDS
from server.customers.routes import encoded
from server.database.pool import Connection
from tests.server.people import make_customer, principal_named
from tests.server.rest.house import EMAIL, PHONE, Asking, asking

pytestmark = pytest.mark.anyio


class TestListing:
    async def test_finds_the_customer_meant(self, ines: Asking, house: dict[str, UUID]) -> None:
        for typed in (
            "Durand",
            "durant",
            "anne DURAND",
            "duran",
            "06 12 34 56 78",
            "MB000042",
            EMAIL.upper(),
        ):
            reply = await ines.send("GET", "/customers?" + str(httpx.QueryParams(q=typed)))

            (row,) = reply.json()["data"]
            assert row["id"] == str(house["anne"]), typed
            assert row["phone"] == "•• •• •• 78"
            assert row["email"] == "•••@•••"
            assert "address" not in row

    async def test_finds_nobody_by_what_is_not_his(self, ines: Asking, house: dict[str, UUID]) -> None:
        for typed in ("Petit", "+33 6 00 00 00 00", "rue Hidden", "0612345", "example.org"):
            reply = await ines.send("GET", "/customers?" + str(httpx.QueryParams(q=typed)))

            assert reply.json() == {"data": [], "has_more": False, "next_cursor": None}, typed

    @pytest.mark.parametrize("query", ["", "q=durand&"])
    async def test_gives_every_row_once_over_pages(
        self, ines: Asking, house: dict[str, UUID], connection: Connection, query: str
    ) -> None:
        integration = await principal_named(connection, "import")
        for number in range(10, 31):
            await make_customer(connection, integration, number, home_store="lyon")

        seen: list[str] = []
        path = f"/customers?{query}limit=7"
        while True:
            page = (await ines.get(path)).json()
            seen += [row["id"] for row in page["data"]]
            if not page["has_more"]:
                break
            path = f"/customers?{query}limit=7&cursor={page['next_cursor']}"

        assert len(seen) == len(set(seen)) == 22

    async def test_takes_no_cursor_of_another_person_or_query(
        self, ines: Asking, house: dict[str, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        integration = await principal_named(connection, "import")
        await make_customer(connection, integration, 3, home_store="lyon")
        cursor = (await ines.get("/customers?q=durand&limit=1")).json()["next_cursor"]
        luc = await asking(client, "luc")

        for reply in (
            await luc.get(f"/customers?q=durand&cursor={cursor}"),
            await ines.get(f"/customers?q=durant&cursor={cursor}"),
            await ines.get(f"/customers?cursor={cursor}"),
        ):
            assert (reply.status_code, reply.json()["code"]) == (400, "invalid_cursor")

    async def test_narrows_to_a_store_that_is_his(
        self, house: dict[str, UUID], client: httpx.AsyncClient, ines: Asking
    ) -> None:
        henri = await asking(client, "henri")

        paris = (await henri.get("/customers?store=paris")).json()["data"]
        assert [row["id"] for row in paris] == [str(house["brune"])]
        for store in ("paris", "nowhere"):
            assert (await ines.get(f"/customers?store={store}")).json()["data"] == []

    async def test_refuses_a_query_that_makes_no_sense(self, ines: Asking, house: dict[str, UUID]) -> None:
        for query in ("q=", "q=" + "x" * 121, "q=a&q=b", "Q=a", "limit=5&limit=6"):
            assert (await ines.get(f"/customers?{query}")).status_code in {400, 422}, query


class TestCreating:
    async def test_makes_a_customer_of_his_store_who_is_found_at_once(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        body = {
            "given_name": "Zoé",
            "family_name": "D'Hérouville",
            "phone": "06 98 76 54 32",
            "likes": ["soie"],
            "sizes": {"shoes": {"value": "37"}},
        }

        made = await ines.send("POST", "/customers", body)

        assert made.status_code == 201
        assert made.headers["location"] == f"/v1/customers/{made.json()['id']}"
        assert made.json()["home_store"] == "lyon"
        assert made.json()["phone"] == "•• •• •• 32"
        found = await ines.send("GET", "/customers?" + str(httpx.QueryParams(q="+33 6 98 76 54 32")))
        assert [row["id"] for row in found.json()["data"]] == [made.json()["id"]]

    async def test_happens_once_under_one_key(self, ines: Asking, house: dict[str, UUID]) -> None:
        body = {"family_name": "Neuve"}

        first = await ines.send("POST", "/customers", body, Idempotency_Key="k-1")
        again = await ines.send("POST", "/customers", body, Idempotency_Key="k-1")
        other = await ines.send("POST", "/customers", {"family_name": "Autre"}, Idempotency_Key="k-1")

        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
        assert len((await ines.get("/customers?q=neuve")).json()["data"]) == 1

    @pytest.mark.parametrize("value", [1.5, [[]], {"a": {}}])
    async def test_refuses_in_words_whatever_a_field_is_given(
        self, client: httpx.AsyncClient, house: dict[str, UUID], value: object
    ) -> None:
        who = await asking(client, "import")  # who may write nearly everything
        for field in FIELDS:
            reply = await who.send("POST", "/customers", {"given_name": "Zoé", field: value})
            assert reply.status_code in (201, 403, 422), (field, reply.text)

    async def test_keeps_keys_of_two_people_apart(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        luc = await asking(client, "luc")

        first = await ines.send("POST", "/customers", {"family_name": "Un"}, Idempotency_Key="k-1")
        second = await luc.send("POST", "/customers", {"family_name": "Deux"}, Idempotency_Key="k-1")

        assert first.status_code == second.status_code == 201
        assert first.json()["id"] != second.json()["id"]

    REFUSED: ClassVar[list[tuple[Any, int, str]]] = [
        ({}, 422, "field_invalid"),
        ({"given_name": ""}, 422, "field_invalid"),
        ({"family_name": "A", "phone": "call me"}, 422, "field_invalid"),
        ({"family_name": "A", "email": "a@"}, 422, "field_invalid"),
        ({"family_name": "A", "birth_date": "31/12/1980"}, 422, "field_invalid"),
        ({"family_name": "A\u202eB"}, 422, "field_invalid"),
        ({"family_name": "x" * 201}, 422, "field_invalid"),
        ({"family_name": 7}, 422, "field_invalid"),
        ({"family_name": "A", "spend": {"lifetime": 1}}, 403, "field_read_only"),
        ({"family_name": "A", "origin": {"channel": "web"}}, 403, "field_not_allowed"),
        ({"family_name": "A", "nonsense": 1}, 403, "field_not_allowed"),
        ([], 422, "invalid"),
        ("text", 422, "invalid"),
    ]

    async def test_refuses_what_does_not_fit_and_repeats_no_value(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for body, status, code in self.REFUSED:
            reply = await ines.send("POST", "/customers", body)

            assert (reply.status_code, reply.json()["code"]) == (status, code), body
            assert "call me" not in reply.text

    async def test_leaves_nothing_behind_when_refused(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        before = await connection.fetchval("select count(*) from customer")

        await ines.send("POST", "/customers", {"family_name": "A", "origin": {"channel": "web"}})

        assert await connection.fetchval("select count(*) from customer") == before


class TestReading:
    async def test_expands_only_what_is_asked_for(self, ines: Asking, house: dict[str, UUID]) -> None:
        plain = (await ines.get(f"/customers/{house['anne']}")).json()
        whole = (
            await ines.get(f"/customers/{house['anne']}?expand=purchases,timeline,notes,provenance")
        ).json()

        assert plain["given_name"] == "Anne"
        assert plain["sizes"] == {"shoes": {"value": "38"}}
        assert not {"purchases", "touchpoints", "notes", "provenance"} & set(plain)
        assert len(whole["purchases"]) == 5
        assert len(whole["touchpoints"]) == 5
        assert {note["text"] for note in whole["notes"]} == {"For the brand", "For the store", "For Ines"}
        assert whole["provenance"]["town"]["channel"] == "import"

    def test_tells_provenance_in_one_order_whatever_the_database_found_first(self) -> None:
        stamps = {path: msgspec.Raw(b"{}") for path in ("town", "likes/b", "likes/a", "email")}
        for told in (stamps, dict(reversed(stamps.items()))):
            body = msgspec.json.decode(encoded(UUID(int=1), {}, ("town", "likes", "email"), told))
            assert list(body["provenance"]) == ["email", "likes/a", "likes/b", "town"]

    async def test_refuses_to_expand_what_it_does_not_know(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        reply = await ines.get(f"/customers/{house['anne']}?expand=secrets")

        assert reply.status_code == 422
        assert "secrets" not in reply.text

    async def test_answers_not_modified_to_the_same_etag(self, ines: Asking, house: dict[str, UUID]) -> None:
        first = await ines.get(f"/customers/{house['anne']}")
        again = await ines.get(f"/customers/{house['anne']}", If_None_Match=first.headers["etag"])

        assert again.status_code == 304
        assert again.content == b""
        assert first.headers["cache-control"] == "no-store"

    async def test_says_that_a_set_is_changed_entry_by_entry(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for field in ("likes", "sizes"):
            refused = await ines.send("PATCH", f"/customers/{house['anne']}", {field: ["soie"]})

            assert refused.status_code == 422
            [error] = refused.json()["errors"]
            assert error["pointer"] == f"/{field}"
            assert "door of its own" in error["detail"]

    async def test_keeps_the_etag_when_only_a_hidden_field_changes(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        camille = await asking(client, "camille")
        before = await ines.get(f"/customers/{house['anne']}")

        changed = await camille.send(
            "PATCH", f"/customers/{house['anne']}", {"address": {"line1": "2 rue Neuve", "city": "Lyon"}}
        )

        after = await ines.get(f"/customers/{house['anne']}")
        assert changed.status_code == 200
        assert after.headers["etag"] == before.headers["etag"]
        assert after.content == before.content


class TestChanging:
    async def test_sets_and_clears_values(self, ines: Asking, house: dict[str, UUID]) -> None:
        path = f"/customers/{house['anne']}"

        changed = await ines.send(
            "PATCH", path, {"given_name": "Anne-Lise", "town": None, "delivery_preference": "boutique"}
        )

        assert changed.status_code == 200
        assert changed.json()["given_name"] == "Anne-Lise"
        assert changed.json()["delivery_preference"] == "boutique"
        assert "town" not in changed.json()
        assert changed.content == (await ines.get(path)).content

    async def test_refuses_an_edit_made_on_an_older_reading(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        luc = await asking(client, "luc")
        path = f"/customers/{house['anne']}"
        etag = (await ines.get(path)).headers["etag"]
        await luc.send("PATCH", path, {"town": "Nice"})

        stale = await ines.send("PATCH", path, {"town": "Paris"}, If_Match=etag)
        fresh = await ines.send(
            "PATCH", path, {"town": "Paris"}, If_Match=(await ines.get(path)).headers["etag"]
        )

        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        nothing = await ines.send("PATCH", path, {}, If_Match=etag)  # what is wrong in itself comes first
        assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid")
        assert fresh.json()["town"] == "Paris"

    @pytest.mark.parametrize("expand", ["spend", "provenance", "notes,provenance,timeline"])
    async def test_matches_whatever_was_read_of_her(
        self, ines: Asking, house: dict[str, UUID], expand: str
    ) -> None:
        path = f"/customers/{house['anne']}?expand={expand}"
        read = await ines.get(path)

        changed = await ines.send("PATCH", path, {"town": "Paris"}, If_Match=read.headers["etag"])

        assert changed.status_code == 200
        assert changed.json().keys() == read.json().keys()
        assert changed.headers["etag"] == (await ines.get(path)).headers["etag"]

    async def test_lets_nobody_be_born_tomorrow(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        marie, path = await asking(client, "marie"), f"/customers/{house['anne']}"

        refused = await marie.send("PATCH", path, {"birth_date": "2087-01-01"})

        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"pointer": "/birth_date", "detail": "not in the future"}]
        assert (await marie.send("PATCH", path, {"birth_date": "1987-01-01"})).status_code == 200

    async def test_gives_nobody_to_a_store_or_somebody_unknown(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        path = f"/customers/{house['anne']}"
        wrong = {"home_store": "nowhere", "associate_id": "nobody"}

        for refused in (
            await ines.send("PATCH", path, wrong),
            await ines.send("POST", "/customers", {"family_name": "Roux", **wrong}),
        ):
            assert refused.status_code == 422
            assert [each["pointer"] for each in refused.json()["errors"]] == ["/home_store", "/associate_id"]
        assert (await ines.get(path)).json()["home_store"] == "lyon"

    async def test_lets_her_move_beyond_the_reach_of_whoever_says_so(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        path = f"/customers/{house['anne']}"

        moved = await ines.send("PATCH", path, {"home_store": "paris"})

        assert (moved.status_code, moved.json()) == (200, {"id": str(house["anne"])})
        assert (await ines.get(path)).status_code == 404
        paul = await asking(client, "paul")
        assert (await paul.get(path)).json()["home_store"] == "paris"

    @pytest.mark.parametrize(
        "values",
        [
            {"family_name": "   "},
            {"family_name": "Roux", "given_name": "\u00a0"},
            {"family_name": "Roux", "birth_date": "2087-01-01"},
            {"family_name": "Roux", "important_dates": {"day": {"label": "Wedding", "date": "--02-30"}}},
            {"family_name": "Roux", "important_dates": {"day": {"label": "Wedding", "date": "soon"}}},
            {"family_name": "Roux", "important_dates": {"day": {"label": "", "date": "--02-28"}}},
        ],
    )
    async def test_makes_nobody_known_by_what_says_nothing(
        self, ines: Asking, values: dict[str, Any]
    ) -> None:
        refused = await ines.send("POST", "/customers", values)

        assert (refused.status_code, refused.json()["code"]) == (422, "field_invalid")

    async def test_refuses_more_values_than_a_clock_counts(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        many = {f"k{number}": 1 for number in range(70_000)}
        reply = await ines.send("PATCH", f"/customers/{house['anne']}", many)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid")

    async def test_changes_all_or_nothing(self, ines: Asking, house: dict[str, UUID]) -> None:
        path = f"/customers/{house['anne']}"
        before = await ines.get(path)

        refused = await ines.send("PATCH", path, {"town": "Nice", "phone": "06 00 00 00 01"})

        assert (refused.status_code, refused.json()["code"]) == (403, "field_not_allowed")
        assert refused.json()["errors"][0]["pointer"] == "/phone"
        assert (await ines.get(path)).content == before.content

    async def test_happens_once_under_one_key(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        luc = await asking(client, "luc")
        path = f"/customers/{house['anne']}"
        await ines.send("PATCH", path, {"town": "Nice"}, Idempotency_Key="k")
        await luc.send("PATCH", path, {"town": "Paris"})

        again = await ines.send("PATCH", path, {"town": "Nice"}, Idempotency_Key="k")

        assert again.status_code == 200
        assert again.json()["town"] == "Paris"

    async def test_refuses_what_does_not_fit(self, ines: Asking, house: dict[str, UUID]) -> None:
        refused: list[tuple[dict[str, Any], int]] = [
            ({}, 422),
            ({"sizes": {"shoes": {"value": "38"}}}, 422),
            ({"spend": None}, 403),
            ({"id": "1"}, 403),
            ({"language": "French"}, 422),
            ({"language": 2**70}, 422),
        ]
        for body, status in refused:
            reply = await ines.send("PATCH", f"/customers/{house['anne']}", body)

            assert reply.status_code == status, (body, reply.text)

    async def test_keeps_the_phone_in_one_form(
        self, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        marie = await asking(client, "marie")

        reply = await marie.send("PATCH", f"/customers/{house['anne']}", {"phone": "06.11.22.33.44"})

        assert reply.json()["phone"] == "+33611223344"
        assert PHONE not in reply.text
