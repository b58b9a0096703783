"""The API's document as each role sees it: held to what the doors themselves answer."""

import re
from typing import Any
from uuid import UUID

import httpx
import jsonschema_rs
import msgspec
import pytest
from litestar import Litestar

from schemas.customer import FIELDS
from schemas.visibility import DEFAULT_POLICY, Level
from server.api_document import api_document
from server.app import create_app
from server.database.pool import Connection
from server.document_lens import says_for_whom
from server.settings import Settings
from tests.server.people import NOW, bearer, sign_in
from tests.server.rest.house import PHONE

pytestmark = pytest.mark.anyio

_PLACE = re.compile(r"\{(\w+)\}")
WORDS = {
    "role": "seller",
    "channel": "email",
    "purpose": "marketing",
    "version": "1",
    "kind": "likes",
    "name": "prospect",
}
TODAY = NOW.date().isoformat()
_CRM = {"head_office_crm"}
LATE = {
    "PUT /v1/products/{sku}/stock/{store}": {"integration", "administrator"} | _CRM,
    "POST /v1/connectors": {"administrator"} | _CRM,
    "PUT /v1/message-templates/{code}": {"privacy_officer"} | _CRM,
    "PUT /v1/contact-pressure/{purpose}": {"privacy_officer"} | _CRM,
    "GET /v1/outgoing": {"privacy_officer"} | _CRM,
    "POST /v1/customers/{customer_id}/loyalty/adjustments": {"loyalty_manager", "integration"},
    "POST /v1/customers/{customer_id}/loyalty/redemptions": {
        *("seller", "store_manager", "zone_manager", "call_centre", "head_office_crm"),
        *("loyalty_manager", "privacy_officer", "integration"),
    },
}
QUERIES = {
    "/v1/policy/view": {"role": "seller", "store": "lyon"},
    "/v1/customers/{customer_id}/may-contact": {"channel": "email", "purpose": "marketing"},
}


@pytest.fixture
async def closed(app: Litestar, settings: Settings, house: dict[str, UUID]) -> Any:
    """The server as it runs outside the demo: its document asks for a sign-in."""
    made = create_app(msgspec.structs.replace(settings, open_docs=False))
    async with made.lifespan():
        transport = httpx.ASGITransport(app=made)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://comptoir.test") as client:
            yield made, client


