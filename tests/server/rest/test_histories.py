"""Purchases, timeline, notes, preferences, consents and loyalty over HTTP."""

from uuid import UUID

import httpx
import pytest

from schemas.ids import id_from
from server.database.pool import Connection
from tests.server.people import NOW_MS
from tests.server.rest.house import DAY_MS, Asking, asking

pytestmark = pytest.mark.anyio


async def every_row(who: Asking, path: str, limit: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    mark = "&" if "?" in path else "?"
    cursor = ""
    while True:
        page = (await who.get(f"{path}{mark}limit={limit}{cursor}")).json()
        assert len(page["data"]) <= limit
        rows += page["data"]
        if not page["has_more"]:
            return rows
        cursor = f"&cursor={page['next_cursor']}"


class TestPurchases:
    async def test_come_newest_first_with_channel_store_and_lines(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        rows = await every_row(ines, f"/customers/{house['anne']}/purchases", 2)

        assert [row["at"] for row in rows] == [NOW_MS - number * DAY_MS for number in range(5)]
        assert rows[0]["store"] == "lyon"
        assert rows[0]["total"] == 30_500
        assert [line["sku"] for line in rows[0]["lines"]] == ["SKU0", "BELT"]  # type: ignore[attr-defined]

    async def test_are_narrowed(self, ines: Asking, house: dict[str, UUID]) -> None:
        for query, count in (("channel=web", 2), ("store=lyon", 3), ("channel=app", 0), ("store=no", 0)):
            rows = await every_row(ines, f"/customers/{house['anne']}/purchases?{query}", 1)

            assert len(rows) == count, query


class TestTimeline:
    async def test_holds_touchpoints_and_purchases_newest_first(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        rows = await every_row(ines, f"/customers/{house['anne']}/timeline", 3)

        assert len(rows) == 10
        assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)  # type: ignore[type-var]
        assert [row["kind"] for row in rows[:2]] == ["sale", "visit"]
        assert (rows[0]["total"], rows[0]["pieces"]) == (30_500, 3)

    async def test_is_narrowed_to_a_channel(self, ines: Asking, house: dict[str, UUID]) -> None:
        rows = await every_row(ines, f"/customers/{house['anne']}/timeline?channel=web", 3)

        assert {row["channel"] for row in rows} == {"web"}
        assert len(rows) == 4


class TestNotes:
    async def test_are_shown_by_audience(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        zoe, paola = await asking(client, "zoe"), await asking(client, "paola")
        path = f"/customers/{house['anne']}/notes"

        mine = {note["text"] for note in (await ines.get(path)).json()["data"]}
        zone = {note["text"] for note in (await zoe.get(path)).json()["data"]}
        officer = {note["text"] for note in (await paola.get(path)).json()["data"]}

        assert mine == {"For the brand", "For the store", "For Ines"}
        assert zone == {"For the brand", "For the store"}
        assert "For Luc" not in mine | zone | officer

    async def test_are_written_once_under_one_key_and_withdrawn(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        path = f"/customers/{house['anne']}/notes"
        body = {"text": "Aime le bleu", "level": "store"}

        first = await ines.send("POST", path, body, Idempotency_Key="n")
        again = await ines.send("POST", path, body, Idempotency_Key="n")
        (note,) = [each for each in first.json()["data"] if each["text"] == "Aime le bleu"]
        gone = await ines.send("DELETE", f"{path}/{note['note_id']}")
        twice = await ines.send("DELETE", f"{path}/{note['note_id']}")

        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert gone.status_code == twice.status_code == 200
        (kept,) = [each for each in gone.json()["data"] if each["note_id"] == note["note_id"]]
        assert (kept["text"], kept["withdrawn"]) == ("", True)

    async def test_are_withdrawn_by_their_author_only(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        luc = await asking(client, "luc")
        path = f"/customers/{house['anne']}/notes"

        readable = await luc.send("DELETE", f"{path}/{id_from('note', 'store')}")
        hidden = await luc.send("DELETE", f"{path}/{id_from('note', 'private')}")
        unknown = await luc.send("DELETE", f"{path}/{id_from('note', 'nobody')}")

        assert (readable.status_code, readable.json()["code"]) == (403, "not_the_author")
        assert hidden.status_code == 404
        assert hidden.content == unknown.content

    async def test_refuse_what_does_not_fit(self, ines: Asking, house: dict[str, UUID]) -> None:
        for body in (
            {},
            {"text": "", "level": "store"},
            {"text": "x" * 4001, "level": "store"},
            {"text": "Hello", "level": "store", "author": "me"},
            {"text": "a\u202eb", "level": "store"},
            {"text": None, "level": "store"},
            {"text": "Hello", "level": "everybody"},
        ):
            reply = await ines.send("POST", f"/customers/{house['anne']}/notes", body)

            assert reply.status_code == 422, (body, reply.text)


class TestPreferences:
    async def test_are_put_and_taken_back_one_at_a_time(self, ines: Asking, house: dict[str, UUID]) -> None:
        path = f"/customers/{house['anne']}/preferences"

        await ines.send("PUT", f"{path}/sizes/top", {"value": "M", "system": "EU"})
        await ines.send("PUT", f"{path}/dislikes/laine", {})
        put = await ines.send("PUT", f"{path}/dislikes/laine", {})
        await ines.send("DELETE", f"{path}/sizes/shoes")
        await ines.send("DELETE", f"{path}/likes/cachemire")
        left = await ines.send("DELETE", f"{path}/likes/cachemire")

        assert put.status_code == left.status_code == 200
        found = (await ines.get(path)).json()
        assert found["sizes"] == {"top": {"value": "M", "system": "EU"}}
        assert list(found["dislikes"]) == ["laine"]
        assert "likes" not in found

    async def test_refuse_what_does_not_fit(self, ines: Asking, house: dict[str, UUID]) -> None:
        refused: list[tuple[str, dict[str, object], int]] = [
            ("sizes/top", {}, 422),
            ("sizes/top", {"value": 38}, 422),
            ("sizes/top", {"value": "x" * 21}, 422),
            ("likes/soie", {"why": "soft"}, 422),
            ("likes/" + "x" * 81, {}, 422),
            ("spend/total", {"value": "1"}, 404),
            ("notes/1", {}, 404),
        ]
        for end, body, status in refused:
            reply = await ines.send("PUT", f"/customers/{house['anne']}/preferences/{end}", body)

            assert reply.status_code == status, (end, reply.text)

    async def test_may_not_be_written_by_a_role_that_only_reads(
        self, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        zoe = await asking(client, "zoe")

        reply = await zoe.send("PUT", f"/customers/{house['anne']}/preferences/likes/soie", {})

        assert (reply.status_code, reply.json()["code"]) == (403, "field_not_allowed")


class TestConsents:
    async def test_stand_until_withdrawn_and_return_by_a_grant_that_knows(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        path = f"/customers/{house['anne']}/consents"
        said = {"brand": "maison", "channel": "email", "purpose": "marketing"}
        key = "maison/email/marketing"

        before = (await ines.get(path)).json()
        withdrawn = (await ines.send("POST", path, said | {"state": "withdrawn"})).json()
        blind = (await ines.send("POST", path, said | {"state": "granted"})).json()
        knows = withdrawn["standing"][key]["standing"]
        knowing = (await ines.send("POST", path, said | {"state": "granted", "knows": knows})).json()

        assert [each["standing"][key]["state"] for each in (before, withdrawn, blind, knowing)] == [
            "granted",
            "withdrawn",
            "withdrawn",
            "granted",
        ]
        assert [event["state"] for event in knowing["ledger"]["data"]] == [
            "granted",
            "granted",
            "withdrawn",
            "granted",
        ]

    async def test_are_recorded_once_under_one_key(self, ines: Asking, house: dict[str, UUID]) -> None:
        path = f"/customers/{house['anne']}/consents"
        said = {"brand": "maison", "channel": "sms", "purpose": "service", "state": "granted"}

        await ines.send("POST", path, said, Idempotency_Key="c")
        again = await ines.send("POST", path, said, Idempotency_Key="c")

        assert again.status_code == 201
        assert len(again.json()["ledger"]["data"]) == 2

    async def test_refuse_what_does_not_fit(self, ines: Asking, house: dict[str, UUID]) -> None:
        good = {"brand": "maison", "channel": "sms", "purpose": "service", "state": "granted"}
        for body in (
            {},
            good | {"brand": "Maison !"},
            good | {"state": "maybe"},
            good | {"channel": "pigeon"},
            good | {"purpose": "anything"},
        ):
            reply = await ines.send("POST", f"/customers/{house['anne']}/consents", body)

            assert reply.status_code == 422, body


class TestLoyalty:
    async def test_shows_the_standing_and_how_it_came_about(
        self, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        lea = await asking(client, "lea")
        path = f"/customers/{house['anne']}/loyalty"
        before = (await lea.get(path)).json()

        after = await lea.send("POST", f"{path}/adjustments", {"points": 50, "reason": "geste"})

        assert after.status_code == 201
        assert after.json()["standing"]["points"] == (before["standing"] or {"points": 0})["points"] + 50
        assert len(after.json()["ledger"]["data"]) == len(before["ledger"]["data"]) + 1
        none = await lea.send("POST", f"{path}/adjustments", {"points": 0, "reason": "geste"})
        assert (none.status_code, none.json()["code"]) == (422, "field_invalid")

    async def test_gives_a_seller_no_points_to_give(self, ines: Asking, house: dict[str, UUID]) -> None:
        reply = await ines.send(
            "POST", f"/customers/{house['anne']}/loyalty/adjustments", {"points": 50, "reason": "geste"}
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "field_not_allowed")


class TestCatalogue:
    @pytest.fixture
    async def products(self, house: dict[str, UUID], connection: Connection) -> None:
        await connection.executemany(
            """
            insert into product (id, sku, name, family, price, currency, picture)
            values (gen_random_uuid(), $1, '{"fr": "Sac", "en": "Bag"}', $2, 125000, 'EUR', $3)
            """,
            [
                (f"SAC-{number:02}", "bags" if number % 2 else "shoes", picture)
                for number, picture in enumerate([None, "bag.png", "../secret", "gone.png", "notes.txt"])
            ],
        )

    async def test_is_listed_by_sku_and_family(self, ines: Asking, products: None) -> None:
        assert [row["sku"] for row in await every_row(ines, "/products", 2)] == [
            f"SAC-{number:02}" for number in range(5)
        ]
        assert len(await every_row(ines, "/products?family=bags", 1)) == 2

    async def test_shows_one_product(self, ines: Asking, products: None) -> None:
        found = await ines.get("/products/SAC-01")

        assert found.json()["price"] == {"amount": 125000, "currency": "EUR"}
        assert (await ines.get("/products/NONE")).status_code == 404

    async def test_gives_pictures_of_the_picture_folder_only(
        self, ines: Asking, products: None, tmp_path: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pathlib import Path

        folder = Path(str(tmp_path)) / "pictures"
        folder.mkdir()
        (folder / "bag.png").write_bytes(b"\x89PNG drawn")
        (folder / "notes.txt").write_text("not for you")
        (folder.parent / "secret").write_text("not for you")
        monkeypatch.setenv("COMPTOIR_HOME", str(folder.parent))

        found = await ines.get("/products/SAC-01/picture")

        assert found.content == b"\x89PNG drawn"
        assert found.headers["content-type"] == "image/png"
        again = await ines.get("/products/SAC-01/picture", If_None_Match=found.headers["etag"])
        assert again.status_code == 304
        for sku in ("SAC-00", "SAC-02", "SAC-03", "SAC-04", "NONE"):
            assert (await ines.get(f"/products/{sku}/picture")).status_code == 404


class TestStores:
    async def test_are_those_of_the_brand(self, ines: Asking) -> None:
        reply = await ines.get("/stores")

        assert [store["code"] for store in reply.json()["data"]] == ["lyon", "nice", "paris"]
