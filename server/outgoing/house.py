"""The server's own voice: what became of a message, what a customer said by a link; whatever the policy."""

import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.hlc import pack
from schemas.ids import id_from, uuid7
from schemas.messages import MessageState
from schemas.mutations import Envelope, MoveMessage, Mutation, encode_args, op_of
from schemas.protocol import Outcome
from schemas.record import Channel
from schemas.staff import Role
from schemas.visibility import Lens, Level
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.push import Speaking, submit

NAME = "comptoir"
# A policy that hides these fields must not keep a withdrawal from being heard.
OWN_LENS = Lens(
    role=Role.INTEGRATION,
    policy_version=0,
    levels={"consents": Level.WRITE, "messages": Level.WRITE},
    groups=(),
)


def house_of(brand: str) -> Principal:
    """Return the server as a principal of a brand: no associate, no tablet, no store."""
    return Principal(
        associate_id=id_from("house", NAME),
        name=NAME,
        role=Role.INTEGRATION,
        stores=(),
        zone=None,
        brand=brand,
    )


async def say(
    connection: Connection,
    brand: str,
    customer_id: UUID,
    mutation: Mutation,
    *,
    now: datetime,
    channel: Channel = Channel.HEAD_OFFICE,
    mutation_id: UUID | None = None,
) -> Outcome:
    """Submit an edit of the server's own, and return what became of it."""
    ids = [mutation_id] if mutation_id is not None else None
    (outcome,) = await say_all(
        connection, brand, customer_id, [mutation], now=now, channel=channel, mutation_ids=ids
    )
    return outcome


async def say_all(
    connection: Connection,
    brand: str,
    customer_id: UUID,
    mutations: Sequence[Mutation],
    *,
    now: datetime,
    channel: Channel,
    lens: Lens = OWN_LENS,
    mutation_ids: Sequence[UUID] | None = None,
) -> list[Outcome]:
    """Submit edits of the server's own in order, and return what became of each.

    Args:
        lens: what may be written, whatever the policy says.
        mutation_ids: of each, for what is to be said once.
    """
    now_ms = int(now.timestamp() * 1000)
    ids = mutation_ids or [uuid7(now_ms, os.urandom(10)) for _ in mutations]
    envelopes = [
        Envelope(
            seq=0,
            mutation_id=mutation_id,
            record_id=customer_id,
            op=op_of(mutation),
            args=encode_args(mutation),
            hlc=pack(now_ms, 0),
        )
        for mutation_id, mutation in zip(ids, mutations, strict=True)
    ]
    return await submit(
        connection,
        house_of(brand),
        envelopes,
        now=now,
        speaking=Speaking(channel=channel, author=NAME, elsewhere=True),
        lens=lens,
    )


async def tell(
    connection: Connection,
    brand: str,
    customer_id: UUID,
    message_id: UUID,
    state: MessageState,
    *,
    why: str,
    now: datetime,
) -> None:
    """Let her record, and so every tablet that holds her, know what became of a message."""
    move = MoveMessage(message_id=message_id, to=state, why=why)
    await say(connection, brand, customer_id, move, now=now)