async def staff_of(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch("select distinct on (role) code, role from associate order by role, code")
    return {row["role"]: row["code"] for row in rows}


def put(path: str, her: UUID) -> str:
    return _PLACE.sub(lambda found: WORDS.get(found[1], str(her)), path)


class TestTheDocument:
    async def test_shows_a_role_the_doors_that_open_to_it_and_no_other(
        self, closed: Any, house: dict[str, UUID], connection: Connection
    ) -> None:
        app, client = closed
        whole = api_document(app)
        wrong = []
        for role, code in (await staff_of(connection)).items():
            headers = bearer(await sign_in(client, code))
            seen = (await client.get("/v1/openapi.json", headers=headers)).json()
            for path, operations in whole["paths"].items():
                for method, operation in operations.items():
                    if operation.get("security") == [] or "picture" in path:
                        continue
                    shown = method in seen["paths"].get(path, {})
                    if method != "get" and shown:
                        continue  # what is said there may be refused for what it says
                    reply = await client.request(
                        method,
                        put(path, house["anne"]),
                        headers=headers,
                        params=QUERIES.get(path),
                        json=None if method == "get" else {},
                    )
                    shut, nothing = reply.status_code == 403, reply.content.startswith(b'{"data":[]')
                    if (shown and shut) or (not shown and not nothing and reply.status_code < 300):
                        wrong.append((role, method, path, shown, reply.status_code))
        assert wrong == [], "\n".join(map(str, wrong))

    async def test_names_no_field_hidden_from_a_role(self, closed: Any, connection: Connection) -> None:
        _, client = closed
        for role, code in (await staff_of(connection)).items():
            headers = bearer(await sign_in(client, code))
            seen = (await client.get("/v1/openapi.json", headers=headers)).json()
            hidden = {field for field in FIELDS if DEFAULT_POLICY.level(role, field) is Level.HIDDEN}
            view = seen["components"]["schemas"].get("CustomerView", {}).get("properties", {})
            listed = {word for words in _lists(seen) if len(words) > 8 for word in words}
            assert not hidden & set(view), role
            assert not hidden & listed, role
            assert not hidden & {
                word for each in re.findall(r"\^\(([\w|]+)\)\(,", str(seen)) for word in each.split("|")
            }

    async def test_says_of_every_door_that_writes_for_whom_it_is(self, app: Litestar) -> None:
        silent = [
            (method, path)
            for path, operations in api_document(app)["paths"].items()
            for method, operation in operations.items()
            if method != "get" and operation.get("security") != []
            if not says_for_whom(method.upper(), path)
        ]
        assert silent == []
        assert not says_for_whom("POST", "/v1/something-new")
        assert not says_for_whom("PUT", "/v1/customers/{customer_id}/something-new")

    async def test_shows_who_counts_stock_keeps_connectors_and_texts_and_lets_her_spend(
        self, closed: Any, connection: Connection
    ) -> None:
        _, client = closed
        shown: dict[str, set[str]] = {door: set() for door in LATE}
        for role, code in (await staff_of(connection)).items():
            seen = (await client.get("/v1/openapi.json", headers=bearer(await sign_in(client, code)))).json()
            for door in LATE:
                method, path = door.split()
                if method.lower() in seen["paths"].get(path, {}):
                    shown[door].add(role)
        assert shown == LATE

    async def test_says_as_what_a_door_answers_that_is_not_json_alone(
        self, closed: Any, house: dict[str, UUID]
    ) -> None:
        _, client = closed
        paola = bearer(await sign_in(client, "paola"))
        opened = await client.post(
            "/v1/privacy/cases",
            json={"customer_id": str(house["anne"]), "kind": "access", "received_on": TODAY},
            headers=paola,
        )
        places = {"customer_id": str(house["anne"]), "case_id": opened.json()["id"]}
        paths = (await client.get("/v1/openapi.json", headers=paola)).json()["paths"]
        for path, query in (
            ("/v1/audit/export", {}),
            ("/v1/privacy/customers/{customer_id}/file", {}),
            ("/v1/privacy/customers/{customer_id}/file", {"form": "page"}),
            ("/v1/privacy/cases/{case_id}/letter", {}),
        ):
            reply = await client.get(path.format(**places), params=query, headers=paola)
            assert reply.status_code == 200, (path, reply.text)
            said = paths[path]["get"]["responses"]["200"]["content"]
            assert reply.headers["content-type"].partition(";")[0] in said, path

    async def test_holds_what_a_role_sees_masked_to_be_a_text(
        self, closed: Any, house: dict[str, UUID], connection: Connection
    ) -> None:
        _, client = closed
        kept = bearer(await sign_in(client, "import"))
        her = f"/v1/customers/{house['anne']}"
        points = {"work": {"kind": "email", "value": "anne@example.com"}}
        told = {"family_name": "Roux", "birth_date": "1980-03-17", "other_contacts": points, "phone": PHONE}
        told |= {"home_store": "lyon", "social_handles": {"here": {"handle": "anne"}}}
        made = await client.post("/v1/customers", json=told, headers=kept)
        assert made.status_code == 201, made.text
        for code in ("ines", "zoe", "camille", "lea", "import"):
            headers = bearer(await sign_in(client, code))
            document = (await client.get("/v1/openapi.json", headers=headers)).json()
            whole = jsonschema_rs.validator_for(
                {"$ref": "#/components/schemas/CustomerView", "components": document["components"]}
            )
            for path in (made.headers["location"], her):
                reply = await client.get(path, headers=headers)
                assert reply.status_code == 200, (code, reply.text)
                wrong = [error.message for error in whole.iter_errors(reply.json())]
                assert wrong == [], code

    async def test_differs_between_roles_and_refers_to_nothing_that_is_missing(
        self, closed: Any, connection: Connection
    ) -> None:
        _, client = closed
        sizes = {}
        for role, code in (await staff_of(connection)).items():
            reply = await client.get("/v1/openapi.json", headers=bearer(await sign_in(client, code)))
            wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', reply.text))
            assert wanted <= set(reply.json()["components"]["schemas"]), role
            sizes[role] = len(reply.content)
        assert len(set(sizes.values())) > 5
        assert sizes["seller"] < sizes["store_manager"]

    async def test_shows_a_service_the_doors_of_its_areas(self, closed: Any, connection: Connection) -> None:
        _, client = closed
        adam = bearer(await sign_in(client, "adam"))
        wanted = {"name": "till", "role": "integration", "areas": ["catalog:read"]}
        account = await client.post("/v1/service-accounts", json=wanted, headers=adam)
        key = await client.post(
            f"/v1/service-accounts/{account.json()['account_id']}/keys", json={}, headers=adam
        )
        reply = await client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {key.json()['key']}"})
        assert set(reply.json()["paths"]) == {
            "/health",
            "/ready",
            "/v1/me",
            "/v1/products",
            "/v1/products/{sku}",
            "/v1/products/{sku}/picture",
            "/v1/products/{sku}/stock",
        }
        assert "CustomerView" not in reply.json()["components"]["schemas"]

    async def test_is_the_same_on_the_page_for_people(self, closed: Any, house: dict[str, UUID]) -> None:
        _, client = closed
        ines = bearer(await sign_in(client, "ines"))
        page = (await client.get("/schema", headers=ines)).text
        assert "/v1/customers" in page and "/v1/service-accounts" not in page
        raw = await client.get("/schema/openapi.json", headers=ines)
        assert raw.json() == (await client.get("/v1/openapi.json", headers=ines)).json()


def _lists(value: Any) -> list[list[str]]:
    if isinstance(value, dict):
        return [found for name, held in value.items() if name != "required" for found in _lists(held)]
    if isinstance(value, list):
        own = [value] if value and all(isinstance(each, str) for each in value) else []
        return own + [found for held in value for found in _lists(held)]
    return []
