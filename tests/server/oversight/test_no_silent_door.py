"""Whatever door somebody opens: an answer about a person leaves a line of his in the audit trail."""

import gzip
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec

from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY
from server.database.pool import Connection
from server.proofs.twin_worlds import asked_world
from server.proofs.twins.replies import Asker, Reply
from server.proofs.twins.stillness import stillness
from server.proofs.twins.transcript import Reader
from server.proofs.twins.worlds import connected

# Answers that name a person and show nothing of her; to edits sent again, by their numbers alone.
SHOWS_NOTHING = re.compile(r"^POST /v1/sync/(check|push)|^GET /v1/alarms")
CHAPTERS = frozenset({"profiles", "histories", "promises", "writes", "reviews", "looks", "reveals", "doors"})
READING = frozenset({"histories", "looks", "reveals"})
READERS = tuple(role for role in ROLES if role not in (Role.SELLER, Role.ADMINISTRATOR))  # he reads nobody


class Watched(Asker):
    """Somebody who asks, and every answer about a person that left no line of his."""

    def __init__(
        self,
        app: Any,
        name: str,
        aside: Connection,
        who: UUID,
        people: list[UUID],
        chapters: frozenset[str] = CHAPTERS,
    ) -> None:
        super().__init__(app, name, chapters)
        self.aside, self.who, self.people = aside, who, people
        self.about = 0
        self.unwritten: list[str] = []

    async def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, **more: Any) -> Reply:
        before = await self.aside.fetchval("select coalesce(max(id), 0) from audit_event")
        reply = await super().ask(method, path, query, **more)
        question = f"{method} {path}"
        if reply.status < HTTPStatus.MULTIPLE_CHOICES and reply.body and self._names_somebody(path, reply):
            self.about += 1
            lines = await self.aside.fetchval(
                "select count(*) from audit_event where id > $1 and actor = $2", before, self.who
            )
            if not lines and not SHOWS_NOTHING.match(question):
                self.unwritten.append(f"{question} {dict(query or {})}")
        return reply

    def _names_somebody(self, path: str, reply: Reply) -> bool:
        body = reply.body
        if reply.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        told = path.encode() + body
        return any(each.bytes in told or str(each).encode() in told for each in self.people)


async def nothing(moment: int) -> None:
    """Nothing happens meanwhile."""


async def test_no_door_shows_a_person_without_a_line(database: str) -> None:
    role = Role.SELLER
    with stillness():
        async with (
            asked_world(database, role, 0, DEFAULT_POLICY) as (app, world),
            connected(database) as aside,
        ):
            people = [row["id"] for row in await aside.fetch("select id from customer")]
            asker = Watched(app, role.value, aside, world.people[role.value], people)
            await Reader(asker, world, nothing, brief=True).read()
    assert asker.about > 80
    assert sorted(set(asker.unwritten)) == []


async def test_no_role_reads_a_person_without_a_line(database: str) -> None:
    """Every other role that reads people, one after the other in one world: what none of them changes."""
    unwritten: dict[Role, list[str]] = {}
    with stillness():
        async with (
            asked_world(database, Role.SELLER, 0, DEFAULT_POLICY) as (app, world),
            connected(database) as aside,
        ):
            people = [row["id"] for row in await aside.fetch("select id from customer")]
            for run, role in enumerate(READERS):
                asker = Watched(app, role.value, aside, world.people[role.value], people, READING)
                whose = msgspec.structs.replace(world, role=role)
                await Reader(asker, whose, nothing, run=run, brief=True).read()
                assert asker.about > 15, (role, asker.about)  # a role that reads nobody proves nothing
                unwritten[role] = sorted(set(asker.unwritten))
    assert unwritten == {role: [] for role in READERS}
