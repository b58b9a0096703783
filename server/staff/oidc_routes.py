"""Doors of sign-in by head office's identity provider: begin, finish, end here or there; who is who."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, URLEncodedBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth import refresh
from server.auth.extraction import UNCOUNTED
from server.auth.guard import PUBLIC
from server.auth.id_token import LONGEST_TOKEN
from server.auth.oidc import Begun, IdentityProvider
from server.auth.principal import Principal
from server.auth.provider_sessions import end_sessions, remember
from server.auth.routes import Tokens, address_of, tokens_of
from server.auth.sealing import digest
from server.auth.throttle import Throttle
from server.database.pool import Connection, transaction
from server.database.roles import Work
from server.gate import ACCEPTS, FORM
from server.problems import Refusal
from server.rest.paging import known_parameters
from server.settings import Oidc
from server.staff.accounts import AccountRefused
from server.staff.identities import associate_of, link

Opaque = Annotated[str, msgspec.Meta(min_length=1, max_length=2048, pattern=r"^[\x21-\x7e]+$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Finish(Struct, forbid_unknown_fields=True):
    """What the browser came back with, and what it had kept."""

    state: Opaque
    code: Opaque
    browser_secret: Opaque
    iss: Text | None = None  # as the provider put it into the address


class SignedOut(Struct):
    """Where to go on, to sign out at the provider too; absent when it has no such page."""

    end_session_url: str | None = None


class OidcSignOut(Struct, forbid_unknown_fields=True):
    """The session to end."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class LogoutToken(Struct):
    """What the provider sends when somebody signed out there, as a form."""

    logout_token: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TOKEN)]


class Ended(Struct):
    """Nothing of what the provider ended goes on here."""

    status: str = "ended"


class Linked(Struct, forbid_unknown_fields=True):
    """Who somebody is at the provider: the ``sub`` of his ID token."""

    subject: Text


@post("/auth/oidc/begin", opt={PUBLIC: True}, status_code=200)
async def begin(request: Request[Any, Any, State]) -> Begun:
    """Begin a sign-in at the identity provider, within ten minutes. The browser keeps ``browser_secret``."""
    _, provider = _provider(request)
    throttle: Throttle = request.app.state.throttle
    await throttle.count(throttle.apart("oidc", address_of(request)))
    return await provider.begin(now=_now())


@post("/auth/oidc/finish", opt={PUBLIC: True}, status_code=200)
async def finish(data: JSONBody[Finish], request: Request[Any, Any, State]) -> Tokens:
    """Trade what the browser came back with for a session. Whatever is wrong, the answer is one."""
    oidc, provider = _provider(request)
    state = request.app.state
    throttle: Throttle = state.throttle
    counted = throttle.apart("oidc", address_of(request))
    await throttle.count(counted)
    identity = await provider.finish(
        state=data.state, code=data.code, browser_secret=data.browser_secret, issuer=data.iss, now=_now()
    )
    session: refresh.Session | None = None
    async with transaction(state.pool) as connection:  # a role that his groups give him is told to tablets
        associate_id = await associate_of(connection, identity, oidc)
    async with transaction(state.pool, Work.GATE) as connection:
        if associate_id is None:
            await chain.append(connection, None, "auth.sign_in_refused", facts={"by": "oidc"})
        else:
            session = await refresh.start_family(
                connection,
                associate_id=associate_id,
                device_id=None,
                expires_at=_now() + timedelta(seconds=state.settings.refresh_token_s),
            )
            await remember(connection, provider.sessions_key, session.family_id, identity)
            await chain.append(
                connection,
                None,
                "auth.signed_in",
                subject_kind="associate",
                subject_id=associate_id,
                facts={"by": "oidc"},
            )
    if session is None:
        raise Refusal(ErrorCode.IDENTITY_REFUSED)
    await throttle.forgive(counted)
    return tokens_of(state, session)


@post("/auth/oidc/sign-out", opt={PUBLIC: True}, status_code=200)
async def sign_out(data: JSONBody[OidcSignOut], request: Request[Any, Any, State]) -> SignedOut:
    """End a session here, and say where it ends at the provider. Saying it twice is no error."""
    _, provider = _provider(request)
    async with transaction(request.app.state.pool, Work.GATE) as connection:
        family = await connection.fetchrow(
            """
            select f.id, f.associate_id from refresh_token t join refresh_family f on f.id = t.family_id
            where t.token_hash = $1 and f.ended_at is null
            """,
            digest(data.refresh_token),
        )
        if family is not None:
            await refresh.end_family(connection, family["id"], reason="signed_out", now=_now())
            await chain.append(connection, None, "auth.signed_out", subject_id=family["associate_id"])
    return SignedOut(end_session_url=await provider.end_session_url())


@post(
    "/auth/oidc/back-channel-logout",
    opt={PUBLIC: True, ACCEPTS: FORM},
    status_code=200,
)
async def end_from_there(data: URLEncodedBody[LogoutToken], request: Request[Any, Any, State]) -> Ended:
    """End the sessions of whoever signed out at the identity provider. Said again, it ends nothing new."""
    _, provider = _provider(request)
    throttle: Throttle = request.app.state.throttle
    counted = throttle.apart("oidc-end", address_of(request))
    await throttle.count(counted)
    told = await provider.ended(data.logout_token, now=_now())
    async with transaction(request.app.state.pool, Work.GATE) as connection:
        ended = await end_sessions(connection, provider.sessions_key, told, now=_now())
        for associate_id, sessions in ended.items():
            facts = {"by": "oidc", "sessions": sessions}
            await chain.append(connection, None, "auth.signed_out", subject_id=associate_id, facts=facts)
    await throttle.forgive(counted)
    return Ended()


@put("/staff/{associate_id:uuid}/identity", status_code=204)
async def link_identity(
    associate_id: FromPath[UUID],
    data: JSONBody[Linked],
    request: Request[Any, Any, State],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Let somebody of the brand sign in as this identity of the provider alone."""
    if principal.role is not Role.ADMINISTRATOR:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    oidc, _ = _provider(request)
    brand = await connection.fetchval("select brand from associate where id = $1", associate_id)
    if brand != principal.brand:
        raise Refusal(ErrorCode.NOT_FOUND)
    try:
        await link(connection, associate_id, issuer=oidc.issuer, subject=data.subject, by=principal)
    except AccountRefused as refused:
        raise Refusal(ErrorCode.ALREADY_EXISTS, str(refused)) from refused


def _provider(request: Request[Any, Any, State]) -> tuple[Oidc, IdentityProvider]:
    oidc: Oidc | None = request.app.state.settings.oidc
    provider: IdentityProvider | None = request.app.state.identity_provider
    if oidc is None or provider is None:
        raise Refusal(ErrorCode.NOT_FOUND, "no identity provider is set up here")
    return oidc, provider


def _now() -> datetime:
    return datetime.now(UTC)


router = Router(
    "/v1",
    route_handlers=[begin, finish, sign_out, end_from_there, link_identity],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["sign-in"],
)
