"""Doors for people and tablets: sign in, go on, sign out, who am I, enrol, revoke."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode, Problem
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth import devices, refresh
from server.auth.access_token import KeyRing
from server.auth.extraction import UNCOUNTED
from server.auth.guard import PUBLIC
from server.auth.passwords import Passwords
from server.auth.principal import Principal
from server.auth.sealing import derive, digest
from server.auth.service_keys import ANY_SERVICE
from server.auth.throttle import Throttle
from server.database.pool import Connection, Pool, transaction
from server.database.roles import Work
from server.policy.in_force import Policies
from server.problems import Refusal, problem_response
from server.scope import customer_scopes, tablet_scopes
from server.settings import Settings

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Opaque = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
MANAGERS = (Role.STORE_MANAGER, Role.ZONE_MANAGER, Role.ADMINISTRATOR)


class SignIn(Struct, forbid_unknown_fields=True):
    """Code and password of an associate, and the tablet they are typed on."""

    code: Code
    password: Password
    device_id: UUID | None = None
    device_secret: Opaque | None = None


class Refresh(Struct, forbid_unknown_fields=True):
    """A refresh token, and the tablet it was given to."""

    refresh_token: Opaque
    device_id: UUID | None = None
    device_secret: Opaque | None = None


class SignOut(Struct, forbid_unknown_fields=True):
    """The session to end; without a token, the one of the access token."""

    refresh_token: Opaque | None = None


class Tokens(Struct):
    """What a sign-in or a refresh gives."""

    access_token: str
    refresh_token: str
    expires_in: int  # seconds the access token lives
    token_type: str = "Bearer"  # noqa: S105
    now: int | None = None  # of the server, wall milliseconds; with what follows for tablets only
    lease_until: int | None = None  # how long the tablet may open its store without hearing from us
    rescue_key: str | None = None  # hex; seals what the tablet cannot send


class Me(Struct):
    """Who is asking, what he may see and write, and whose customers he may reach."""

    associate_id: UUID
    display_name: str
    role: str
    stores: tuple[str, ...]
    zone: str | None
    brand: str
    language: str
    device_id: UUID | None
    device_store: str | None
    policy_version: int
    levels: dict[str, int]  # field -> 1 masked, 2 read, 3 write; hidden fields are absent
    groups: tuple[str, ...]
    scopes: tuple[str, ...]
    tablet_scopes: tuple[str, ...]


class CodeWanted(Struct, forbid_unknown_fields=True):
    """The store a new tablet is for."""

    store: Code


class Enrol(Struct, forbid_unknown_fields=True):
    """What is typed on a new tablet."""

    code: Code
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


@post("/auth/sign-in", opt={PUBLIC: True}, status_code=200)
async def sign_in(data: JSONBody[SignIn], request: Request[Any, Any, State]) -> Tokens:
    """Sign an associate in. Unknown and known codes answer alike, in bytes and in time."""
    state = request.app.state
    pool: Pool = state.pool
    device_id = await devices.proved(pool, data.device_id, data.device_secret)
    throttle: Throttle = state.throttle
    code = (
        data.code.lower()
    )  # what is counted is what is looked up: no other way to write it is another account
    counted = throttle.subjects(
        account=code, device=str(device_id) if device_id else None, address=address_of(request)
    )
    await throttle.count(counted)
    row = await pool.fetchrow(
        "select id, password_hash from associate where lower(code) = $1 and active", code
    )
    passwords: Passwords = state.passwords
    kept = row["password_hash"] if row else None
    if not await passwords.matches(kept, data.password, ours=device_id is not None) or row is None:
        async with transaction(pool, Work.GATE) as connection:
            await chain.append(
                connection, None, "auth.sign_in_refused", subject_id=row["id"] if row else None
            )
        raise Refusal(ErrorCode.WRONG_CREDENTIALS)
    await throttle.forgive(counted)
    settings: Settings = state.settings
    async with transaction(pool, Work.GATE) as connection:
        session = await refresh.start_family(
            connection,
            associate_id=row["id"],
            device_id=device_id,
            expires_at=_now() + timedelta(seconds=settings.refresh_token_s),
        )
        await chain.append(
            connection,
            None,
            "auth.signed_in",
            subject_kind="associate",
            subject_id=row["id"],
            facts={"device": str(device_id) if device_id else None},
        )
    return tokens_of(state, session)


@post("/auth/refresh", opt={PUBLIC: True}, status_code=200)
async def go_on(data: JSONBody[Refresh], request: Request[Any, Any, State]) -> Tokens | Response[Problem]:
    """Trade a refresh token for the next one. Used twice, it ends the session everywhere."""
    state = request.app.state
    settings: Settings = state.settings
    device_id = await devices.proved(state.pool, data.device_id, data.device_secret)
    async with transaction(state.pool, Work.GATE) as connection:
        answer = await refresh.rotate(
            connection,
            data.refresh_token,
            device_id=device_id,
            now=_now(),
            grace=timedelta(seconds=settings.refresh_grace_s),
            life=timedelta(seconds=settings.refresh_token_s),
        )
        if isinstance(answer, refresh.Ended) and answer.why == "reused":
            await chain.append(connection, None, "auth.refresh_reused", subject_id=answer.associate_id)
    if isinstance(answer, refresh.Ended):
        return problem_response(ErrorCode.NOT_SIGNED_IN)
    return tokens_of(state, answer)


@post("/auth/sign-out", opt={PUBLIC: True}, status_code=204)
async def sign_out(data: JSONBody[SignOut], request: Request[Any, Any, State]) -> None:
    """End a session. Saying it twice, or with a token that is over, is no error."""
    state = request.app.state
    if data.refresh_token is None:
        return
    async with transaction(state.pool, Work.GATE) as connection:
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


@get("/me", opt={ANY_SERVICE: True})
async def me(principal: NamedDependency[Principal], request: Request[Any, Any, State]) -> Me:
    """Who is asking, and what he may see."""
    policies: Policies = request.app.state.policies
    lens = await policies.lens(request.app.state.pool, principal)
    return Me(
        associate_id=principal.associate_id,
        display_name=principal.name,
        role=principal.role.value,
        stores=principal.stores,
        zone=principal.zone,
        brand=principal.brand,
        language=principal.language,
        device_id=principal.device_id,
        device_store=principal.device_store,
        policy_version=principal.policy_version,
        levels={field: int(level) for field, level in lens.levels.items()},
        groups=lens.groups,
        scopes=customer_scopes(principal),
        tablet_scopes=tablet_scopes(principal),
    )


@post("/devices/enrolment-codes", status_code=201)
async def make_code(
    data: JSONBody[CodeWanted],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
    request: Request[Any, Any, State],
) -> devices.Enrolment:
    """Make a code that enrols one tablet of a store within ten minutes."""
    await _require_manager_of(connection, principal, data.store)
    settings: Settings = request.app.state.settings
    enrolment = await devices.make_enrolment_code(
        connection,
        key=derive(settings.secret, "enrolment"),
        store=data.store,
        made_by=principal.associate_id,
        expires_at=_now() + timedelta(seconds=settings.enrolment_code_s),
    )
    await chain.append(connection, principal, "device.code_made", facts={"store": data.store})
    return enrolment


@post("/devices/enrol", opt={PUBLIC: True}, status_code=201)
async def enrol(data: JSONBody[Enrol], request: Request[Any, Any, State]) -> devices.EnrolledDevice:
    """Trade a manager's code for a tablet's own identity."""
    state = request.app.state
    throttle: Throttle = state.throttle
    counted = throttle.apart(
        "enrolment", address_of(request)
    )  # whoever guesses passwords here closes it to none
    await throttle.count(counted)
    async with transaction(state.pool, Work.GATE) as connection:
        device = await devices.enrol(
            connection,
            key=derive(state.settings.secret, "enrolment"),
            code=data.code,
            name=data.name,
            now=_now(),
        )
        if device is None:
            raise Refusal(ErrorCode.ENROLMENT_CODE_INVALID)
        await chain.append(
            connection, None, "device.enrolled", subject_kind="device", subject_id=device.device_id
        )
    await throttle.forgive(counted)
    return device


@post("/devices/{device_id:uuid}/revoke", status_code=204)
async def revoke(
    device_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> None:
    """Refuse a tablet from its next request on."""
    store = await connection.fetchval("select store from device where id = $1", device_id)
    if store is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await _require_manager_of(connection, principal, store)
    await devices.revoke(connection, device_id, now=_now())
    await chain.append(connection, principal, "device.revoked", subject_kind="device", subject_id=device_id)


async def _require_manager_of(connection: Connection, principal: Principal, store: str) -> None:
    """An administrator manages every tablet of his brand, a manager those of his stores."""
    if principal.role not in MANAGERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    brand = await connection.fetchval("select brand from store where code = $1", store)
    if brand != principal.brand or (
        principal.role is not Role.ADMINISTRATOR and store not in principal.stores
    ):
        raise Refusal(ErrorCode.NOT_FOUND)


def tokens_of(state: State, session: refresh.Session) -> Tokens:
    """Return what a sign-in gives."""
    keys: KeyRing = state.key_ring
    settings: Settings = state.settings
    return Tokens(
        access_token=keys.issue(
            associate_id=session.associate_id,
            family_id=session.family_id,
            device_id=session.device_id,
            now=int(_now().timestamp()),
        ),
        refresh_token=session.token,
        expires_in=settings.access_token_s,
        **_lease(state, session),
    )


def _lease(state: State, session: refresh.Session) -> dict[str, Any]:
    """Return what a tablet is told whenever it has shown that it is one of ours."""
    if session.device_id is None:
        return {}
    settings: Settings = state.settings
    now_ms = int(_now().timestamp() * 1000)
    return {
        "now": now_ms,
        "lease_until": now_ms + settings.lease_s * 1000,
        "rescue_key": state.rescue_key.hex(),
    }


def address_of(request: Request[Any, Any, State]) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else "unknown"


def _now() -> datetime:
    return datetime.now(UTC)


router = Router(
    "/v1",
    route_handlers=[sign_in, go_on, sign_out, me, make_code, enrol, revoke],
    tags=["sign-in"],
    opt={UNCOUNTED: True},
)
