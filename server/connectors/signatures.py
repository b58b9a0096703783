"""Whether a delivery comes from who it says: each platform's signature, over the body as it came.

All comparisons take the same time whatever differs. Nothing is decoded before its signature holds.
Source: Shopify, "Verify webhook deliveries"; WooCommerce, "Webhooks"; Standard Webhooks 1.0.0; Segment,
"Webhooks".
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TOLERANCE_S = 300  # of the signed instant, where there is one
STANDARD = "whsec_"
PRIVATE, PUBLIC = "whsk_", "whpk_"  # of ed25519

Headers = Mapping[str, str]  # names in lower case


def shopify(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether ``X-Shopify-Hmac-Sha256`` is that of the raw body."""
    return _base64_hmac(secrets, headers.get("x-shopify-hmac-sha256", ""), body)


def woocommerce(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether ``X-WC-Webhook-Signature`` is that of the raw body."""
    return _base64_hmac(secrets, headers.get("x-wc-webhook-signature", ""), body)


def standard(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether one of the signatures holds, and the delivery was signed a moment ago.

    A secret is what both know, or the public key (``whpk_``) of the one who signs.
    """
    identifier, instant = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identifier or not instant.isascii() or not instant.isdecimal() or len(instant) > 12:
        return False
    signed = b".".join((identifier.encode(), instant.encode(), body))
    shared = [secret for secret in secrets if not secret.startswith((PUBLIC, PRIVATE))]
    wanted = [standard_signature(secret, signed) for secret in shared]
    given = [text.partition(",") for text in headers.get("webhook-signature", "").split(" ")[:10]]
    holds = False
    for version, _, text in given:
        if version == "v1":
            for other in wanted:
                holds |= hmac.compare_digest(text.encode(), other.encode())
        elif version == "v1a":
            holds |= any(_signed_by(secret, text, signed) for secret in secrets if secret.startswith(PUBLIC))
    return holds and abs(now - int(instant)) <= TOLERANCE_S


def standard_signature(secret: str, signed: bytes) -> str:
    """Return the base64 signature of ``id.timestamp.body`` under a ``whsec_`` secret."""
    try:
        key = base64.b64decode(secret.removeprefix(STANDARD), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def signature_of(secret: str, signed: bytes) -> str:
    """Return what a header says of ``id.timestamp.body``: ``v1a`` by a private key, else ``v1``."""
    if not secret.startswith(PRIVATE):
        return f"v1,{standard_signature(secret, signed)}"
    return f"v1a,{base64.b64encode(_private_key(secret).sign(signed)).decode()}"


def new_private_key() -> str:
    """Return a new ed25519 key as it is kept."""
    return PRIVATE + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key(secret: str) -> str:
    """Return what a private key's signatures are verified with: everybody may know it."""
    return PUBLIC + base64.b64encode(_private_key(secret).public_key().public_bytes_raw()).decode()


def _private_key(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.removeprefix(PRIVATE)))


def _signed_by(public: str, text: str, signed: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix(PUBLIC), validate=True))
        key.verify(base64.b64decode(text, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def segment(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether ``X-Signature`` is that of the whole body.

    Of a batch Segment signs the first event alone, which says nothing of the others: such a batch is refused.
    """
    given = headers.get("x-signature", "").casefold().encode()
    holds = False
    for secret in secrets:
        wanted = hmac.digest(secret.encode(), body, "sha1").hex().encode()  # theirs, not our choice
        holds |= hmac.compare_digest(given, wanted)
    return holds or _only_event(secrets, given, body)


def _only_event(secrets: Sequence[str], given: bytes, body: bytes) -> bool:
    """Whether a batch of one event is signed by that event."""
    try:
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if len(events) != 1:
        return False
    holds = False
    for secret in secrets:
        wanted = hmac.digest(secret.encode(), bytes(events[0]), "sha1").hex().encode()
        holds |= hmac.compare_digest(given, wanted)
    return holds


def write_key(secrets: Sequence[str], headers: Headers) -> bool:
    """Whether the Basic credentials name one of the write keys, with no password."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(told, validate=True).partition(b":")[0]
    except (binascii.Error, ValueError):
        given = b""
    holds = False
    for secret in secrets:
        holds |= hmac.compare_digest(given, secret.encode())
    return holds and scheme.casefold() == "basic"


def _base64_hmac(secrets: Sequence[str], given: str, body: bytes) -> bool:
    holds = False
    for secret in secrets:
        wanted = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
        holds |= hmac.compare_digest(given.encode(), wanted)
    return holds


Verify = Callable[[Sequence[str], Headers, bytes, float], bool]
