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

TOLERANCE_S = 300  # of the signed instant, where there is one
STANDARD = "whsec_"

Headers = Mapping[str, str]  # names in lower case


def shopify(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether ``X-Shopify-Hmac-Sha256`` is that of the raw body."""
    return _base64_hmac(secrets, headers.get("x-shopify-hmac-sha256", ""), body)


def woocommerce(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether ``X-WC-Webhook-Signature`` is that of the raw body."""
    return _base64_hmac(secrets, headers.get("x-wc-webhook-signature", ""), body)


def standard(secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether one of the ``v1`` signatures holds, and the delivery was signed a moment ago."""
    identifier, instant = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identifier or not instant.isascii() or not instant.isdecimal() or len(instant) > 12:
        return False
    signed = b".".join((identifier.encode(), instant.encode(), body))
    wanted = [standard_signature(secret, signed) for secret in secrets]
    given = [
        text.partition(",")[2]
        for text in headers.get("webhook-signature", "").split(" ")[:10]
        if text.startswith("v1,")
    ]
    holds = False
    for one in given:
        for other in wanted:
            holds |= hmac.compare_digest(one.encode(), other.encode())
    return holds and abs(now - int(instant)) <= TOLERANCE_S


def standard_signature(secret: str, signed: bytes) -> str:
    """Return the base64 signature of ``id.timestamp.body`` under a ``whsec_`` secret."""
    try:
        key = base64.b64decode(secret.removeprefix(STANDARD), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


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
