"""Access tokens that are almost ours, each with its name."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return what base64url without padding holds."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forge:
    """Makes tokens that are signed by our key and yet wrong, and tokens that are signed by nobody we know."""

    def __init__(self, key: Ed25519PrivateKey, kid: str, good: str, other: UUID) -> None:
        self.key = key
        self.kid = kid
        self.public = key.public_key().public_bytes_raw()
        self.good = good
        self.other = other  # somebody else who exists
        self.header, self.payload, self.signature = good.split(".")
        self.claims: dict[str, Any] = json.loads(unb64(self.payload))
        self.now = int(time.time())

    def signed(self, header: bytes, payload: bytes, key: Ed25519PrivateKey | None = None) -> str:
        """Return these very bytes, signed."""
        text = f"{b64(header)}.{b64(payload)}"
        return f"{text}.{b64((key or self.key).sign(text.encode()))}"

    def with_header(self, **changes: Any) -> str:
        """Return our token under another header; ``...`` leaves a member out."""
        header = {"alg": "EdDSA", "kid": self.kid, "typ": "at+jwt"} | changes
        return self.signed(
            json.dumps({name: value for name, value in header.items() if value is not ...}).encode(),
            unb64(self.payload),
        )

    def with_claims(self, **changes: Any) -> str:
        """Return a token of ours that says something else; ``...`` leaves a claim out."""
        claims = self.claims | changes
        kept = {name: value for name, value in claims.items() if value is not ...}
        return jwt.encode(kept, self.key, "EdDSA", headers={"typ": "at+jwt", "kid": self.kid})

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield every attack with its name."""
        yield from self._of_the_shape()
        yield from self._of_the_header()
        yield from self._of_the_claims()
        yield from self._of_the_signature()

    def _of_the_shape(self) -> Iterator[tuple[str, str]]:
        h, p, s = self.header, self.payload, self.signature
        yield "empty", ""
        yield "one dot", "."
        yield "two dots", ".."
        yield "three dots", "..."
        yield "no signature", f"{h}.{p}."
        yield "no signature segment", f"{h}.{p}"
        yield "no payload", f"{h}..{s}"
        yield "no header", f".{p}.{s}"
        yield "four segments", f"{self.good}.{s}"
        yield "five segments of an encrypted token", f"{h}.{p}.{s}.{p}.{s}"
        yield "leading dot", f".{self.good}"
        yield "trailing dot", f"{self.good}."
        yield "padding on the signature", f"{h}.{p}.{s}=="
        yield "padding on the payload", f"{h}.{p}=.{s}"
        yield "space inside", f"{h}.{p} .{s}"
        yield "newline inside", f"{h}.{p}%0a.{s}"
        yield "plus for minus", f"{h}.{p}.{s[:-2]}+/"
        yield "loose last bits of the signature", f"{h}.{p}.{s[:-1]}{chr(ord(s[-1]) + 1)}"
        yield "too long", f"{h}.{p}{'A' * 5000}.{s}"
        yield "json object", json.dumps({"protected": h, "payload": p, "signature": s})
        yield "signature cut", f"{h}.{p}.{s[:-4]}"
        yield "signature longer", f"{h}.{p}.{s}AAAA"
        yield "payload of another case", f"{h}.{p.swapcase()}.{s}"
        yield "header and payload swapped", f"{p}.{h}.{s}"
        yield "a refresh token", b64(b"x" * 32)
        yield "digits", "123.456.789"
        yield "not text", "\x7f.\x7f.\x7f"

    def _of_the_header(self) -> Iterator[tuple[str, str]]:
        changed: dict[str, dict[str, Any]] = {
            "alg none": {"alg": "none"},
            "alg None": {"alg": "None"},
            "alg NONE": {"alg": "NONE"},
            "alg empty": {"alg": ""},
            "alg missing": {"alg": ...},
            "alg null": {"alg": None},
            "alg list": {"alg": ["EdDSA"]},
            "alg number": {"alg": 1},
            "alg lower case": {"alg": "eddsa"},
            "alg Ed25519": {"alg": "Ed25519"},
            "alg ES256": {"alg": "ES256"},
            "alg HS256": {"alg": "HS256"},
            "alg RS256": {"alg": "RS256"},
            "typ JWT": {"typ": "JWT"},
            "typ missing": {"typ": ...},
            "typ full media type": {"typ": "application/at+jwt"},
            "typ upper case": {"typ": "AT+JWT"},
            "typ of an identity token": {"typ": "id+jwt"},
            "kid missing": {"kid": ...},
            "kid empty": {"kid": ""},
            "kid unknown": {"kid": uuid4().hex},
            "kid a path": {"kid": "../../../dev/null"},
            "kid a statement": {"kid": "' or 1=1 --"},
            "kid number": {"kid": 1},
            "kid list": {"kid": [self.kid]},
            "kid upper case": {"kid": self.kid.upper()},
            "crit known": {"crit": ["exp"]},
            "crit unknown": {"crit": ["x"], "x": 1},
            "crit empty": {"crit": []},
            "b64 false": {"b64": False, "crit": ["b64"]},
            "jwk inside": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public)}},
            "jku": {"jku": "https://example.org/keys"},
            "x5u": {"x5u": "https://example.org/cert"},
            "x5c": {"x5c": ["MII"]},
            "cty": {"cty": "JWT"},
            "zip": {"zip": "DEF"},
            "unknown member": {"hello": "world"},
        }
        for name, changes in changed.items():
            yield name, self.with_header(**changes)
        payload = unb64(self.payload)
        plain = {"alg": "EdDSA", "kid": self.kid, "typ": "at+jwt"}
        yield "header spaced", self.signed(json.dumps(plain, indent=1).encode(), payload)
        twice = f'{{"alg":"none","alg":"EdDSA","kid":"{self.kid}","typ":"at+jwt"}}'
        yield "header member twice", self.signed(twice.encode(), payload)
        yield "header a list", self.signed(b"[]", payload)
        yield "header no json", self.signed(b"hello", payload)
        yield (
            "header with a byte order mark",
            self.signed(b"\xef\xbb\xbf" + json.dumps(plain).encode(), payload),
        )
        yield "header deep", self.signed(b"[" * 1000, payload)
        foreign = Ed25519PrivateKey.generate()
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(foreign.public_key().public_bytes_raw())}
        yield (
            "own key in the header",
            self.signed(json.dumps(plain | {"jwk": jwk}).encode(), payload, foreign),
        )

    def _of_the_claims(self) -> Iterator[tuple[str, str]]:
        now = self.now
        for claim in ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sid", "dev"):
            yield f"{claim} missing", self.with_claims(**{claim: ...})
        changed: dict[str, dict[str, Any]] = {
            "iss other": {"iss": "somebody"},
            "iss empty": {"iss": ""},
            "iss prefix": {"iss": "comptoi"},
            "aud other": {"aud": "somebody"},
            "aud a list": {"aud": ["comptoir-api"]},
            "aud a list with others": {"aud": ["comptoir-api", "other"]},
            "aud empty list": {"aud": []},
            "aud upper case": {"aud": "COMPTOIR-API"},
            "sub empty": {"sub": ""},
            "sub no id": {"sub": "ines"},
            "sub unknown": {"sub": str(uuid4())},
            "sub of somebody else": {"sub": str(self.other)},
            "sid unknown": {"sid": str(uuid4())},
            "sid no id": {"sid": "x"},
            "jti empty": {"jti": ""},
            "jti no id": {"jti": "1"},
            "exp past": {"exp": now - 1, "iat": now - 600, "nbf": now - 600},
            "exp now": {"exp": now, "iat": now - 600, "nbf": now - 600},
            "exp too far": {"exp": now + 901},
            "exp in a hundred years": {"exp": now + 3_153_600_000},
            "exp before iat": {"exp": now + 10, "iat": now + 20},
            "iat in the future": {"iat": now + 600, "exp": now + 660},
            "nbf in the future": {"nbf": now + 600},
            "exp fraction": {"exp": now + 100.5},
            "dev unknown": {"dev": str(uuid4())},
            "dev no id": {"dev": "tablet"},
            "role inside": {"role": "administrator"},
            "scope inside": {"scope": "all"},
        }
        for name, changes in changed.items():
            yield name, self.with_claims(**changes)
        header = unb64(self.header)
        for name, payload in {
            "payload a list": b"[]",
            "payload a string": b'"x"',
            "payload null": b"null",
            "payload no json": b"hello",
            "payload deep": b"[" * 2000,
            "payload not text": b"\xff\xfe",
            "exp text": json.dumps(self.claims | {"exp": str(now + 60)}).encode(),
            "exp true": json.dumps(self.claims | {"exp": True}).encode(),
            "exp null": json.dumps(self.claims | {"exp": None}).encode(),
            "exp infinite": json.dumps(self.claims | {"exp": 1}).replace('"exp": 1', '"exp": 1e999').encode(),
            "iat text": json.dumps(self.claims | {"iat": "now"}).encode(),
            "sub number": json.dumps(self.claims | {"sub": 1}).encode(),
            "aud number": json.dumps(self.claims | {"aud": 1}).encode(),
            "sub twice": self._twice("sub", str(self.other)),
            "exp twice": self._twice("exp", now + 900),
            "iss twice": self._twice("iss", "somebody"),
            "exp below zero": json.dumps(self.claims | {"exp": -1}).encode(),
            "exp beyond 64 bits": json.dumps(self.claims | {"exp": 2**70}).encode(),
            "nul in iss": json.dumps(self.claims | {"iss": "comptoir\x00"}).encode(),
            "jti null": json.dumps(self.claims | {"jti": None}).encode(),
        }.items():
            yield name, self.signed(header, payload)

    def _twice(self, claim: str, value: Any) -> bytes:
        """The claim said twice, the true one last: a reader of the first would be told another thing."""
        return f'{{"{claim}":{json.dumps(value)},'.encode() + unb64(self.payload)[1:]

    def _of_the_signature(self) -> Iterator[tuple[str, str]]:
        h, p = self.header, self.payload
        signature = unb64(self.signature)
        yield "zeros", f"{h}.{p}.{b64(bytes(64))}"
        yield "one bit off", f"{h}.{p}.{b64(bytes([signature[0] ^ 1]) + signature[1:])}"
        yield "halves swapped", f"{h}.{p}.{b64(signature[32:] + signature[:32])}"
        order = 2**252 + 27742317777372353535851937790883648493
        large = int.from_bytes(signature[32:], "little") + order
        if large < 2**256:
            yield "malleable", f"{h}.{p}.{b64(signature[:32] + large.to_bytes(32, 'little'))}"
        yield "another key", self.signed(unb64(h), unb64(p), Ed25519PrivateKey.generate())
        text = f"{h}.{p}".encode()
        for secret in (self.public, b64(self.public).encode(), b"", b"secret", self.kid.encode()):
            yield "hmac with what is public", f"{h}.{p}.{b64(hmac.digest(secret, text, hashlib.sha256))}"
        for algorithm, key in (("HS256", "x" * 32), ("ES256", generate_private_key(SECP256R1()))):
            headers = {"typ": "at+jwt", "kid": self.kid}
            yield algorithm, jwt.encode(self.claims, key, algorithm, headers=headers)
        yield "none", jwt.encode(self.claims, "", "none", headers={"typ": "at+jwt", "kid": self.kid})
        other = b64(json.dumps(self.claims | {"sub": str(self.other)}).encode())
        yield "payload exchanged", f"{h}.{other}.{self.signature}"
