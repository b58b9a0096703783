"""The promise that no token lies: forged, stale, stolen and revoked ones, presented to a fresh server."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from schemas.staff import Role
from server.app import create_app
from server.auth.access_token import KeyRing
from server.auth.passwords import Passwords
from server.database.pool import Connection
from server.proofs.forgery import Forge, b64, unb64
from server.proofs.proof import Proof
from server.proofs.still import still
from server.proofs.twins.worlds import connected
from server.settings import Settings
from server.staff.accounts import Hired, hire

PASSWORD: Final = "the same for everybody"  # noqa: S105 (of a database that is thrown away)
SUMMARY = "access and refresh tokens that are forged, stale, stolen or revoked"

# Source: RFC 8037, appendix A.1 to A.4: the key, what is signed and the signature.
RFC_8037_D: Final = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_8037_X: Final = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_8037_TEXT: Final = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC_8037_SIGNATURE: Final = (
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


async def prove(database_url: str) -> Proof:
    """Present every forgery to a fresh server; none may open a door."""
    settings = still(database_url, extraction_caps=True)
    async with connected(database_url) as connection:
        people = await _hire(connection, settings)
        app = create_app(settings)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        accepted: list[str] = []
        tried = 0
        async with app.lifespan():
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://proof.invalid") as client:
                async for name, refused in attacks(app, client, connection, people):
                    tried += 1
                    accepted += [] if refused else [name]
    vectors = vectors_hold()
    return Proof(
        promise="a token that is not exactly ours opens nothing",
        figure=f"{len(accepted)} of {tried} attack tokens accepted; "
        f"the vectors of RFC 8037 {'hold' if vectors else 'do not hold'}",
        holds=not accepted and tried >= 100 and vectors,
        broken_by=tuple(accepted[:20]),
        figures={"attack_tokens": tried, "accepted": len(accepted), "public_vectors_hold": vectors},
    )


def vectors_hold() -> bool:
    """Whether the library we sign with says what the public vectors of Ed25519 in JOSE say."""
    key = Ed25519PrivateKey.from_private_bytes(unb64(RFC_8037_D))
    return (
        b64(key.public_key().public_bytes_raw()) == RFC_8037_X
        and b64(key.sign(RFC_8037_TEXT.encode())) == RFC_8037_SIGNATURE
    )


async def attacks(
    app: Litestar, client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]
) -> AsyncIterator[tuple[str, bool]]:
    """Yield each attack and whether it was refused; a good token works before and after."""
    tokens = await _sign_in(client, "seller")
    ring: KeyRing = app.state.key_ring
    (key,) = ring._keys.values()
    assert key.private is not None
    good = tokens["access_token"]
    yield "nobody is let in at all", await _opens(client, good)
    for name, token in Forge(key.private, key.kid, good, people["manager"]).all():
        yield name, not await _opens(client, token)
    yield "a good token stopped working", await _opens(client, good)
    for name, attack in _OF_SESSIONS.items():
        yield name, await attack(client, connection, people)


async def _reused(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    first = (await _sign_in(client, "seller"))["refresh_token"]
    second = (await _refresh(client, first)).json()["refresh_token"]
    third = await _refresh(client, second)
    again = await _refresh(client, first)
    after = await _refresh(client, third.json()["refresh_token"])
    return again.status_code == 401 and after.status_code == 401


async def _after_grace(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    first = (await _sign_in(client, "seller"))["refresh_token"]
    await _refresh(client, first)
    await connection.execute("update refresh_token set used_at = used_at - interval '2 minutes'")
    return (await _refresh(client, first)).status_code == 401


async def _expired(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    token = (await _sign_in(client, "seller"))["refresh_token"]
    await connection.execute("update refresh_family set expires_at = now() - interval '1 second'")
    return (await _refresh(client, token)).status_code == 401


async def _of_another_tablet(
    client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]
) -> bool:
    one, other = await _enrol(client), await _enrol(client)
    token = (await _sign_in(client, "seller", one))["refresh_token"]
    without = await _refresh(client, token)
    elsewhere = await _refresh(client, token, other)
    return without.status_code == 401 and elsewhere.status_code == 401


async def _with_a_guessed_secret(
    client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]
) -> bool:
    tablet = await _enrol(client)
    token = (await _sign_in(client, "seller", tablet))["refresh_token"]
    guessed = tablet | {"device_secret": "guessed"}
    return (await _refresh(client, token, guessed)).status_code == 401


async def _revoked_tablet(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    tablet = await _enrol(client)
    tokens = await _sign_in(client, "seller", tablet)
    manager = await _sign_in(client, "administrator")
    revoked = await client.post(f"/v1/devices/{tablet['device_id']}/revoke", headers=_bearer(manager))
    later = await client.post("/v1/auth/sign-in", json={"code": "seller", "password": PASSWORD, **tablet})
    return (
        revoked.status_code == 204
        and not await _opens(client, tokens["access_token"])
        and (await _refresh(client, tokens["refresh_token"], tablet)).status_code in (401, 403)
        and later.status_code in (401, 403)
    )


async def _signed_out(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    tokens = await _sign_in(client, "seller")
    await client.post("/v1/auth/sign-out", json={"refresh_token": tokens["refresh_token"]})
    return (
        not await _opens(client, tokens["access_token"])
        and (await _refresh(client, tokens["refresh_token"])).status_code == 401
    )


async def _enrolment_code_twice(
    client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]
) -> bool:
    manager = await _sign_in(client, "administrator")
    code = await client.post("/v1/devices/enrolment-codes", json={"store": "here"}, headers=_bearer(manager))
    said = {"code": code.json()["code"], "name": "proof"}
    first = await client.post("/v1/devices/enrol", json=said)
    second = await client.post("/v1/devices/enrol", json=said)
    return first.status_code == 201 and second.status_code == 403


async def _access_as_refresh(
    client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]
) -> bool:
    tokens = await _sign_in(client, "seller")
    swapped = await _refresh(client, tokens["access_token"][:128])
    return swapped.status_code == 401 and not await _opens(client, tokens["refresh_token"])


async def _unknown(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    replies = [await _refresh(client, token) for token in ("x", "\x00", uuid4().hex, "é" * 60)]
    return all(400 <= reply.status_code < 500 for reply in replies)


async def _who_left(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    tokens = await _sign_in(client, "leaver")
    await connection.execute("update associate set active = false where id = $1", people["leaver"])
    again = await client.post("/v1/auth/sign-in", json={"code": "leaver", "password": PASSWORD})
    refreshed = await _refresh(client, tokens["refresh_token"])
    return (
        not await _opens(client, tokens["access_token"])
        and again.status_code == 401
        and (refreshed.status_code == 401 or not await _opens(client, refreshed.json()["access_token"]))
    )


async def _retired_key(client: httpx.AsyncClient, connection: Connection, people: dict[str, UUID]) -> bool:
    """A key of another installation under a number of our own choosing."""
    tokens = await _sign_in(client, "seller")
    header, payload, _ = tokens["access_token"].split(".")
    foreign = Ed25519PrivateKey.generate()
    signed = f"{header}.{payload}.{b64(foreign.sign(f'{header}.{payload}'.encode()))}"
    return not await _opens(client, signed)


_Attack = Callable[[httpx.AsyncClient, Connection, dict[str, UUID]], Awaitable[bool]]
_OF_SESSIONS: Final[dict[str, _Attack]] = {
    "refresh token used twice": _reused,
    "refresh token used after the grace": _after_grace,
    "refresh token of another tablet": _of_another_tablet,
    "refresh token with a guessed secret": _with_a_guessed_secret,
    "refresh token made up": _unknown,
    "access token as refresh token": _access_as_refresh,
    "session signed out": _signed_out,
    "tablet revoked": _revoked_tablet,
    "enrolment code used twice": _enrolment_code_twice,
    "signed by a stranger's key": _retired_key,
    "person who left": _who_left,
    "refresh token expired": _expired,
}


async def _opens(client: httpx.AsyncClient, token: str) -> bool:
    reply = await client.get("/v1/me", headers={b"authorization": b"Bearer " + token.encode()})
    return reply.status_code not in (401, 403)


def _bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def _refresh(
    client: httpx.AsyncClient, token: str, tablet: dict[str, str] | None = None
) -> httpx.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token, **(tablet or {})})


async def _sign_in(
    client: httpx.AsyncClient, code: str, tablet: dict[str, str] | None = None
) -> dict[str, Any]:
    reply = await client.post("/v1/auth/sign-in", json={"code": code, "password": PASSWORD, **(tablet or {})})
    tokens: dict[str, Any] = reply.raise_for_status().json()
    return tokens


async def _enrol(client: httpx.AsyncClient) -> dict[str, str]:
    manager = await _sign_in(client, "administrator")
    code = await client.post("/v1/devices/enrolment-codes", json={"store": "here"}, headers=_bearer(manager))
    reply = await client.post("/v1/devices/enrol", json={"code": code.json()["code"], "name": "proof"})
    made = reply.raise_for_status().json()
    return {name: made[name] for name in ("device_id", "device_secret")}


async def _hire(connection: Connection, settings: Settings) -> dict[str, UUID]:
    kept = Passwords(memory_kib=settings.password_memory_kib, rounds=settings.password_rounds).hash(PASSWORD)
    await connection.execute(
        "insert into store (code, name, city, brand, zone) values ('here', 'here', 'here', 'maison', 'zone')"
    )
    roles = {
        "seller": Role.SELLER,
        "leaver": Role.SELLER,
        "manager": Role.STORE_MANAGER,
        "administrator": Role.ADMINISTRATOR,
    }
    people: dict[str, UUID] = {}
    async with connection.transaction():
        for code, role in roles.items():
            someone = Hired(
                code=code,
                given_name="Person",
                family_name="Somebody",
                role=role,
                brand="maison",
                stores=("here",) if role is not Role.ADMINISTRATOR else (),
            )
            people[code] = await hire(connection, someone, password_hash=kept)
    return people
