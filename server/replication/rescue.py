"""Taking in a rescue file: opened with the server's own key, its edits judged as their author's."""

import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from schemas.mutations import Envelope
from schemas.problem import ErrorCode
from schemas.protocol import MAX_EDITS, Outcome
from schemas.rescue import (
    BIGGEST_CONTENT,
    MAGIC,
    PURPOSE,
    RescueContent,
    RescueReport,
    RescueVerdict,
)
from schemas.staff import Role
from server.audit import chain
from server.auth.principal import Principal, principal_of_author
from server.auth.sealing import derive, digest
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.push import submit
from sync.sealed_box import BoxBroken, open_box, public_key

MANAGERS = (Role.STORE_MANAGER, Role.ZONE_MANAGER, Role.ADMINISTRATOR)


def private_key(secret: bytes) -> bytes:
    """Return the key that opens rescue files; it is this installation's for as long as its secret is."""
    return derive(secret, "rescue")


def rescue_key(secret: bytes) -> bytes:
    """Return the public key that tablets seal with."""
    return public_key(private_key(secret))


def open_rescue(secret: bytes, file: bytes) -> RescueContent:
    """Return what a rescue file holds.

    Raises:
        Refusal: MALFORMED when it is none, was sealed for another installation, or altered.
    """
    if not file.startswith(MAGIC):
        raise Refusal(ErrorCode.MALFORMED, "this is no rescue file")
    try:
        packed = open_box(private_key(secret), file[len(MAGIC) :], purpose=PURPOSE)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(packed, BIGGEST_CONTENT)
        if not unpacker.eof:
            raise Refusal(ErrorCode.TOO_LARGE)
        return msgspec.msgpack.decode(content, type=RescueContent)
    except BoxBroken as error:
        raise Refusal(ErrorCode.MALFORMED, "sealed for another server, or altered") from error
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Refusal(ErrorCode.MALFORMED) from error


async def take_in(
    connection: Connection,
    content: RescueContent,
    *,
    by: Principal | None,
    now: datetime,
    policies: Policies,
) -> RescueReport:
    """Judge the edits of a rescue file as their author's, with the policy each was made under in sight.

    An edit that was judged before keeps its verdict, so a file may be delivered any number of times.

    Args:
        by: who delivers it: the author himself or a manager of the tablet's store; None at the console.

    Raises:
        Refusal: NOT_FOUND when the tablet did not make this file, the author never worked on it, or whoever
            delivers it is neither.
    """
    author = await _author(connection, content)
    if by is not None:
        await _require_may_deliver(connection, by, content, author)
    outcomes: list[Outcome] = []
    envelopes = [_numbered(each.envelope) for each in content.edits]
    for start in range(0, len(envelopes), MAX_EDITS):
        some = envelopes[start : start + MAX_EDITS]
        outcomes += await submit(connection, author, some, now=now, policies=policies)
    await chain.append(
        connection,
        by,
        "rescue.taken_in",
        subject_kind="device",
        subject_id=content.device_id,
        facts={"author": str(author.associate_id), "edits": len(outcomes)},
    )
    return RescueReport(
        device_id=content.device_id,
        author=author.associate_id,
        made_at=content.made_at,
        verdicts=_verdicts(envelopes, outcomes),
    )


def _numbered(envelope: Envelope) -> Envelope:
    """A number above zero says that it comes from a tablet: too old a one is parked, not applied blindly."""
    return msgspec.structs.replace(envelope, seq=max(envelope.seq, 1))


def _verdicts(envelopes: Sequence[Envelope], outcomes: Sequence[Outcome]) -> tuple[RescueVerdict, ...]:
    return tuple(
        RescueVerdict(
            mutation_id=envelope.mutation_id,
            record_id=envelope.record_id,
            op=envelope.op,
            status=outcome.status.value,
            code=outcome.code,
        )
        for envelope, outcome in zip(envelopes, outcomes, strict=True)
    )


async def _author(connection: Connection, content: RescueContent) -> Principal:
    """Return the author, if this very tablet made the file and he signed in on it once."""
    secret_hash = await connection.fetchval("select secret_hash from device where id = $1", content.device_id)
    if secret_hash is None or not secrets.compare_digest(secret_hash, digest(content.device_secret)):
        raise Refusal(ErrorCode.NOT_FOUND)
    try:
        associate_id = UUID(content.author)
    except ValueError as error:
        raise Refusal(ErrorCode.NOT_FOUND) from error
    worked_here = await connection.fetchval(
        "select exists (select from refresh_family where device_id = $1 and associate_id = $2)",
        content.device_id,
        associate_id,
    )
    author = await principal_of_author(connection, associate_id, content.device_id) if worked_here else None
    if author is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return author


async def _require_may_deliver(
    connection: Connection, by: Principal, content: RescueContent, author: Principal
) -> None:
    if by.associate_id == author.associate_id:
        return
    brand = await connection.fetchval("select brand from store where code = $1", author.device_store)
    manages = by.role is Role.ADMINISTRATOR or (by.role in MANAGERS and author.device_store in by.stores)
    if not manages or by.brand != brand:
        raise Refusal(ErrorCode.NOT_FOUND)
