"""A stand-in for the server's account doors, with the rules a tablet depends on."""

import json
from uuid import UUID, uuid4

import httpx

INES = UUID("018f0000-0000-7000-8000-000000000001")
PAUL = UUID("018f0000-0000-7000-8000-000000000002")
PASSWORD = "une longue phrase"
STAFF = {"ines": (INES, "Inès M."), "paul": (PAUL, "Paul R.")}


class House:
    """Answers like the server; ``line_cut`` makes every request fail as without network."""

    def __init__(self) -> None:
        self.line_cut = False
        self.revoked = False
        self.good: dict[str, str] = {}  # refresh token -> code of the associate
        self.asked: list[str] = []
        self.now_ms: int | None = None  # what it says of lease and rescue, when a test wants it to
        self.rescue_key = b""
        self.rescued: list[bytes] = []

    def line(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.line(), base_url="http://house")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.line_cut:
            raise httpx.ConnectError("no line", request=request)
        self.asked.append(request.url.path)
        is_json = request.headers.get("content-type", "").startswith("application/json")
        body = json.loads(request.content) if is_json else {}
        if self.revoked:
            return problem(401, "device_revoked")
        if request.url.path.startswith("/v1/sync/"):
            return problem(403, "not_allowed")  # no customers here; the tablet rests for minutes
        match request.url.path:
            case "/v1/devices/enrol":
                if body["code"] != "482913":
                    return problem(403, "enrolment_code_invalid")
                return httpx.Response(
                    201, json={"device_id": str(uuid4()), "device_secret": "s", "store": "lyon"}
                )
            case "/v1/auth/sign-in":
                if body["code"] not in STAFF or body["password"] != PASSWORD:
                    return problem(401, "wrong_credentials")
                return self._tokens(body["code"])
            case "/v1/auth/refresh":
                code = self.good.pop(body["refresh_token"], None)
                return self._tokens(code) if code else problem(401, "token_expired")
            case "/v1/auth/sign-out":
                self.good.pop(body["refresh_token"], None)
                return httpx.Response(204)
            case "/v1/rescue":
                self.rescued.append(request.content)
                return httpx.Response(200, json={})
            case "/v1/me":
                code = request.headers["Authorization"].split("access-")[1].split("-")[0]
                associate_id, name = STAFF[code]
                return httpx.Response(
                    200,
                    json={
                        "associate_id": str(associate_id),
                        "display_name": name,
                        "role": "seller",
                        "stores": ["lyon"],
                    },
                )
        return problem(404, "not_found")

    def _tokens(self, code: str) -> httpx.Response:
        refresh = f"refresh-{uuid4()}"
        self.good[refresh] = code
        return httpx.Response(
            200,
            json={
                "access_token": f"access-{code}-{uuid4()}",
                "refresh_token": refresh,
                "expires_in": 900,
                **self._lease(),
            },
        )

    def _lease(self) -> dict[str, object]:
        if self.now_ms is None:
            return {}
        return {
            "now": self.now_ms,
            "lease_until": self.now_ms + 14 * 86_400_000,
            "rescue_key": self.rescue_key.hex(),
        }


def problem(status: int, code: str) -> httpx.Response:
    """Return an error as the server tells it (RFC 9457)."""
    body = {"type": f"https://house.test/{code}", "title": code, "status": status, "code": code}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
