"""Keyed fingerprints of erased people: they keep an import from bringing somebody back unasked.

A fingerprint is an HMAC under a key of this installation, of one contact in the form it is compared in, or of
a source's own number. Without the key it can be compared with nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import SourceRef
from schemas.record import Struct
from server.auth.sealing import derive, keyed_digest
from server.customers.edits import contact_forms_of
from server.database.pool import Connection

PURPOSE = "erasure-fingerprint"

_key: list[bytes] = []


class _Created(Struct):
    values: dict[str, Any]
    source: SourceRef | None = None


class KeyMissing(Exception):
    """There are fingerprints, and nobody has said with which key they are compared."""


def use_secret(secret: bytes) -> None:
    """Compare with the key of this installation from now on."""
    _key[:] = [derive(secret, PURPOSE)]


def fingerprints_of(known: Iterable[tuple[str, str]]) -> set[bytes]:
    """Return the fingerprints of contacts and source numbers, each (kind, form).

    Raises:
        KeyMissing: ``use_secret`` was never called.
    """
    if not _key:
        raise KeyMissing
    return {keyed_digest(_key[0], kind, form) for kind, form in known}


def _known_by(args: bytes) -> set[tuple[str, str]]:
    """Everything by which a person about to be made known could be recognised; what cannot be read tells
    nothing, and is refused later."""
    try:
        created = msgspec.json.decode(args, type=_Created)
        known = contact_forms_of(created.values)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError, TypeError, KeyError):
        return set()
    if created.source is not None:
        known.add(source_form(created.source.system, created.source.reference))
    return known


def source_form(system: str, reference: str) -> tuple[str, str]:
    """Return how a person's number in another system is compared."""
    return (f"source:{system}", reference)


async def recognised(
    connection: Connection, creations: Sequence[tuple[UUID, bytes]]
) -> dict[UUID, set[bytes]]:
    """Return the creations (mutation, arguments) that would bring an erased person back, by mutation, with
    the fingerprints that say so."""
    if not await connection.fetchval("select exists (select from erasure_fingerprint)"):
        return {}
    made = {mutation_id: fingerprints_of(_known_by(args)) for mutation_id, args in creations}
    rows = await connection.fetch(
        "select fingerprint from erasure_fingerprint where fingerprint = any($1)",
        list({each for prints in made.values() for each in prints}),
    )
    kept = {bytes(row["fingerprint"]) for row in rows}
    return {mutation_id: found for mutation_id, prints in made.items() if (found := prints & kept)}


async def forget_fingerprints(connection: Connection, fingerprints: Iterable[bytes]) -> None:
    """Let a person be known again, because she asked to be."""
    await connection.execute(
        "delete from erasure_fingerprint where fingerprint = any($1)", list(fingerprints)
    )
