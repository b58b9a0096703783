"""Access tokens: short-lived, signed, saying who and never what he may do."""

import base64
import hashlib
import json
import re
import time
from uuid import UUID, uuid4

import asyncpg
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.auth.sealing import SealBroken, derive, seal, unseal
from server.database.pool import Connection, Pool
from server.problems import Refusal
from server.settings import Settings

ALGORITHM = "EdDSA"
TYPE = "at+jwt"  # RFC 9068
LONGEST_TOKEN = 4096
LONGEST_LIFE_S = 15 * 60
CLOCK_SLACK_S = 5
RELOAD_AFTER_S = 5.0
NOTICED_AFTER_S = 60.0  # a rotation, by a process that runs
ROTATE_AFTER_S = 30 * 86_400
MOST_REMEMBERED = 10_000  # tokens whose signature held

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CLAIMS = ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sid")


class Claims(Struct, forbid_unknown_fields=True):
    """Everything an access token says."""

    iss: str
    aud: str
    sub: UUID  # the associate
    sid: UUID  # the refresh family it was issued for
    jti: UUID
    exp: int
    nbf: int
    iat: int
    dev: UUID | None


class _Key(Struct):
    kid: str
    header: str  # the one first segment a token of this key may have
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None


class KeyRing:
    """The signing keys of this installation, kept sealed in the database and cached here."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._seal = derive(settings.secret, "signing-key")
        self._keys: dict[str, _Key] = {}
        self._loaded_at = 0.0
        # Digest of a token -> what it says: a signature costs 0.2 ms to check, its time is judged every time.
        self._genuine: dict[bytes, Claims] = {}

    async def load(self) -> None:
        """Read the keys; make one when there is none of ours that is young enough to sign."""
        await self._read()
        if not any(key.private for key in self._keys.values()):
            await self._make()
            await self._read()

    def issue(self, *, associate_id: UUID, family_id: UUID, device_id: UUID | None, now: int) -> str:
        """Return a token for an associate, living as long as the settings say. ``now`` in seconds UTC."""
        key = next(key for key in reversed(self._keys.values()) if key.private)
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": str(associate_id),
            "sid": str(family_id),
            "jti": str(uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + min(self._settings.access_token_s, LONGEST_LIFE_S),
            "dev": str(device_id) if device_id else None,
        }
        assert key.private is not None
        return jwt.encode(claims, key.private, ALGORITHM, headers={"typ": TYPE, "kid": key.kid})

    async def verify(self, token: str, *, now: int) -> Claims:
        """Return what a token of ours says.

        Raises:
            Refusal: NOT_SIGNED_IN for anything that is not exactly such a token, TOKEN_EXPIRED for one
                of ours whose time is over.
        """
        if time.monotonic() - self._loaded_at > NOTICED_AFTER_S:
            await self.load()
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._genuine.get(digest)
        if claims is None:
            claims = await self._authenticated(token)
            if len(self._genuine) >= MOST_REMEMBERED:
                self._genuine.clear()
            self._genuine[digest] = claims
        sane = (
            claims.iat <= now + CLOCK_SLACK_S
            and claims.nbf <= now + CLOCK_SLACK_S
            and 0 < claims.exp - claims.iat <= LONGEST_LIFE_S
        )
        if not sane:
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        if claims.exp <= now:
            raise Refusal(ErrorCode.TOKEN_EXPIRED)
        return claims

    async def _authenticated(self, token: str) -> Claims:
        if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        segments = token.split(".")
        if not all(_canonical(segment) for segment in segments) or not _said_once(segments[1]):
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        key = self._key_of(segments[0])
        if key is None and time.monotonic() - self._loaded_at > RELOAD_AFTER_S:
            await self._read()
            key = self._key_of(segments[0])
        if key is None:
            raise Refusal(ErrorCode.NOT_SIGNED_IN)
        try:
            # Time is judged by the caller, against his clock, so that expiry is told apart from forgery.
            payload = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={
                    "require": list(_CLAIMS),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "strict_aud": True,
                },
            )
            return msgspec.convert(payload, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError) as error:
            raise Refusal(ErrorCode.NOT_SIGNED_IN) from error

    def _key_of(self, header: str) -> _Key | None:
        return next((key for key in self._keys.values() if key.header == header), None)

    async def _read(self) -> None:
        rows = await self._pool.fetch(
            """
            select kid, sealed_private, public,
                   retired_at is null and created_at > now() - make_interval(secs => $1) as young
            from signing_key where retired_at is null or retired_at > now() order by created_at
            """,
            float(ROTATE_AFTER_S),
        )
        self._keys = {row["kid"]: self._opened(row) for row in rows}
        self._loaded_at = time.monotonic()
        self._genuine.clear()  # a key may have been retired

    def _opened(self, row: asyncpg.Record) -> _Key:
        kid: str = row["kid"]
        private = None
        if row["young"]:
            try:
                raw = unseal(self._seal, row["sealed_private"], context=kid.encode())
                private = Ed25519PrivateKey.from_private_bytes(raw)
            except SealBroken:
                private = None  # made under another secret: still verifies, no longer signs
        return _Key(
            kid=kid,
            header=_header_of(kid),
            public=Ed25519PublicKey.from_public_bytes(row["public"]),
            private=private,
        )

    async def _make(self) -> None:
        await make_signing_key(self._pool, self._settings.secret)


async def make_signing_key(connection: Connection | Pool, secret: bytes) -> str:
    """Make a key that signs, and return its id; ``secret`` is the installation's."""
    kid = uuid4().hex
    private = Ed25519PrivateKey.generate()
    await connection.execute(
        "insert into signing_key (kid, sealed_private, public) values ($1, $2, $3)",
        kid,
        seal(derive(secret, "signing-key"), private.private_bytes_raw(), context=kid.encode()),
        private.public_key().public_bytes_raw(),
    )
    return kid


def _header_of(kid: str) -> str:
    token = jwt.encode({}, Ed25519PrivateKey.generate(), ALGORITHM, headers={"typ": TYPE, "kid": kid})
    return token.partition(".")[0]


def _said_once(payload: str) -> bool:
    """Whether no claim is said twice: one reader would believe the first and another the last."""

    def once(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) < len(members):
            raise ValueError

    try:
        json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return False
    return True


def _canonical(segment: str) -> bool:
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == segment
