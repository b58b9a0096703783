"""Signing in at head office's identity provider: authorization code with PKCE, state and nonce.

What was begun is kept in the database for some minutes, so that any process may finish it, once, and only
for the browser that began it.
"""

import asyncio
import base64
import hashlib
import secrets
import ssl
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
import msgspec
import structlog

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.auth.id_token import ALGORITHMS, Identity, KeyUnknown, NotBelieved, Reader, identity_in
from server.auth.provider_sessions import EndedThere, end_in
from server.auth.sealing import SealBroken, derive, digest, seal, unseal
from server.database.pool import Pool
from server.problems import Refusal
from server.settings import Oidc

ATTEMPT_S: Final = 10 * 60
TIMEOUT_S: Final = 5.0
LARGEST_ANSWER: Final = 1 << 20
DESCRIBED_FOR_S: Final = 60 * 60
KEYS_FOR_S: Final = 60 * 60
KEYS_AT_MOST_EVERY_S: Final = 10.0
SCOPE: Final = "openid"

T = TypeVar("T")

log = structlog.get_logger()


class Begun(Struct):
    """Where to send the browser, and what it keeps until it comes back."""

    authorization_url: str
    browser_secret: str
    expires_in: int = ATTEMPT_S


class _Attempt(Struct):
    nonce: str
    verifier: str


