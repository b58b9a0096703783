"""The OpenAPI document: complete, true about bodies and errors, and shown to whom it may be shown."""

import re
from typing import Any

import httpx
import msgspec
import pytest

from server.api_document import api_document
from server.app import create_app
from server.settings import Settings


@pytest.fixture
def document(settings: Settings) -> dict[str, Any]:
    return api_document(create_app(settings))


class TestDocument:
    def test_refers_to_nothing_that_is_missing(self, document: dict[str, Any]) -> None:
        text = msgspec.json.encode(document).decode()
        wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
        assert wanted <= set(document["components"]["schemas"])
        assert document["openapi"].startswith("3.1")

    def test_says_which_doors_are_open_and_which_ask_for_a_sign_in(self, document: dict[str, Any]) -> None:
        open_doors = {
            path
            for path, methods in document["paths"].items()
            for operation in methods.values()
            if operation.get("security") == []
        }
        assert open_doors == {
            "/health",
            "/ready",
            "/v1/auth/sign-in",
            "/v1/auth/refresh",
            "/v1/auth/sign-out",
            "/v1/auth/oidc/begin",
            "/v1/auth/oidc/finish",
            "/v1/auth/oidc/sign-out",
            "/v1/auth/oidc/back-channel-logout",
            "/v1/devices/enrol",
            "/v1/hooks/{connector_id}",
            "/v1/identify",
            "/v1/track",
            "/v1/page",
            "/v1/screen",
            "/v1/alias",
            "/v1/group",
            "/v1/batch",
            "/v1/leave/{token}",
            "/v1/confirm/{token}",
            "/v1/details/{token}",
        }
        assert document["security"] == [{"bearer": []}]

    def test_says_that_a_body_takes_no_other_members(self, document: dict[str, Any]) -> None:
        assert document["components"]["schemas"]["SignIn"]["additionalProperties"] is False

    def test_gives_every_error_the_one_shape(self, document: dict[str, Any]) -> None:
        for methods in document["paths"].values():
            for operation in methods.values():
                assert "application/problem+json" in operation["responses"]["default"]["content"]
                assert all(status < "400" or status == "default" for status in operation["responses"])

    def test_says_of_a_body_what_its_struct_says(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        assert "0 hidden, 1 masked" in schemas["DraftChanges"]["description"]
        assert "0 hidden, 1 masked" in schemas["Level"]["description"]
        assert "as much as it likes" in schemas["NewCap"]["description"]
        bodies = [schema for schema in schemas.values() if schema.get("additionalProperties") is False]
        silent = [schema["title"] for schema in bodies if not schema.get("description")]
        assert not silent

    def test_explains_every_operation(self, document: dict[str, Any]) -> None:
        silent = [
            (path, method)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if not (operation.get("description") or operation.get("summary"))
        ]
        assert not silent


class TestPage:
    async def test_is_open_in_the_demo_and_loads_nothing_from_elsewhere(
        self, client: httpx.AsyncClient
    ) -> None:
        page = await client.get("/schema")
        assert page.status_code == 200
        assert "/v1/customers" in page.text
        assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
        assert (await client.get("/schema/openapi.json")).json()["info"]["title"] == "Comptoir"

    async def test_asks_for_a_sign_in_elsewhere(self, settings: Settings) -> None:
        closed = create_app(msgspec.structs.replace(settings, open_docs=False))
        async with closed.lifespan():
            transport = httpx.ASGITransport(app=closed)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://comptoir.test") as stranger:
                for path in ("/schema", "/schema/openapi.json"):
                    assert (await stranger.get(path)).status_code == 401, path
