"""Every error is problem+json, with a stable code and neutral words."""

from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from schemas.problem import ErrorCode
from server.app import create_app
from server.auth.guard import PUBLIC
from server.database.pool import Connection
from server.problems import STATUS, TITLES
from server.settings import Settings
from tests.server.people import bearer, hire_everybody, sign_in

OPEN_ROUTES = {
    "/health",
    "/ready",
    "/v1/auth/sign-in",
    "/v1/auth/oidc/begin",
    "/v1/auth/oidc/finish",
    "/v1/auth/oidc/sign-out",
    "/v1/auth/oidc/back-channel-logout",
    "/v1/auth/refresh",
    "/v1/auth/sign-out",
    "/v1/devices/enrol",
    "/v1/confirm/{token:str}",
    "/v1/details/{token:str}",
    "/v1/leave/{token:str}",
    "/v1/hooks/{connector_id:uuid}",
    "/v1/identify",
    "/v1/track",
    "/v1/page",
    "/v1/screen",
    "/v1/alias",
    "/v1/group",
    "/v1/batch",
}


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


HOSTILE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("no json", b"hello"),
    ("half", b'{"code":'),
    ("a list", b"[]"),
    ("null", b"null"),
    ("a number", b"1"),
    ("raw NUL", b'{"code":"a\x00","password":"b"}'),
    ("escaped NUL", b'{"code":"a\\u0000","password":"b"}'),
    ("not UTF-8", b'{"code":"\xff\xfe","password":"b"}'),
    ("lone surrogate", b'{"code":"\\ud800","password":"b"}'),
    ("deep list", b"[" * 100_000),
    ("deep and closed", b'{"code":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("deep objects", b'{"a":' * 5000),
    ("huge number", b'{"code":"a","password":"b","device_id":' + b"9" * 5000 + b"}"),
    ("huge exponent", b'{"code":1e99999,"password":"b"}'),
    ("wrong type", b'{"code":1,"password":"b"}'),
    ("unknown member", b'{"code":"a","password":"b","secretvalue":1}'),
    ("missing member", b'{"code":"a"}'),
    ("too long", b'{"code":"' + b"a" * 500 + b'","password":"b"}'),
    ("bad id", b'{"code":"a","password":"b","device_id":"secretvalue"}'),
    ("a member twice", b'{"code":"a","password":"b","code":"secretvalue"}'),
    ("a member twice by another name", b'{"code":"a","password":"b","\\u0063ode":"secretvalue"}'),
    ("a member twice within", b'{"code":"a","password":{"b":1,"b":2}}'),
    ("byte order mark", b'\xef\xbb\xbf{"code":"a","password":"b"}'),
]


class TestProblems:
    async def test_have_a_status_and_a_title_for_every_code(self) -> None:
        assert set(STATUS) == set(ErrorCode) == set(TITLES)

    @pytest.mark.parametrize(("name", "body"), HOSTILE, ids=[name for name, _ in HOSTILE])
    async def test_answer_whatever_is_sent(self, client: httpx.AsyncClient, name: str, body: bytes) -> None:
        reply = await client.post(
            "/v1/auth/sign-in", content=body, headers={"content-type": "application/json"}
        )
        assert 400 <= reply.status_code < 500
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["cache-control"] == "no-store"
        problem = reply.json()
        assert ErrorCode(problem["code"]) in STATUS
        assert problem["status"] == reply.status_code
        assert b"secretvalue" not in reply.content

    async def test_name_what_the_route_does_not_take(self, client: httpx.AsyncClient) -> None:
        body = b'{"code":"a","password":"b"}'
        for headers in (
            {},
            {"content-type": "text/plain"},
            {"content-type": "application/x-www-form-urlencoded"},
            {"content-type": "application/msgpack"},
            {"content-type": "application/json", "content-encoding": "gzip"},
        ):
            reply = await client.post("/v1/auth/sign-in", content=body, headers=headers)
            assert reply.status_code == 415
            assert reply.json()["detail"].startswith("send it without" if "gzip" in str(headers) else "send ")
            assert reply.json()["code"] == "unsupported_media_type"

    @pytest.mark.parametrize(
        ("body", "detail"),
        [
            (b"{bad", "JSON is malformed: object keys must be strings (byte 1)"),
            (b'{"code":', "Input data was truncated"),
            (b'{"code":"\xff"}', "not UTF-8"),
        ],
    )
    async def test_say_where_a_body_is_no_json(
        self, client: httpx.AsyncClient, body: bytes, detail: str
    ) -> None:
        answer = await client.post(
            "/v1/auth/sign-in", content=body, headers={"content-type": "application/json"}
        )

        assert (answer.status_code, answer.json()["detail"]) == (400, detail)

    async def test_name_what_a_body_may_hold(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/v1/auth/sign-in", json={"code": "ines", "password": "x", "secret thing": 1}
        )

        [error] = answer.json()["errors"]
        assert error["detail"].startswith("unknown field; known here: ")
        assert {"code", "password"} <= set(error["detail"].partition("here: ")[2].split(", "))
        assert "secret thing" not in answer.text

    async def test_name_what_is_missing(self, client: httpx.AsyncClient) -> None:
        token = await sign_in(client, "ines")
        one = "/v1/customers/00000000-0000-0000-0000-000000000001"

        query = await client.get(f"{one}/may-contact?purpose=marketing", headers=bearer(token))
        body = await client.put(f"{one}/preferences/likes/soie", headers=bearer(token))

        assert query.json()["errors"] == [{"pointer": "/channel", "detail": "required"}]
        assert body.json()["errors"] == [{"pointer": "", "detail": "a JSON body is needed"}]

    async def test_answer_what_is_not_there(self, client: httpx.AsyncClient) -> None:
        for path in ("/nowhere", "/v1/nowhere", "/v1/customers/%00", "/v1/auth/../../etc", "/v1/%ff"):
            reply = await client.get(path)
            assert reply.status_code in (401, 404), path
            assert reply.headers["content-type"] == "application/problem+json"
        wrong = await client.get("/v1/auth/sign-in")
        assert wrong.status_code == 405
        assert wrong.json()["code"] == "method_not_allowed"

    async def test_refuse_a_body_without_end(self, client: httpx.AsyncClient) -> None:
        reply = await client.post(
            "/v1/auth/sign-in",
            content=b'{"code":"' + b"a" * 3_000_000,
            headers={"content-type": "application/json"},
        )
        assert reply.status_code == 413
        assert reply.json()["code"] == "too_large"

    async def test_tell_nothing_of_a_bug(self, client: httpx.AsyncClient, connection: Connection) -> None:
        tokens = await sign_in(client, "ines")
        await connection.execute("alter table associate rename column role to renamed")
        reply = await client.get("/v1/me", headers=bearer(tokens))
        assert reply.status_code == 500
        assert reply.json() == {
            "type": "https://comptoir.invalid/problems/internal",
            "title": "Something went wrong on our side.",
            "status": 500,
            "code": "internal",
        }


# What looks like a value and is another type: a framework that means well takes it.
LOOKS_LIKE = (
    ("POST", "/policy/roll-back", {"version": "1"}),
    ("POST", "/policy/roll-back", {"version": 1.5}),
    ("POST", "/policy/roll-back", {"version": True}),
    ("PATCH", "/policy/draft", {"changes": {"seller": {"title": "2"}}}),
    ("PUT", "/identity/automatic", {"on": 1}),
    ("PUT", "/identity/automatic", {"on": "true"}),
    ("PUT", "/contact-pressure/marketing", {"rule": "null"}),
    ("POST", "/connectors", {"source": "x.shop", "kind": "segment", "settings": "null"}),
)


class TestBodies:
    @pytest.mark.parametrize(("method", "path", "body"), LOOKS_LIKE)
    async def test_are_taken_to_the_letter(
        self, client: httpx.AsyncClient, method: str, path: str, body: object
    ) -> None:
        henri = bearer(await sign_in(client, "henri"))
        reply = await client.request(method, f"/v1{path}", json=body, headers=henri)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid")

    async def test_that_say_an_instant_or_a_day_say_no_number(self, client: httpx.AsyncClient) -> None:
        paola = bearer(await sign_in(client, "paola"))
        for day in (1_700_000_000, 1_700_000_000.5, "1700000000", "2026-11-01T00:00:00Z"):
            body = {"customer_id": str(UUID(int=1)), "kind": "access", "received_on": day}
            reply = await client.post("/v1/privacy/cases", json=body, headers=paola)
            assert reply.status_code == 422, day


class TestEveryRoute:
    async def test_that_takes_a_body_reads_it_to_the_letter(self, app: Litestar) -> None:
        taken = [
            handler.parsed_data_field.annotation
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for handler, _ in route.route_handler_map.values()
            if handler.parsed_data_field is not None
        ]
        assert len(taken) > 40
        for kind in taken:  # a type that needs more than msgspec to be read would be refused to everybody
            msgspec.json.Decoder(kind)

    async def test_asks_for_a_sign_in_unless_it_is_listed(self, app: Litestar) -> None:
        app_of_production = {
            route.path
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for method, (handler, _) in route.route_handler_map.items()
            if handler.opt.get(PUBLIC)
            and method != "OPTIONS"
            and not route.path.startswith(("/schema", "/v1/openapi.json"))
        }
        assert app_of_production == OPEN_ROUTES

    async def test_of_the_document_asks_too_unless_an_operator_opened_it(
        self, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        assert (await client.get("/v1/openapi.json")).json()["openapi"].startswith("3.1")
        closed = create_app(msgspec.structs.replace(settings, open_docs=False))
        async with closed.lifespan():
            transport = httpx.ASGITransport(app=closed)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://comptoir.test") as stranger:
                for path in ("/v1/openapi.json", "/schema", "/schema/openapi.json"):
                    assert (await stranger.get(path)).status_code == 401, path


class TestHealth:
    async def test_answers_without_a_sign_in(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/health")).json() == {"status": "ok"}
        for _ in range(60):  # it gives the database two seconds, and says so when these were not enough
            if (reply := await client.get("/ready")).status_code == 200:
                break
            assert reply.json()["code"] == "unavailable"
        assert reply.json()["status"] == "ok"