class IdentityProvider:
    """Our side of one provider: what it says of itself and its keys are asked for when needed, and kept."""

    def __init__(
        self, pool: Pool, oidc: Oidc, secret: bytes, *, keys_every_s: float = KEYS_AT_MOST_EVERY_S
    ) -> None:
        self._pool = pool
        self._oidc = oidc
        self._seal = derive(secret, "oidc-attempt")
        self.sessions_key = derive(secret, "oidc-session")  # of what is remembered of sessions there
        self._keys_every_s = keys_every_s
        self._described: dict[str, Any] = {}
        self._described_at = float("-inf")
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._keys_at = float("-inf")
        self._asking = asyncio.Lock()

    async def begin(self, *, now: datetime) -> Begun:
        """Begin a sign-in.

        Raises:
            Refusal: UNAVAILABLE when the provider does not answer as one.
        """
        described = await self._description()
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        attempt = _Attempt(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))
        await self._pool.execute("delete from oidc_attempt where expires_at < $1", now)
        await self._pool.execute(
            "insert into oidc_attempt (state_hash, browser_hash, sealed, expires_at) values ($1, $2, $3, $4)",
            digest(state),
            digest(browser),
            seal(self._seal, msgspec.json.encode(attempt), context=digest(state)),
            now + timedelta(seconds=ATTEMPT_S),
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._oidc.client_id,
                "redirect_uri": self._oidc.redirect_uri,
                "scope": SCOPE,
                "state": state,
                "nonce": attempt.nonce,
                "code_challenge": challenge.rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            }
        )
        address: str = described["authorization_endpoint"]
        joined = "&" if urlsplit(address).query else "?"
        return Begun(authorization_url=f"{address}{joined}{query}", browser_secret=browser)

    async def finish(
        self, *, state: str, code: str, browser_secret: str, issuer: str | None, now: datetime
    ) -> Identity:
        """Return who came back with a code. Whatever comes of it, the same attempt finishes once.

        Raises:
            Refusal: IDENTITY_REFUSED, the same for every reason; UNAVAILABLE.
        """
        attempt = await self._taken(state, browser_secret, now)
        try:
            if attempt is None:
                raise NotBelieved("attempt")
            if issuer is not None and issuer != self._oidc.issuer:
                raise NotBelieved("answered by another provider")  # RFC 9207
            token, nonce = await self._traded(code, attempt.verifier), attempt.nonce
            groups = self._oidc.groups_claim
            return await self._believed(
                lambda reader: identity_in(token, reader, nonce=nonce, groups_claim=groups), now
            )
        except NotBelieved as error:
            log.info("oidc.refused", why=str(error))
            raise Refusal(ErrorCode.IDENTITY_REFUSED) from error

    async def ended(self, token: str, *, now: datetime) -> EndedThere:
        """Return what the provider says is over.

        Raises:
            Refusal: MALFORMED for anything that is not its word to us; UNAVAILABLE.
        """
        try:
            return await self._believed(lambda reader: end_in(token, reader), now)
        except NotBelieved as error:
            log.info("oidc.end_refused", why=str(error))
            raise Refusal(ErrorCode.MALFORMED) from error

    async def end_session_url(self) -> str | None:
        """Return where a browser signs out at the provider, if it has such a page."""
        described = await self._description()
        address = described.get("end_session_endpoint")
        if not isinstance(address, str) or not self._is_of_the_provider(address):
            return None
        query = {"client_id": self._oidc.client_id, "post_logout_redirect_uri": self._oidc.redirect_uri}
        return f"{address}?{urlencode(query)}"

    async def _taken(self, state: str, browser_secret: str, now: datetime) -> _Attempt | None:
        row = await self._pool.fetchrow(
            "delete from oidc_attempt where state_hash = $1 returning browser_hash, sealed, expires_at",
            digest(state),
        )
        if row is None or row["expires_at"] <= now:
            return None
        if not secrets.compare_digest(row["browser_hash"], digest(browser_secret)):
            return None
        try:
            plain = unseal(self._seal, row["sealed"], context=digest(state))
        except SealBroken:
            return None
        return msgspec.json.decode(plain, type=_Attempt)

    async def _traded(self, code: str, verifier: str) -> str:
        described = await self._description()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._oidc.redirect_uri,
            "code_verifier": verifier,
        }
        secret = self._oidc.client_secret
        if secret is None:
            form["client_id"] = self._oidc.client_id
        answer = await self._ask(
            "POST",
            described["token_endpoint"],
            data=form,
            auth=httpx.BasicAuth(self._oidc.client_id, secret) if secret else None,
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("no id token")
        return token

    async def _believed(self, read: Callable[[Reader], T], now: datetime) -> T:
        """Return what is read by the keys we have, or by newer ones where ours cannot tell."""
        for fresh in (False, True):
            reader = Reader(
                keys=await self._key_set(fresh=fresh),
                issuer=self._oidc.issuer,
                client_id=self._oidc.client_id,
                now=int(now.timestamp()),
            )
            try:
                return read(reader)
            except KeyUnknown:
                if fresh:
                    raise
        raise AssertionError

    async def _description(self) -> dict[str, Any]:
        async with self._asking:
            if time.monotonic() - self._described_at < DESCRIBED_FOR_S:
                return self._described
            address = self._oidc.issuer.rstrip("/") + "/.well-known/openid-configuration"
            said = await self._ask("GET", address)
            if said.get("issuer") != self._oidc.issuer:
                raise _unavailable("issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(said.get(name), str) or not self._is_of_the_provider(said[name]):
                    raise _unavailable(name)
            self._described, self._described_at = said, time.monotonic()
            return said

    async def _key_set(self, *, fresh: bool) -> dict[str | None, jwt.PyJWK]:
        """Return the keys; asked for anew when ``fresh``, never so often that a stranger could make us."""
        described = await self._description()
        async with self._asking:
            age = time.monotonic() - self._keys_at
            if age < (self._keys_every_s if fresh else KEYS_FOR_S):
                return self._keys
            said = await self._ask("GET", described["jwks_uri"])
            keys: dict[str | None, jwt.PyJWK] = {}
            for each in said.get("keys", ()):
                if isinstance(each, dict) and each.get("use", "sig") == "sig" and each.get("kty") != "oct":
                    try:
                        key = jwt.PyJWK(each)
                    except jwt.PyJWTError:
                        continue  # of a kind that we do not know
                    if key.algorithm_name in ALGORITHMS:
                        keys[key.key_id] = key
            self._keys, self._keys_at = keys, time.monotonic()
            return keys

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            async with (
                httpx.AsyncClient(
                    timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, verify=_tls()
                ) as client,
                client.stream(method, address, headers={"accept": "application/json"}, **more) as reply,
            ):
                body = b""
                async for part in reply.aiter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise _unavailable("too large")
                if 400 <= reply.status_code < 500:
                    raise NotBelieved(f"the provider said {reply.status_code}")
                if reply.status_code != 200:
                    raise _unavailable(f"status {reply.status_code}")
                answer = msgspec.json.decode(body)
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unavailable(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise _unavailable("no object")
        return answer

    def _is_of_the_provider(self, address: str) -> bool:
        """Whether an address is one we may go to: encrypted, unless the provider is this machine."""
        issuer, parts = urlsplit(self._oidc.issuer), urlsplit(address)
        if parts.scheme == "https":
            return True
        return parts.scheme == "http" and issuer.scheme == "http" and parts.hostname == issuer.hostname


@cache
def _tls() -> ssl.SSLContext:
    """The authorities this machine trusts, read once: that takes longer than a request."""
    return ssl.create_default_context()


def _unavailable(why: str) -> Refusal:
    log.warning("oidc.provider_unavailable", why=why)
    return Refusal(ErrorCode.UNAVAILABLE)
