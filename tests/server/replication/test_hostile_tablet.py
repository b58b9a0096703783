"""What a broken or hostile tablet sends: an answer for each, and never a failure of ours."""

import os
import random
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from schemas.mutations import AddElement, CreateCustomer
from schemas.protocol import CONTENT_TYPE, PushRequest
from server.auth.sealing import digest
from server.database.pool import Connection
from tests.server.people import (
    Tablet,
    bearer,
    envelope,
    give_tablet,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)
from tests.server.replication.double import Double

HUGE = 2**63


@pytest.fixture
async def tablet(connection: Connection) -> Tablet:
    await hire_everybody(connection)
    made = await give_tablet(connection)
    await connection.execute(
        "update device set secret_hash = $2 where id = $1", made.device_id, digest("secret")
    )
    return msgspec.structs.replace(made, device_secret="secret")


class TestASyncDoor:
    async def test_answers_noise(self, client: httpx.AsyncClient, tablet: Tablet) -> None:
        headers = bearer(await sign_in(client, "ines", tablet)) | {"content-type": CONTENT_TYPE}
        chance = random.Random(7)
        bodies = [os.urandom(chance.randint(0, 60)) for _ in range(40)]
        bodies += [b"\x91" * 3000, b"\xc1", b"", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"{}"]
        for door in ("push", "pull", "look"):
            for body in bodies:
                reply = await client.post(f"/v1/sync/{door}", content=body, headers=headers)
                assert reply.status_code in (400, 422), (door, body, reply.text)
                assert reply.headers["content-type"] == "application/problem+json"

    async def test_judges_edits_that_break_every_bound(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        her = await make_customer(connection, await principal_named(connection, "ines"))
        good = envelope(her, AddElement(field="likes", element="cuir"))
        replica = await Double.of(client, "ines", tablet)
        changes: list[dict[str, Any]] = [
            {"hlc": -1},
            {"hlc": HUGE},
            {"policy_version": HUGE},
            {"policy_version": -5},
            {"op": "element.add@1\x00"},
            {"op": "x" * 100_000},
            {"base": {"likes/cuir": HUGE, "\x00": 1}},
            {"app_version": "\x00"},
            {"args": b"\x00"},
            {"args": b'{"field":"likes","element":"a\\u0000b"}'},
            {"args": b'{"field":"likes; drop table customer","element":"a"}'},
            {"args": b'{"field":"stamps","element":"a"}'},
            {"record_id": uuid4()},
        ]
        for seq, change in enumerate(changes, start=1):
            edit = msgspec.structs.replace(good, seq=seq, mutation_id=uuid4(), **change)
            reply = await replica.push(edit)
            assert reply.resend is None, change
            assert len(reply.outcomes) == 1, change
            assert reply.watermark == seq, change
        assert await connection.fetchval("select count(*) from receipt where seq > 0") == len(changes)

    async def test_judges_a_person_made_of_anything(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        replica = await Double.of(client, "ines", tablet)
        made = [
            CreateCustomer(values={"family_name": "Neuve", field: value})
            for field in (
                "likes",
                "tags",
                "sizes",
                "phone",
                "birth_date",
                "address",
                "notes",
                "no such field",
            )
            for value in (None, 1.5, True, [[]], [{}], {"a": {}}, "x" * 5000, {"": None})
        ]
        edits = [envelope(uuid4(), each, seq=seq) for seq, each in enumerate(made, start=1)]
        reply = await replica.push(*edits)
        assert reply.resend is None
        assert len(reply.outcomes) == len(made)

    async def test_never_counts_with_numbers_out_of_range(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        her = await make_customer(connection, await principal_named(connection, "ines"))
        replica = await Double.of(client, "ines", tablet)
        for seq in (0, -1, HUGE - 1, 2**62):
            reply = await replica.push(envelope(her, AddElement(field="likes", element="cuir"), seq=seq))
            assert reply.resend is not None
            assert reply.resend.why == "gap"

    async def test_takes_no_more_than_a_hundred_edits(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        replica = await Double.of(client, "ines", tablet)
        edits = tuple(envelope(uuid4(), AddElement(field="likes", element="x"), seq=n) for n in range(1, 102))
        reply = await client.post(
            "/v1/sync/push",
            content=msgspec.msgpack.encode(PushRequest(caller=replica._caller(), edits=edits)),
            headers=bearer(replica.tokens) | {"content-type": CONTENT_TYPE},
        )
        assert reply.status_code in (400, 413)

    async def test_lets_nothing_be_kept_on_the_way(self, client: httpx.AsyncClient, tablet: Tablet) -> None:
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        reply = await client.get("/v1/me", headers=bearer(replica.tokens))
        assert reply.headers["cache-control"] == "no-store"
