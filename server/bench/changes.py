"""Changes that are weighed on the bench: full sets that move a little, and a day of edits made offline."""

from __future__ import annotations

import gzip
import os
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import (
    AddElement,
    Envelope,
    Mutation,
    PutEntry,
    RemoveElement,
    SetField,
    WriteNote,
    encode_args,
    op_of,
)
from schemas.protocol import MAX_EDITS, Caller, PushRequest, encode
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.push import submit

FULL = 10  # elements of a full set
TASTES = tuple(f"goût {number}" for number in range(FULL))
MOVING = ("bleu nuit", "vert sapin")
OFFLINE = 500  # edits of a day


async def customers_of(connection: Connection, store: str, count: int) -> list[UUID]:
    """Return customers of a store, by id."""
    rows = await connection.fetch(
        """
        select m.record_id from member m join scope s on s.id = m.scope
        where s.key = 'store:' || $1 and m.state = 1 and m.kind = 1 order by m.record_id limit $2
        """,
        store,
        count,
    )
    return [row["record_id"] for row in rows]


async def fill_sets(connection: Connection, who: Principal, customers: Sequence[UUID]) -> None:
    """Let everybody like as much as makes a full set, once."""
    held = await _likes(connection, customers)
    await _say(
        connection,
        who,
        [(each, AddElement(field="likes", element=taste)) for each in customers for taste in TASTES
         if taste not in held[each]],
    )  # fmt: skip


async def move_a_taste(connection: Connection, who: Principal, customers: Sequence[UUID]) -> None:
    """Let everybody like one thing more, in place of another where it was liked."""
    held = await _likes(connection, customers)
    said: list[tuple[UUID, Mutation]] = []
    for each in customers:
        new = next((taste for taste in MOVING if taste not in held[each]), MOVING[0])
        old = [taste for taste in MOVING if taste in held[each]]
        said += [
            (each, RemoveElement(field="likes", element=taste, seen=tuple(map(UUID, held[each][taste]))))
            for taste in old
        ]
        said.append((each, AddElement(field="likes", element=new)))
    await _say(connection, who, said)


def a_day_offline(who: Principal, customers: Sequence[UUID]) -> list[bytes]:
    """Return the pushes of a day's edits, as they cross the line."""
    chance = random.Random(1)
    now = int(time.time() * 1000)
    edits = list(_edits(chance, customers, who, now))
    pushes = []
    for start in range(0, len(edits), MAX_EDITS):
        caller = Caller(
            protocol=1, app_version="bench", device_id=who.device_id or UUID(int=0), incarnation=uuid4(),
            fence=0, sent_at=now,
        )  # fmt: skip
        asked = encode(PushRequest(caller=caller, edits=tuple(edits[start : start + MAX_EDITS])))
        pushes.append(gzip.compress(asked, 9, mtime=0))
    return pushes


def _edits(chance: random.Random, customers: Sequence[UUID], who: Principal, now: int) -> Iterator[Envelope]:
    for number in range(OFFLINE):
        at = now + number * 40_000
        mutation: Mutation = chance.choice(
            (
                AddElement(field="likes", element=chance.choice(TASTES)),
                PutEntry(field="sizes", key=chance.choice(("ring", "shoes", "dress")), value={"value": "38"}),
                SetField(field="title", value="Mme"),
                WriteNote(
                    note_id=uuid7(at, os.urandom(10)),
                    text=chance.choice(("Préfère le matin", "Cherche un sac de mariage", "Passe samedi")),
                    level=NoteLevel.STORE,
                ),
            )
        )
        yield _envelope(chance.choice(customers), mutation, who, at, seq=number + 1)


def _envelope(customer: UUID, mutation: Mutation, who: Principal, at: int, *, seq: int) -> Envelope:
    return Envelope(
        seq=seq, mutation_id=uuid7(at, os.urandom(10)), record_id=customer, op=op_of(mutation),
        args=encode_args(mutation), hlc=pack(at, 0), policy_version=who.policy_version,
    )  # fmt: skip


async def _likes(connection: Connection, customers: Sequence[UUID]) -> dict[UUID, dict[str, list[str]]]:
    rows = await connection.fetch("select id, likes from customer where id = any($1)", list(customers))
    return {row["id"]: row["likes"] or {} for row in rows}


async def _say(connection: Connection, who: Principal, said: Iterable[tuple[UUID, Mutation]]) -> None:
    start = int(time.time() * 1000)
    edits = [
        _envelope(customer, mutation, who, start + number, seq=number + 1)
        for number, (customer, mutation) in enumerate(said)
    ]
    for at in range(0, len(edits), MAX_EDITS):
        async with connection.transaction():
            await submit(connection, who, edits[at : at + MAX_EDITS], now=datetime.now(UTC))
