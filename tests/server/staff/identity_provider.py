"""A small identity provider, a process of its own: code flow with PKCE, keys that rotate, lies on demand.

``python identity_provider.py PORT``. ``POST /control`` sets what it says from then on.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT, SECRET, REDIRECT = "comptoir", "a client secret", "https://head-office.test/back"


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.codes: dict[str, dict[str, str]] = {}
        self.said: dict[str, Any] = {}
        self.asked_for_keys = 0
        self.keys: dict[str, Any] = {}
        self.rotate()

    def rotate(self, kind: str = "ES256") -> None:
        self.kid = secrets.token_hex(4)
        self.algorithm = kind
        if kind == "ES256":
            self.keys = {self.kid: generate_private_key(SECP256R1())}
        else:
            self.keys = {self.kid: generate_rsa(public_exponent=65537, key_size=2048)}

    def logout_token(self, asked: dict[str, Any]) -> str:
        """Return the word that a session is over, with what is asked for in place of what is right."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now + asked.get("shift", 0),
            "exp": now + 120 + asked.get("shift", 0),
            "jti": secrets.token_hex(8),
            "sub": "subject-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        claims |= asked.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.kid, "typ": "logout+jwt"} | asked.get("headers", {})
        key = generate_private_key(SECP256R1()) if asked.get("another_key") else self.keys[self.kid]
        return jwt.encode(
            claims, key, "ES256" if asked.get("another_key") else self.algorithm, headers=headers
        )

    def id_token(self, begun: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": begun["nonce"],
        }
        claims |= self.said.get("claims", {})
        for name, by in self.said.get("shift", {}).items():
            claims[name] = claims.get(name, now) + by
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.kid} | self.said.get("headers", {})
        match self.said.get("sign", "well"):
            case "none":
                return jwt.encode(claims, None, "none", headers=headers)
            case "with the public key":
                text = f"{_part({'alg': 'HS256', **headers})}.{_part(claims)}"
                return text + "." + _b64(hashlib.sha256(text.encode()).digest())
            case "another key":
                return jwt.encode(claims, generate_private_key(SECP256R1()), "ES256", headers=headers)
            case "altered":
                head, body, signature = jwt.encode(
                    claims, self.keys[self.kid], self.algorithm, headers=headers
                ).split(".")
                return f"{head}.{body}.{signature[::-1]}"
        return jwt.encode(claims, self.keys[self.kid], self.algorithm, headers=headers)


class Door(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        issuer = self.server.issuer
        match parts.path:
            case "/.well-known/openid-configuration":
                described = {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                    "end_session_endpoint": f"{issuer}/leave",
                }
                self._answer(described | self.server.said.get("described", {}))
            case "/keys":
                self.server.asked_for_keys += 1
                self._answer({"keys": [self._public(kid, key) for kid, key in self.server.keys.items()]})
            case "/asked-for-keys":
                self._answer({"times": self.server.asked_for_keys})
            case "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                wanted = (asked["client_id"], asked["redirect_uri"], asked["response_type"])
                assert wanted == (CLIENT, REDIRECT, "code") and asked["code_challenge_method"] == "S256"
                code = secrets.token_urlsafe(16)
                self.server.codes[code] = asked
                self.send_response(302)
                back = urlencode({"code": code, "state": asked["state"], "iss": issuer})
                self.send_header("location", f"{REDIRECT}?{back}")
                self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/control":
            self.server.said = json.loads(body)
            if kind := self.server.said.get("rotate"):
                self.server.rotate(kind)
            self._answer({})
            return
        if self.path == "/logout-token":
            self._answer({"token": self.server.logout_token(json.loads(body))})
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        begun = self.server.codes.pop(form["code"], None)
        known = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proved = self.headers.get("authorization", "").removeprefix("Basic ") in (known, plain)
        challenge = _b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if begun is None or not proved or challenge != begun["code_challenge"]:
            self._answer({"error": "invalid_grant"}, status=400)
            return
        self._answer({"access_token": "x", "token_type": "Bearer", "id_token": self.server.id_token(begun)})

    def _public(self, kid: str, key: Any) -> dict[str, Any]:
        kind = ECAlgorithm if self.server.algorithm == "ES256" else RSAAlgorithm
        shown: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
        return shown | {"kid": kid, "use": "sig", "alg": self.server.algorithm}

    def _answer(self, body: dict[str, Any], *, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(value: Any) -> str:
    return _b64(json.dumps(value).encode())


if __name__ == "__main__":
    provider = Provider(int(sys.argv[1]))
    print(provider.issuer, flush=True)
    provider.serve_forever()
