"""What holds at every door to a customer: sign-in, whose customer, which fields, which parameters."""

from uuid import UUID

import httpx
import pytest

from schemas.ids import id_from
from tests.server.rest.house import EMAIL, PHONE, Asking, asking

pytestmark = pytest.mark.anyio

READS = (
    "",
    "/purchases",
    "/timeline",
    "/preferences",
    "/notes",
    "/consents",
    "/loyalty",
    "/provenance",
    "/history",
    "/tasks",
    "/appointments",
    "/cases",
    "/messages",
)
NOTE = id_from("note", "brand")
NOBODY = id_from("customer", "nobody")
CONSENT = {"brand": "maison", "channel": "sms", "purpose": "marketing", "state": "granted"}
WRITES: tuple[tuple[str, str, dict[str, str] | None], ...] = (
    ("PATCH", "", {"town": "Nice"}),
    ("PUT", "/preferences/sizes/top", {"value": "M"}),
    ("DELETE", "/preferences/sizes/shoes", None),
    ("PUT", "/preferences/likes/soie", {}),
    ("DELETE", "/preferences/likes/cachemire", None),
    ("POST", "/notes", {"text": "Hello", "level": "store"}),
    ("DELETE", f"/notes/{NOTE}", None),
    ("POST", "/consents", CONSENT),
    ("POST", "/tasks", {"kind": "call"}),
    ("PATCH", f"/tasks/{NOTE}", {"state": "done"}),
    ("POST", "/cases", {"kind": "repair"}),
    ("POST", "/messages", {"channel": "email", "purpose": "service", "text": "Bonjour"}),
)
LISTS = ("/customers", "/products", "/stores")


class TestEveryDoor:
    async def test_asks_for_a_sign_in(self, client: httpx.AsyncClient) -> None:
        for path in (*(f"/customers/{NOBODY}{end}" for end in READS), *LISTS):
            reply = await client.get(f"/v1{path}")

            assert reply.status_code == 401, path
            assert reply.json()["code"] == "not_signed_in"
            assert reply.headers["content-type"].startswith("application/problem+json")

    async def test_answers_for_somebody_elses_customer_as_for_an_unknown_one(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for end in READS:
            theirs = await ines.get(f"/customers/{house['brune']}{end}")
            unknown = await ines.get(f"/customers/{NOBODY}{end}")

            assert theirs.status_code == unknown.status_code == 404, end
            assert theirs.content == unknown.content, end

    async def test_lets_nobody_write_to_somebody_elses_customer(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for method, end, body in WRITES:
            theirs = await ines.send(method, f"/customers/{house['brune']}{end}", body)
            unknown = await ines.send(method, f"/customers/{NOBODY}{end}", body)

            assert theirs.status_code == unknown.status_code == 404, (method, end, theirs.text)
            assert theirs.content == unknown.content, (method, end)

    async def test_is_open_to_the_one_who_serves_her(self, ines: Asking, house: dict[str, UUID]) -> None:
        for end in READS:
            assert (await ines.get(f"/customers/{house['anne']}{end}")).status_code == 200, end

    async def test_gives_a_seller_no_byte_of_phone_mail_or_address(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for end in (*READS, "?expand=purchases,timeline,notes,consents,provenance"):
            reply = await ines.get(f"/customers/{house['anne']}{end}")

            for secret in (PHONE, PHONE[3:], EMAIL, "Hidden", "address"):
                assert secret not in reply.text, end

    async def test_refuses_an_unknown_parameter(self, ines: Asking, house: dict[str, UUID]) -> None:
        for end in READS:
            reply = await ines.get(f"/customers/{house['anne']}{end}?fields=phone")

            assert (reply.status_code, reply.json()["code"]) == (400, "unknown_parameter"), end

    async def test_shows_an_administrator_nobody(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        administrator = await asking(client, "adam")

        for end in READS:
            reply = await administrator.get(f"/customers/{house['anne']}{end}")
            assert reply.status_code in {403, 404}
            unknown = await administrator.get(f"/customers/{NOBODY}{end}")
            assert reply.content == unknown.content
        listed = await administrator.get("/customers?q=durand")
        assert listed.json()["data"] == []
        made = await administrator.send("POST", "/customers", {"family_name": "Neuve"})
        assert made.status_code == 403

    async def test_shuts_notes_to_a_role_that_may_not_read_them(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        camille = await asking(client, "camille")

        reply = await camille.get(f"/customers/{house['anne']}/notes")
        whole = await camille.get(f"/customers/{house['anne']}?expand=notes,provenance")

        assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")
        assert "notes" not in whole.text
        assert PHONE in whole.text

    async def test_refuses_a_limit_out_of_range(self, ines: Asking, house: dict[str, UUID]) -> None:
        for limit in ("0", "101", "-1", "many", "1e3"):
            for path in ("/customers", f"/customers/{house['anne']}/timeline", "/products"):
                assert (await ines.get(f"{path}?limit={limit}")).status_code == 422, (limit, path)

    async def test_refuses_a_cursor_that_is_made_up(self, ines: Asking, house: dict[str, UUID]) -> None:
        for cursor in ("x", "AAAA", "a" * 200, "é", ""):
            for path in ("/customers", f"/customers/{house['anne']}/timeline", "/products"):
                assert (await ines.get(f"{path}?cursor={cursor}")).status_code in {400, 422}, (cursor, path)

    async def test_gives_no_five_hundred_to_hostile_parameters(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for text in ("%00", "%ff", "%ED%A0%80", "%E2%80%AE", "%F0%9F%92%83", "a%2Fb", "9" * 60):
            for path in (
                f"/customers?q={text}",
                f"/customers?store={text}",
                f"/customers/{house['anne']}/timeline?channel={text}",
                f"/customers/{house['anne']}/purchases?store={text}",
                f"/customers/{house['anne']}?expand={text}",
                f"/products?family={text}",
                f"/products/{text}",
                f"/products/{text}/picture",
            ):
                assert (await ines.get(path)).status_code < 500, path

    async def test_writes_down_who_read_whom(
        self, ines: Asking, house: dict[str, UUID], connection: object
    ) -> None:
        for end in READS:
            await ines.get(f"/customers/{house['anne']}{end}")
        await ines.get("/customers?q=durand")

        rows = await connection.fetch(  # type: ignore[attr-defined]
            "select distinct action from audit_event where subject_id = $1 and actor is not null",
            house["anne"],
        )
        actions = {row["action"] for row in rows}
        assert actions >= {
            "customer.read",
            "customer.listed",
            "customer.purchases_read",
            "customer.timeline_read",
            "customer.preferences_read",
            "customer.notes_read",
            "customer.consents_read",
            "customer.loyalty_read",
            "customer.provenance_read",
            "customer.history_read",
        }
