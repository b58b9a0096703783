"""Every kind of connector: how its deliveries are verified, named and read."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from schemas.record import Struct
from server.connectors import contract, magento, segment, shopify, signatures, woocommerce
from server.connectors.reading import Object
from server.connectors.said import Said, Unreadable
from server.connectors.settings import Context
from server.connectors.signatures import Headers, Verify
from server.gate import inspect_json
from server.problems import Refusal

MOST_ITEMS = 1_000  # of one delivery
_PAGE: Final = {"items", "search_criteria", "total_count"}


class Source(Struct):
    """A kind: whose signature, which headers name a delivery and its topic, who reads it."""

    verify: Verify
    read: Callable[[Object, Context], Iterator[Said]]
    reference: tuple[str, ...] = ()  # headers that name a delivery, the same over its repetitions
    topic: str = ""  # header of the topic
    own_secret: bool = True  # the platform makes the secret; else we do


KINDS: Final[Mapping[str, Source]] = {
    "shopify": Source(
        verify=signatures.shopify,
        read=shopify.read,
        reference=("x-shopify-webhook-id",),
        topic="x-shopify-topic",
    ),
    "woocommerce": Source(
        verify=signatures.woocommerce,
        read=woocommerce.read,
        reference=("x-wc-webhook-delivery-id",),
        topic="x-wc-webhook-topic",
    ),
    "magento": Source(
        verify=signatures.standard,
        read=magento.read,
        reference=("webhook-id",),
        topic="webhook-topic",
        own_secret=False,
    ),
    "segment": Source(verify=signatures.segment, read=segment.read),
    "comptoir": Source(
        verify=signatures.standard, read=contract.read, reference=("webhook-id",), own_secret=False
    ),
}


def named(kind: Source, headers: Headers, body: bytes) -> tuple[str, str]:
    """Return a delivery's reference and topic. The content is part of its name: no header is signed."""
    content = sha256(body).hexdigest()[:32]
    told = ":".join(headers.get(name, "")[:120] for name in kind.reference)
    return f"{told}:{content}" if told else content, headers.get(kind.topic, "")[:120]


def is_ping(headers: Headers, body: bytes) -> bool:
    """Whether this is WooCommerce's first call, a form that says only its own number."""
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return False
    fields = parse_qsl(body[:200].decode("ascii", errors="replace"))
    return len(fields) == 1 and fields[0][0] == "webhook_id" and fields[0][1].isdecimal()


def documents_of(body: bytes) -> list[Any]:
    """Return what a delivery holds: a document, a list of them, or a page of a REST answer.

    Raises:
        Unreadable: it is no JSON, or more than anybody sends at once.
    """
    try:
        inspect_json(body)
        told: Any = msgspec.json.decode(body)
    except (Refusal, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("it cannot be read as JSON") from error
    documents = _documents(told)
    if len(documents) > MOST_ITEMS:
        raise Unreadable(f"more than {MOST_ITEMS} documents at once")
    return documents


def said_in(kind: Source, document: Any, context: Context) -> Iterator[Said]:
    """Yield what one document of a delivery says.

    Raises:
        Unreadable: it is no object, or lacks what its topic promises.
    """
    if not isinstance(document, Mapping):
        raise Unreadable("it is no object")
    yield from kind.read(document, context)


def _documents(told: Any) -> list[Any]:
    if isinstance(told, Mapping):
        if isinstance(told.get("items"), list) and told.keys() <= _PAGE:  # an order has items of its own
            return list(told["items"])
        if isinstance(told.get("batch"), list):
            return list(told["batch"])
    return told if isinstance(told, list) else [told]
