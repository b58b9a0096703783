"""Apps and servers of five generations meet, each with each: every edit arrives once, or is parked and told.

Only one generation exists; adapters make the others. An older app knows fewer fields at the end of each
message and says a like in its own shape, a newer one adds fields we do not know and an edit we do not.
"""

import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from schemas.mutations import FORMER_OPS, AddElement
from schemas.problem import ErrorCode
from schemas.protocol import MemberRow
from server.database.pool import Connection
from server.replication import entitlement
from sync.replica.engine import Engine, Line
from sync.replica.records import apply_rows
from tests.server.people import hire_everybody
from tests.server.replication.test_retrying import retried
from tests.server.replication.test_wire import people
from tests.sync.replica.test_real_server import Replica, SwitchedLine, replica_of, wall_ms

OURS = 3  # the generation that exists; it speaks the four before it
GENERATIONS = range(1, 6)
LIKE_OF_OLD = "like@1"
GESTURE = "gesture@5"


class Adapter(SwitchedLine):
    """The line of an app of another generation: its messages are cut or grown to that generation's shape."""

    generation = OURS

    async def exchange(self, path: str, body: bytes) -> bytes:
        said = msgspec.msgpack.decode(body)
        caller = said[0]
        if self.generation < OURS:
            said[0] = caller[:6]  # it cannot name what it holds
        elif self.generation > OURS:
            said[0] = [*caller, "a field of the future"]
            said.append({"also": ["unknown", 1]})
        if path.endswith("push"):
            said[1] = [self._edit(edit) for edit in said[1]]
        reply = msgspec.msgpack.decode(await super().exchange(path, msgspec.msgpack.encode(said)))
        if self.generation < OURS and path.endswith("pull"):
            reply = reply[:5]  # no verdicts that come later
        return msgspec.msgpack.encode(reply)

    def _edit(self, edit: list[Any]) -> list[Any]:
        if self.generation < OURS and edit[3] == "element.add@1":
            args = msgspec.json.decode(edit[4])
            return [*edit[:3], LIKE_OF_OLD, msgspec.json.encode({"text": args["element"].upper()}), *edit[5:]]
        if self.generation > OURS and edit[3] == "element.add@1":
            return [*edit[:3], GESTURE, edit[4], *edit[5:], "a field of the future"]
        return edit


def like_of_old(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "element.add@1", {"field": "likes", "element": said["text"].casefold()}


def gesture(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "element.add@1", said


async def app_of(client: httpx.AsyncClient, path: Path, generation: int) -> Replica:
    made = await replica_of(client, path, "marie")
    made.line = Adapter(client, bearer=made.bearer)
    made.line.generation = generation
    made.engine = Engine(made.store, made.line, wall_ms=wall_ms, chance=lambda: 0.5, entropy=os.urandom)
    made.store.protocol = generation
    return made


def be_server_of(generation: int, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(entitlement, "PROTOCOL", generation)
    patch.setattr(entitlement, "OLDEST_PROTOCOL", max(1, generation - 4))
    patch.setitem(FORMER_OPS, LIKE_OF_OLD, like_of_old)
    if generation >= 5:
        patch.setitem(FORMER_OPS, GESTURE, gesture)


@pytest.mark.anyio
class TestGenerations:
    async def test_meet_each_with_each(
        self, client: httpx.AsyncClient, connection: Connection, database: str, tmp_path: Path
    ) -> None:
        await hire_everybody(connection)
        everybody = await people(connection, len(GENERATIONS))
        likes = "select likes from customer where id = $1"
        for app in GENERATIONS:
            tablet = await app_of(client, tmp_path / f"{app}.db", app)
            her, expected = everybody[app - 1], set()
            for server in GENERATIONS:
                with pytest.MonkeyPatch.context() as patch:
                    be_server_of(server, patch)
                    await retried(database)  # what a server does after it was brought up to date
                    tablet.store.protocol = app  # as after a start
                    await tablet.sync()
                    word = f"word {app}{server}"
                    tablet.store.submit(her, AddElement(field="likes", element=word), wall_ms=wall_ms())
                    await tablet.sync()
                    expected.add(word)
                    assert tablet.store.protocol == min(app, server)
                    assert tablet.store.pending() == []
                    parked = {each.state for each in tablet.store.problems()}
                    assert parked == ({"parked"} if app > OURS and server < 5 else set()), (app, server)
            assert set(await connection.fetchval(likes, her)) == expected
            assert tablet.store.problems() == []
            card = tablet.store.card(her)
            assert card is not None and set(card.values["likes"]) == expected

    async def test_let_an_app_too_old_to_receive_send_what_it_has(
        self,
        client: httpx.AsyncClient,
        connection: Connection,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await hire_everybody(connection)
        (her,) = await people(connection, 1)
        tablet = await app_of(client, tmp_path / "old.db", 1)
        be_server_of(5, monkeypatch)
        await tablet.sync()
        monkeypatch.setattr(entitlement, "PROTOCOL", 9)
        monkeypatch.setattr(entitlement, "OLDEST_PROTOCOL", 5)
        tablet.store.submit(her, AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        report = await tablet.engine.once()
        assert (report.line, report.code, report.pushed) == (Line.REJECTED, ErrorCode.APP_TOO_OLD, 1)
        assert tablet.store.pending() == [] and tablet.store.problems() == []
        assert set(await connection.fetchval("select likes from customer where id = $1", her)) == {"lin"}

    async def test_carry_fields_they_do_not_know(
        self, client: httpx.AsyncClient, connection: Connection, tmp_path: Path
    ) -> None:
        await hire_everybody(connection)
        (her,) = await people(connection, 1)
        tablet = await app_of(client, tmp_path / "a.db", OURS)
        tablet.store.protocol = 1
        await tablet.sync()
        store = tablet.store.connection
        group, rev, body = store.execute(
            "select grp, rev, body from fragment where record_id = ? and grp like 'title%'", (her.bytes,)
        ).fetchone()
        said = msgspec.json.decode(body)
        said["values"]["aura"] = {"shade": "mauve"}
        said["said_by"] = "a later server"
        grown = msgspec.json.encode(said)
        row = store.execute("select scope, kind, state, rev from member where record_id = ?", (her.bytes,))
        scope, kind, state, member_rev = row.fetchone()
        page = [[scope, her.bytes, kind, state, member_rev, None, [[group, rev + 1, grown, 7]], "later"]]
        entitled = tablet.store.meta.entitlement
        assert entitled is not None
        apply_rows(
            tablet.store.connection,
            msgspec.msgpack.decode(msgspec.msgpack.encode(page), type=tuple[MemberRow, ...]),
            entitlement=entitled,
            generation=tablet.store.meta.progress.generation,
        )
        (kept,) = store.execute(
            "select body from fragment where record_id = ? and grp = ?", (her.bytes, group)
        ).fetchone()
        assert kept == grown
        tablet.store.submit(her, AddElement(field="tags", element="vip"), wall_ms=wall_ms())
        card = tablet.store.card(her)
        assert card is not None and card.values["given_name"] and "vip" in card.values["tags"]
