"""The policy over the API, by people who get in each other's way and by one who means harm."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from server.database.pool import Connection
from server.policy.in_force import note_fields
from server.replication import recut
from tests.server.rest.house import Asking, asking

NO_TITLE = {"seller": {"title": 2}}


@pytest.fixture
async def henri(client: httpx.AsyncClient, app: Litestar, house: dict[str, UUID]) -> Asking:
    return await asking(client, "henri")


async def draft(who: Asking, changes: Any) -> httpx.Response:
    return await who.send("PATCH", "/policy/draft", {"changes": changes})


async def publish(who: Asking, changes: Any, **more: Any) -> httpx.Response:
    assert (await draft(who, changes)).status_code == 200
    return await who.send("POST", "/policy/publish", more)


async def roll_back(who: Asking, version: int) -> httpx.Response:
    return await who.send("POST", "/policy/roll-back", {"version": version})


async def level(who: Asking, field: str) -> int:
    levels: dict[str, int] = (await who.get("/policy")).json()["levels"]["seller"]  # type: ignore[assignment]
    return levels.get(field, 0)


class TestTwoPublishers:
    async def test_of_one_draft_publish_it_once(self, henri: Asking) -> None:
        await draft(henri, NO_TITLE)
        replies = await asyncio.gather(*(henri.send("POST", "/policy/publish", {}) for _ in range(4)))
        assert sorted(reply.status_code for reply in replies) == [202, 404, 404, 404]
        assert len((await henri.get("/policy/versions")).json()["data"]) == 2

    async def test_back_to_one_version_go_there_once(self, henri: Asking) -> None:
        assert (await publish(henri, NO_TITLE)).status_code == 202
        replies = await asyncio.gather(*(roll_back(henri, 1) for _ in range(4)))
        assert sorted(reply.status_code for reply in replies) == [202, 409, 409, 409]
        assert await level(henri, "title") == 3

    async def test_are_told_to_wait_while_one_policy_is_on_its_way(
        self, henri: Asking, app: Litestar
    ) -> None:
        assert (await publish(henri, {"seller": {"phone": 2}})).status_code == 202
        told = await roll_back(henri, 1)
        assert (told.status_code, "wait until it is in force" in told.json()["detail"]) == (409, True)
        await recut.finish(app.state.pool, grace_s=0)
        assert (await roll_back(henri, 1)).status_code == 202

    async def test_never_undo_one_another_unseen(self, henri: Asking, connection: Connection) -> None:
        """Whichever comes first: each version is the one before it with what its line in the trail says."""
        for turn in range(3):
            await draft(henri, {"seller": {"title": 3 if await level(henri, "title") == 2 else 2}})
            await asyncio.gather(
                henri.send("POST", "/policy/publish", {}),
                roll_back(henri, 1),
                draft(henri, {"store_manager": {"title": 2 + turn % 2}}),
            )
            await henri.send("DELETE", "/policy/draft")
        documents = {
            row["version"]: row["document"]["levels"]
            for row in await connection.fetch("select version, document from policy")
        }
        told = {
            row["facts"]["version"]: set(row["facts"]["cells"])
            for row in await connection.fetch("select facts from audit_event where facts ? 'version'")
        }
        assert len(told) >= 3
        for version in sorted(documents)[1:]:
            before, after = documents[version - 1], documents[version]
            assert told[version] == {
                f"{role}/{field}: {was} > {becomes}"
                for role in {*before, *after}
                for field in {*before.get(role, {}), *after.get(role, {})}
                if (was := before.get(role, {}).get(field, 0))
                != (becomes := after.get(role, {}).get(field, 0))
            }, version

    async def test_of_whom_one_rolls_back_leave_the_others_draft_to_be_read_and_not_to_be_published(
        self, henri: Asking, client: httpx.AsyncClient
    ) -> None:
        adam = await asking(client, "adam")
        await publish(henri, NO_TITLE)
        await draft(henri, {"seller": {"language": 2}})

        assert (await roll_back(adam, 1)).status_code == 202

        kept = (await henri.get("/policy/draft")).json()
        assert kept["changes"] == {"seller": {"language": 2}}, "nobody's work goes without a word"
        told = await henri.send("POST", "/policy/publish", {})
        assert (told.status_code, told.json()["code"]) == (409, "precondition")
        assert "discard the draft" in told.json()["detail"]
        assert (await draft(henri, {"seller": {"title": 2}})).status_code == 409
        assert (await henri.send("DELETE", "/policy/draft")).status_code == 204
        gone = await henri.get("/policy/draft")
        assert (gone.status_code, gone.json()["detail"]) == (
            404,
            "there is no draft: PATCH /v1/policy/draft begins one",
        )
        assert (await draft(henri, {"seller": {"title": 2}})).status_code == 200

    async def test_of_whom_one_adds_to_the_draft_lose_nothing_of_it(self, henri: Asking) -> None:
        await draft(henri, NO_TITLE)
        added, published = await asyncio.gather(
            draft(henri, {"store_manager": {"language": 2}}), henri.send("POST", "/policy/publish", {})
        )
        assert (added.status_code, published.status_code) == (200, 202)
        stands = (await henri.get("/policy")).json()["levels"]["store_manager"]["language"] == 2
        waits = await henri.get("/policy/draft")
        assert stands or waits.json()["changes"] == {"store_manager": {"language": 2}}


class TestAPreview:
    async def test_is_what_is_published_or_nothing_is(self, henri: Asking) -> None:
        await draft(henri, NO_TITLE)
        seen = (await henri.get("/policy/draft/preview")).json()
        await draft(henri, {"seller": {"address": 3}})  # a colleague, meanwhile
        refused = await henri.send("POST", "/policy/publish", {"mark": seen["mark"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "precondition")
        assert await level(henri, "address") == 0
        await draft(henri, {"seller": {"address": 0}})
        reply = await henri.send("POST", "/policy/publish", {"mark": seen["mark"]})
        assert reply.status_code == 202, reply.text

    async def test_counts_nobody_of_a_role_that_nothing_happens_to(
        self, henri: Asking, client: httpx.AsyncClient
    ) -> None:
        await draft(henri, {"integration": {"title": 2}})
        touched = (await henri.get("/policy/draft/preview")).json()["touched"]
        assert (touched["tablets"], touched["held_edits"], touched["customers"]) == (0, 0, 0)


class TestGoingBack:
    async def test_leaves_out_a_field_that_is_gone(self, henri: Asking, connection: Connection) -> None:
        await connection.execute(
            "update policy set document = jsonb_set(document, '{levels,seller,shoe_phone}', '3')"
        )
        assert (await publish(henri, NO_TITLE)).status_code == 202
        assert (await roll_back(henri, 1)).status_code == 202
        document = await connection.fetchval("select document from policy where version = 3")
        assert "shoe_phone" not in document["levels"]["seller"]
        said = await connection.fetchval(
            "select string_agg(facts::text, '') from audit_event where action like 'policy.%'"
        )
        assert "shoe_phone" not in said
        again = await roll_back(henri, 1)  # of which that field alone is left to bring back
        assert (again.status_code, again.json()["code"]) == (409, "precondition")

    async def test_restores_nothing_of_a_field_that_went_and_came_back(
        self, henri: Asking, connection: Connection, app: Litestar
    ) -> None:
        await publish(henri, {"seller": {"town": 0, "title": 2}})
        await recut.finish(app.state.pool, grace_s=0)
        await connection.execute("delete from policy_field where field = 'town'")  # a build without it
        await note_fields(connection)  # and one that has it again
        assert (await roll_back(henri, 1)).status_code == 202
        assert (await level(henri, "title"), await level(henri, "town")) == (3, 0)

    @pytest.mark.parametrize(
        "version", [0, -1, 3, 2**31 - 1, 2**31, 2**63 - 1, 2**64, 1.5, "1", None, True, [1]]
    )
    async def test_to_what_never_was_is_refused(self, henri: Asking, version: Any) -> None:
        assert (await roll_back(henri, version)).status_code in (400, 404, 422)
        assert len((await henri.get("/policy/versions")).json()["data"]) == 1
