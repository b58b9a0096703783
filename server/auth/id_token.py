"""ID tokens of an identity provider: what one must say before it is believed.

Source: OpenID Connect Core 1.0, section 3.1.3.7.
"""

import math
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import jwt

from schemas.record import Struct

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")  # nothing that a public key could be the secret of
LONGEST_TOKEN: Final = 16_384
CLOCK_SLACK_S: Final = 60
LONGEST_AGE_S: Final = 10 * 60
MOST_GROUPS: Final = 500

_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})


class NotBelieved(Exception):
    """The token is not what it should be; the message says why, for tests and never for strangers."""


class KeyUnknown(NotBelieved):
    """It names a key that is not in the set: the provider may have a new one."""


class Identity(Struct):
    """Who somebody is at the provider."""

    issuer: str
    subject: str
    groups: tuple[str, ...] = ()
    session: str | None = None  # of his at the provider, which can end it by this name


class Reader(Struct):
    """What tells a token of this provider to us from any other."""

    keys: Mapping[str | None, jwt.PyJWK]  # the provider's public keys by their ``kid``
    issuer: str
    client_id: str
    now: int  # seconds UTC

    def claims_of(self, token: str, *, kinds: Collection[str], required: Sequence[str]) -> dict[str, Any]:
        """Return what a token says that is exactly one to us, now, by one of these keys.

        Args:
            kinds: what ``typ`` may be, in small letters; one that is not said is ``jwt``.
            required: claims it must have, beside who says it to whom, and when.

        Raises:
            NotBelieved: it is not; KeyUnknown when only a newer key could tell.
        """
        if len(token) > LONGEST_TOKEN:
            raise NotBelieved("too long")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise NotBelieved("no token") from error
        if not set(header) <= _HEADER or str(header.get("typ", "JWT")).lower() not in kinds:
            raise NotBelieved("header")
        key = _key_for(header, self.keys)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[header["alg"]],
                audience=self.client_id,
                issuer=self.issuer,
                options={
                    "require": ["iss", "aud", "exp", "iat", *required],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise NotBelieved(type(error).__name__) from error
        _check_time(claims, self.now)
        return claims


def identity_in(token: str, reader: Reader, *, nonce: str, groups_claim: str) -> Identity:
    """Return whom an ID token names.

    Args:
        nonce: what this very sign-in was begun with.

    Raises:
        NotBelieved: anything that is not exactly an answer to us, now, by one of these keys.
    """
    claims = reader.claims_of(token, kinds=("jwt",), required=("sub", "nonce"))
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise NotBelieved("several audiences and no authorized party")
    if claims.get("azp", reader.client_id) != reader.client_id:
        raise NotBelieved("another authorized party")
    if not isinstance(claims["nonce"], str) or not secrets.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise NotBelieved("nonce")
    groups = claims.get(groups_claim, [])
    named = tuple(group for group in groups if isinstance(group, str)) if isinstance(groups, list) else ()
    return Identity(
        issuer=reader.issuer,
        subject=name_in(claims, "sub"),
        groups=named[:MOST_GROUPS],
        session=name_in(claims, "sid") if "sid" in claims else None,
    )


def name_in(claims: Mapping[str, Any], claim: str) -> str:
    """Return what somebody or something is called.

    Raises:
        NotBelieved: it is no name.
    """
    name = claims[claim]
    if not isinstance(name, str) or not 0 < len(name) <= 255 or "\x00" in name:
        raise NotBelieved(claim)
    return name


def _key_for(header: Mapping[str, Any], keys: Mapping[str | None, jwt.PyJWK]) -> jwt.PyJWK:
    if header.get("alg") not in ALGORITHMS:
        raise NotBelieved("algorithm")
    kid = header.get("kid")
    if kid is None and len(keys) == 1:
        key = next(iter(keys.values()))
    elif kid in keys:
        key = keys[kid]
    else:
        raise KeyUnknown("kid")
    if key.algorithm_name != header["alg"]:
        raise NotBelieved("not the algorithm of this key")
    return key


def _check_time(claims: Mapping[str, Any], now: int) -> None:
    times = [claims["exp"], claims["iat"], claims.get("nbf", claims["iat"])]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in times):
        raise NotBelieved("time")
    if not all(map(math.isfinite, times)):
        raise NotBelieved("time")  # compared with NaN nothing is ever over
    expires, issued, from_then = times
    if expires <= now - CLOCK_SLACK_S or from_then > now + CLOCK_SLACK_S or issued > now + CLOCK_SLACK_S:
        raise NotBelieved("not now")
    if issued < now - LONGEST_AGE_S:
        raise NotBelieved("too old")
