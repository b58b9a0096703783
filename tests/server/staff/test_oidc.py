"""Sign-in at head office's identity provider: against a provider that runs, and lies when it is told to."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from server.app import create_app
from server.cli import parser
from server.commands import staff
from server.commands.answer import CommandFailed
from server.database.embedded import free_port
from server.database.pool import Connection
from server.settings import Oidc, Settings, SettingsError, from_environment
from tests.server.people import associate_id, bearer, hire_everybody, sign_in
from tests.server.staff.browser import answers, begin, come_back, link, sign_in_there
from tests.server.staff.identity_provider import CLIENT, REDIRECT, SECRET


@pytest.fixture
async def app(app_with_provider: Litestar) -> Litestar:
    return app_with_provider


class TestSigningIn:
    async def test_gives_a_session_to_whom_an_administrator_linked(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        assert (await link(client)).status_code == 204
        reply = await sign_in_there(client)
        assert reply.status_code == 200, reply.text
        me = (await client.get("/v1/me", headers=bearer(reply.json()))).json()
        assert (me["associate_id"], me["role"]) == (str(associate_id("henri")), "head_office_crm")
        again = {"refresh_token": reply.json()["refresh_token"]}
        assert (await client.post("/v1/auth/refresh", json=again)).status_code == 200
        facts = await connection.fetchval(
            "select facts from audit_event where action = 'auth.signed_in' and subject_id = $1",
            associate_id("henri"),
        )
        assert facts == {"by": "oidc"}

    async def test_gives_a_session_to_whom_the_console_linked(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, issuer: str, database: str
    ) -> None:
        words = ["staff", "link", "henri", "henri's number", "--issuer", issuer, "--database-url", database]
        assert await asyncio.to_thread(staff.run, parser("staff").parse_args(words)) == 0
        await provider.post("/control", json={"claims": {"sub": "henri's number"}})
        reply = await sign_in_there(client)
        assert reply.status_code == 200, reply.text
        nobody = ["staff", "link", "nobody", "x", "--issuer", issuer, "--database-url", database]
        with pytest.raises(CommandFailed, match="nobody has the code"):
            await asyncio.to_thread(staff.run, parser("staff").parse_args(nobody))

    async def test_gives_nothing_to_a_stranger_however_he_is_called_there(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        for subject in ("somebody", "henri", str(associate_id("adam"))):
            claims = {"sub": subject, "email": "adam@maison.test", "preferred_username": "adam"}
            await provider.post("/control", json={"claims": claims})
            reply = await sign_in_there(client)
            assert (reply.status_code, reply.json()["code"]) == (403, "identity_refused")

    async def test_ends_for_somebody_who_left(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        await connection.execute("update associate set active = false where code = 'henri'")
        assert (await sign_in_there(client)).status_code == 403

    async def test_goes_on_when_the_provider_has_new_keys(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, app: Litestar
    ) -> None:
        app.state.identity_provider._keys_every_s = 0
        await link(client)
        for kind in ("ES256", "RS256", "ES256"):
            await provider.post("/control", json={"rotate": kind})
            assert (await sign_in_there(client)).status_code == 200, kind

    async def test_does_not_let_strangers_make_us_ask_for_keys_without_end(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await sign_in_there(client)
        before = (await provider.get("/asked-for-keys")).json()["times"]
        await provider.post("/control", json={"headers": {"kid": "unknown"}})
        for _ in range(5):
            assert (await sign_in_there(client)).status_code == 403
        assert (await provider.get("/asked-for-keys")).json()["times"] == before

    async def test_ends_here_and_says_where_it_ends_there(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, issuer: str
    ) -> None:
        await link(client)
        tokens = (await sign_in_there(client)).json()
        out = {"refresh_token": tokens["refresh_token"]}
        reply = await client.post("/v1/auth/oidc/sign-out", json=out)
        assert reply.json()["end_session_url"].startswith(f"{issuer}/leave?client_id=comptoir&")
        assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401


class TestAnAttempt:
    async def test_is_finished_once(self, client: httpx.AsyncClient, provider: httpx.AsyncClient) -> None:
        await link(client)
        back = await come_back(await begin(client))
        assert (await client.post("/v1/auth/oidc/finish", json=back)).status_code == 200
        assert (await client.post("/v1/auth/oidc/finish", json=back)).status_code == 403

    async def test_is_finished_by_the_browser_that_began_it(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        mine, theirs = await begin(client), await begin(client)
        back = await come_back(theirs) | {"browser_secret": mine["browser_secret"]}
        assert (await client.post("/v1/auth/oidc/finish", json=back)).status_code == 403

    async def test_takes_no_code_of_another_attempt(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        mine, theirs = await begin(client), await begin(client)
        stolen = await come_back(mine) | {"code": (await come_back(theirs))["code"]}
        assert (await client.post("/v1/auth/oidc/finish", json=stolen)).status_code == 403

    async def test_is_over_after_ten_minutes(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        await link(client)
        back = await come_back(await begin(client))
        await connection.execute("update oidc_attempt set expires_at = $1", datetime.now(UTC))
        assert (await client.post("/v1/auth/oidc/finish", json=back)).status_code == 403

    async def test_is_answered_by_this_provider_and_no_other(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        back = await come_back(await begin(client)) | {"iss": "https://elsewhere.test"}
        assert (await client.post("/v1/auth/oidc/finish", json=back)).status_code == 403

    async def test_keeps_nothing_that_can_be_read(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        begun = await begin(client)
        asked = parse_qs(urlsplit(begun["authorization_url"]).query)
        kept = await connection.fetchval("select string_agg(a::text, '') from oidc_attempt a")
        for secret in (asked["state"][0], asked["nonce"][0], begun["browser_secret"]):
            assert secret not in kept and secret.encode().hex() not in kept


LIES: dict[str, dict[str, Any]] = {
    "no signature": {"sign": "none"},
    "signed with the public key as a secret": {"sign": "with the public key"},
    "signed by another key": {"sign": "another key"},
    "an altered signature": {"sign": "altered"},
    "of another issuer": {"claims": {"iss": "https://elsewhere.test"}},
    "of an issuer with a slash more": {"claims": {"iss": "http://127.0.0.1/"}},
    "for another client": {"claims": {"aud": "somebody-else"}},
    "for nobody": {"claims": {"aud": []}},
    "for several without an authorized party": {"claims": {"aud": [CLIENT, "other"]}},
    "for another authorized party": {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    "for us, another authorized party": {"claims": {"azp": "other"}},
    "of another sign-in": {"claims": {"nonce": "another"}},
    "of no sign-in": {"claims": {"nonce": None}},
    "a nonce that is no text": {"claims": {"nonce": 1}},
    "of nobody": {"claims": {"sub": None}},
    "of an empty subject": {"claims": {"sub": ""}},
    "of a subject that is no text": {"claims": {"sub": 1}},
    "of a subject with NUL": {"claims": {"sub": "subject-1\x00"}},
    "expired": {"shift": {"exp": -400}},
    "without an end": {"claims": {"exp": None}},
    "of tomorrow": {"shift": {"iat": 86_400, "exp": 86_400}},
    "not yet valid": {"shift": {"nbf": 86_400}},
    "of long ago": {"shift": {"iat": -3600}},
    "without a beginning": {"claims": {"iat": None}},
    "a time that is no number": {"claims": {"exp": "tomorrow"}},
    "a time that is true": {"claims": {"exp": True}},
    "an access token": {"headers": {"typ": "at+jwt"}},
    "a logout token": {"headers": {"typ": "logout+jwt"}},
    "with its own key": {"headers": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "with the address of a key": {"headers": {"jku": "https://elsewhere.test/keys"}},
    "with a critical extension": {"headers": {"crit": ["exp"]}},
    "with a file for a key": {"headers": {"kid": "../../dev/null"}},
    "too long": {"claims": {"padding": "x" * 20_000}},
}


class TestLies:
    async def test_of_the_provider_are_none_believed(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        believed, answers = [], set()
        for name, lie in LIES.items():
            await provider.post("/control", json=lie)
            reply = await sign_in_there(client)
            answers.add(reply.content)
            if reply.status_code != 403:
                believed.append((name, reply.status_code))
        assert believed == []
        assert len(answers) == 1  # whatever is wrong, the answer is one
        await provider.post("/control", json={})
        assert (await sign_in_there(client)).status_code == 200

    async def test_within_a_minute_of_clocks_are_forgiven(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        for shift in ({"iat": 45, "nbf": 45}, {"exp": -330}):
            await provider.post("/control", json={"shift": shift})
            assert (await sign_in_there(client)).status_code == 200, shift

    async def test_about_itself_make_it_unavailable(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, issuer: str
    ) -> None:
        for described in (
            {"issuer": "https://elsewhere.test"},
            {"token_endpoint": "http://169.254.169.254/latest"},
            {"jwks_uri": "file:///etc/passwd"},
            {"authorization_endpoint": None},
        ):
            await provider.post("/control", json={"described": described})
            reply = await client.post("/v1/auth/oidc/begin")
            assert (reply.status_code, reply.json()["code"]) == (503, "unavailable"), described


class TestRoles:
    @pytest.fixture
    def oidc(self, issuer: str) -> Oidc:
        return Oidc(
            issuer=issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            redirect_uri=REDIRECT,
            roles={"crm": "head_office_crm", "calls": "call_centre"},
        )

    async def test_come_from_groups_where_the_installation_says_so(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        for groups, role in ((["calls"], "call_centre"), (["other", "crm", "calls"], "head_office_crm")):
            await provider.post("/control", json={"claims": {"groups": groups}})
            tokens = (await sign_in_there(client)).json()
            assert (await client.get("/v1/me", headers=bearer(tokens))).json()["role"] == role

    async def test_are_lost_with_the_groups(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client)
        for groups in ([], ["other"], "crm", None, [["crm"]]):
            await provider.post("/control", json={"claims": {"groups": groups}})
            assert (await sign_in_there(client)).status_code == 403, groups

    async def test_of_an_administrator_come_and_go_here_alone(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        await link(client, "adam")
        await provider.post("/control", json={"claims": {"groups": ["calls"]}})
        tokens = (await sign_in_there(client)).json()
        assert (await client.get("/v1/me", headers=bearer(tokens))).json()["role"] == "administrator"


class TestLinks:
    async def test_are_made_by_the_administrator_of_the_brand(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient
    ) -> None:
        path = f"/v1/staff/{associate_id('henri')}/identity"
        for code in ("henri", "marie", "paola"):
            who = bearer(await sign_in(client, code))
            assert (await client.put(path, json={"subject": "x"}, headers=who)).status_code == 403
        adam = bearer(await sign_in(client, "adam"))
        nobody = f"/v1/staff/{UUID(int=1)}/identity"
        assert (await client.put(nobody, json={"subject": "x"}, headers=adam)).status_code == 404

    async def test_are_of_one_person_each_and_of_no_service(
        self, client: httpx.AsyncClient, provider: httpx.AsyncClient, connection: Connection
    ) -> None:
        assert (await link(client, "henri")).status_code == 204
        assert (await link(client, "lea")).status_code == 409
        assert (await link(client, "import", "subject-2")).status_code == 409
        assert (await link(client, "henri", "subject-3")).status_code == 204
        assert (await link(client, "lea")).status_code == 204
        kinds = await connection.fetch("select distinct kind from alarm")
        assert [row["kind"] for row in kinds] == ["identity_linked"]


class TestConfiguration:
    def test_is_refused_when_it_would_not_be_safe(self) -> None:
        good = {
            "DATABASE_URL": "x",
            "COMPTOIR_SECRET": "s" * 64,
            "COMPTOIR_OIDC_ISSUER": "https://id.test",
            "COMPTOIR_OIDC_CLIENT_ID": "c",
            "COMPTOIR_OIDC_REDIRECT_URI": "https://office.test/back",
        }
        made = from_environment(good).oidc
        assert made is not None and made.roles == {}
        for bad in (
            {"COMPTOIR_OIDC_ISSUER": "http://id.test"},
            {"COMPTOIR_OIDC_CLIENT_ID": ""},
            {"COMPTOIR_OIDC_ROLES": "not json"},
            {"COMPTOIR_OIDC_ROLES": '{"all": "administrator"}'},
            {"COMPTOIR_OIDC_ROLES": '{"all": "integration"}'},
        ):
            with pytest.raises(SettingsError):
                from_environment(good | bad)

    async def test_without_a_provider_has_no_doors(self, settings: Settings, connection: Connection) -> None:
        closed = create_app(settings)
        async with closed.lifespan():
            transport = httpx.ASGITransport(app=closed)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://c.test") as client:
                told = await client.post("/v1/auth/oidc/begin")
                assert (told.status_code, told.json()["detail"]) == (
                    404,
                    "no identity provider is set up here",
                )


class TestAnotherProvider:
    async def test_that_strangers_wrote_signs_people_in(
        self, settings: Settings, connection: Connection
    ) -> None:
        """`oidc-provider-mock`: a provider of which no line is ours."""
        await hire_everybody(connection)
        port = free_port()
        issuer = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stderr=quiet, stdout=quiet) as running:
            try:
                await answers(f"{issuer}/.well-known/openid-configuration")
                oidc = Oidc(issuer=issuer, client_id="any", client_secret="any", redirect_uri=REDIRECT)
                app = create_app(msgspec.structs.replace(settings, oidc=oidc))
                async with app.lifespan():
                    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
                    async with httpx.AsyncClient(transport=transport, base_url="http://c.test") as client:
                        assert (await link(client, "lea", "lea@maison.test")).status_code == 204
                        begun = await begin(client)
                        async with httpx.AsyncClient(verify=False, timeout=60) as browser:
                            form = {"sub": "lea@maison.test"}
                            reply = await browser.post(begun["authorization_url"], data=form)
                        query = parse_qs(urlsplit(reply.headers["location"]).query)
                        back = {name: query[name][0] for name in ("code", "state")}
                        reply = await client.post(
                            "/v1/auth/oidc/finish", json=back | {"browser_secret": begun["browser_secret"]}
                        )
                        assert reply.status_code == 200, reply.text
            finally:
                running.kill()
