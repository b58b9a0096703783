"""The read of one customer by the short way: byte for byte what the real door says, notes and counts."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from schemas.record import Struct
from server.customers.quick_read import QuickReads
from server.database.pool import Connection, at_rest
from server.database.roles import Standing
from server.replication import recut
from tests.server.database.walls import who_may_call
from tests.server.people import associate_id, bearer, enrol, sign_in
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

EVERYBODY = ("ines", "luc", "noe", "marie", "zoe", "camille", "henri", "lea", "paola", "import", "adam")
EXPANDS = ("", "?expand=purchases", "?expand=purchases,timeline,notes,consents,owned,wish_list,spend")


class Trail(Struct):
    """What is left behind of a request: what was noted, and what was counted."""

    noted: tuple[tuple[Any, ...], ...]
    reads: int
    people: int


class Told(Struct):
    """An answer, whether it was given by the short way, and what it left behind."""

    response: httpx.Response
    quick: bool
    trail: Trail

    @property
    def words(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        return self.response.status_code, self.response.headers.raw, self.response.content


class Door:
    """The door to a customer, as one person finds it: by both ways."""

    def __init__(
        self, client: httpx.AsyncClient, app: Litestar, connection: Connection, headers: dict[str, str]
    ) -> None:
        self._client, self._app, self._connection = client, app, connection
        self.headers = headers

    async def ask(self, customer_id: UUID | str, query: str = "", **said: Any) -> Told:
        reads: QuickReads = self._app.state.quick_reads
        answered, before = reads.answered, await self._kept()
        headers = self.headers | said.pop("headers", {})
        response = await self._client.get(f"/v1/customers/{customer_id}{query}", headers=headers, **said)
        after = await self._kept()
        trail = Trail(
            noted=after.noted[len(before.noted) :],
            reads=after.reads - before.reads,
            people=after.people - before.people,
        )
        return Told(response=response, quick=reads.answered > answered, trail=trail)

    async def slow(self, customer_id: UUID | str, query: str = "", **said: Any) -> Told:
        async def nothing(*_: object) -> None:
            return None

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(QuickReads, "answer", nothing)
            return await self.ask(customer_id, query, **said)

    async def agrees(self, customer_id: UUID | str, query: str = "", **said: Any) -> Told:
        """Ask by both ways, after somebody was met, and return what the short way said."""
        await self._connection.execute("delete from extraction; delete from extraction_person")
        slow = await self.slow(customer_id, query, **said)
        await self._connection.execute("delete from extraction; delete from extraction_person")
        quick = await self.ask(customer_id, query, **said)
        assert quick.words == slow.words
        assert quick.trail == slow.trail
        return quick

    async def _kept(self) -> Trail:
        noted = await self._connection.fetch(
            "select actor, role, device_id, store, action, subject_kind, subject_id, facts::text, link"
            " from audit_event order by id"
        )
        counted = await self._connection.fetchrow(
            "select coalesce(sum(reads), 0) as reads, coalesce(sum(people), 0) as people from extraction"
        )
        assert counted is not None
        return Trail(noted=tuple(map(tuple, noted)), reads=counted["reads"], people=counted["people"])


@pytest.fixture
async def door(
    house: dict[str, UUID], client: httpx.AsyncClient, app: Litestar, connection: Connection
) -> Callable[..., Awaitable[Door]]:
    """Sign somebody in, perhaps on a tablet, and let him be known."""

    async def opened(code: str, *, store: str | None = None) -> Door:
        tablet = await enrol(client, store) if store else None
        made = Door(client, app, connection, bearer(await sign_in(client, code, tablet)))
        await made.ask(house["anne"])
        return made

    return opened


Doors = Callable[..., Awaitable[Door]]


ODD: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("{}", "?expand=", {}),
    ("{}", "?expand=purchases&expand=notes", {}),
    ("{}", "?expand=nothing", {}),
    ("{}", "?expand=provenance", {}),
    ("{}", "?expand=purchases,,notes", {}),
    ("{}", "?expand=purchases%2Cnotes", {}),
    ("{}", "?expand=" + "notes," * 40, {}),
    ("{}", "?Expand=notes", {}),
    ("{}", "?", {}),
    ("{}/", "", {}),
    ("{}", "", {"If-None-Match": "*"}),
    ("{}", "", {"If-None-Match": '"other"'}),
    ("{}", "", {"Authorization": "Bearer x.y.z"}),
    ("{}", "", {"Authorization": "Basic x"}),
    ("{}", "", {"Authorization": ""}),
    ("{}", "", {"Authorization": "Bearer csk_abc"}),
    ("{}", "", {"Accept": "text/html"}),
    ("{}", "", {"Accept-Encoding": "gzip, br"}),
    ("{}", "", {"Range": "bytes=0-10"}),
    ("{}", "", {"X-HTTP-Method-Override": "DELETE"}),
    ("{}%0a", "", {}),
    ("..%2fcustomers%2f{}", "", {}),
    ("00000000-0000-0000-0000-00000000000", "", {}),
)


class TestAReadOfOneCustomer:
    async def test_is_told_alike_by_both_ways_to_everybody(self, door: Doors, house: dict[str, UUID]) -> None:
        for code in EVERYBODY:
            person = await door(code)
            for expand in EXPANDS:
                told = await person.agrees(house["anne"], expand)
                assert told.quick is (told.response.status_code == 200)
                assert told.trail.reads == len(told.trail.noted) == int(told.quick)
            await person.agrees(house["brune"])
            await person.agrees(uuid4())

    async def test_is_told_alike_on_a_tablet(self, door: Doors, house: dict[str, UUID]) -> None:
        person = await door("marie", store="lyon")
        told = await person.agrees(house["anne"], EXPANDS[-1])
        ((_, role, device_id, store, *_),) = told.trail.noted
        assert told.quick and (role, store) == ("store_manager", "lyon") and device_id is not None

    async def test_is_told_alike_however_it_is_asked(self, door: Doors, house: dict[str, UUID]) -> None:
        person = await door("ines")
        for path, query, headers in ODD:
            await person.agrees(path.format(house["anne"]), query, headers=headers)
        for spelled in (str(house["anne"]).upper(), house["anne"].hex, f"{{{house['anne']}}}"):
            assert not (await person.agrees(spelled)).quick

    async def test_is_one_statement(self, door: Doors, house: dict[str, UUID], app: Litestar) -> None:
        person = await door("ines")
        asked: list[str] = []
        async with at_rest(app.state.pool) as lent:
            lent._con.add_query_logger(  # type: ignore[attr-defined]
                lambda record: asked.append(record.query)
            )
        told = await person.ask(house["anne"])
        assert told.quick and len(asked) == 1, asked


# What changes, and what undoes it.
_AS_BEFORE = """
    update associate set active = true, role = 'seller', stores = '{{lyon}}', brand = 'maison'
    where id = '{ines}'
"""
CHANGES = (
    ("update associate set active = false where id = '{ines}'", _AS_BEFORE),
    ("update associate set role = 'administrator' where id = '{ines}'", _AS_BEFORE),
    ("update associate set role = 'loyalty_manager' where id = '{ines}'", _AS_BEFORE),
    ("update associate set stores = '{{nice}}' where id = '{ines}'", _AS_BEFORE),
    ("update associate set brand = 'atelier' where id = '{ines}'", _AS_BEFORE),
    ("update associate set epoch = epoch + 1 where id = '{ines}'", _AS_BEFORE),
    ("update refresh_family set ended_at = now()", "update refresh_family set ended_at = null"),
    ("update device set revoked_at = now()", "update device set revoked_at = null"),
    ("update device set store = 'nice'", "update device set store = 'lyon'"),
    (
        "insert into extraction_cap (role, reads_per_hour) values ('seller', 0)",
        "delete from extraction_cap",
    ),
    (
        "insert into extraction_cap (role, people_per_day) values ('seller', 1)",
        "delete from extraction_cap",
    ),
    ("update member set state = 0 where record_id = '{anne}'", "select 1"),
)


class TestAfterSomethingChanged:
    async def test_the_next_read_is_what_the_real_door_says(
        self, door: Doors, house: dict[str, UUID], connection: Connection
    ) -> None:
        person = await door("ines", store="lyon")
        said = {"ines": associate_id("ines"), "anne": house["anne"]}
        for change, undoing in CHANGES:
            assert (await person.ask(house["anne"])).quick, change
            await connection.execute(change.format(**said))
            told = await person.ask(house["anne"])
            slow = await person.slow(house["anne"])
            assert told.words == slow.words, change
            assert not told.quick, change
            assert len(told.trail.noted) == int(told.response.status_code == 200), change
            await connection.execute(undoing.format(**said))
            await person.ask(house["anne"])  # he is met again

    async def test_of_the_policy_hides_at_once(
        self, door: Doors, house: dict[str, UUID], client: httpx.AsyncClient, app: Litestar
    ) -> None:
        person, henri = await door("ines"), await asking(client, "henri")
        assert "town" in (await person.ask(house["anne"])).response.json()
        changes = {"changes": {"seller": {"town": 0}}}
        assert (await henri.send("PATCH", "/policy/draft", changes)).status_code == 200
        assert (await henri.send("POST", "/policy/publish", {"note": "less"})).status_code == 202
        await recut.finish(app.state.pool, grace_s=0)
        first, second = [await person.ask(house["anne"]) for _ in range(2)]
        told = await person.agrees(house["anne"])
        assert (first.quick, told.quick) == (False, True)
        for each in (first, second, told):
            assert each.response.status_code == 200 and "town" not in each.response.json()

    async def test_of_her_the_next_read_says_so(
        self, door: Doors, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        """She is restricted, somebody is merged into her, and then she is forgotten."""
        ines, henri, paola = await door("ines"), await door("henri"), await asking(client, "paola")
        into = {"into": str(house["anne"])}
        merged = await Asking(client, henri.headers).send("POST", f"/customers/{house['brune']}/merge", into)
        assert merged.status_code < 300, merged.text
        assert (await henri.agrees(house["brune"])).response.status_code == 308
        limit = {"kind": "restriction", "reason": "case 9"}
        limited = await paola.send("POST", f"/privacy/customers/{house['anne']}/limits", limit)
        assert limited.status_code < 300, limited.text
        told = await ines.agrees(house["anne"], EXPANDS[-1])
        assert told.quick and set(told.response.json()["limits"]) == {"restriction"}
        erasure = {"customer_id": str(house["anne"]), "reason": "case 42"}
        assert (await paola.send("POST", "/privacy/erasures", erasure)).status_code < 300
        told = await ines.agrees(house["anne"])
        assert told.response.status_code == 404 and told.trail.noted == ()


class TestHowMuchIsRead:
    async def test_is_counted_together_and_told_in_time(
        self, door: Doors, house: dict[str, UUID], connection: Connection
    ) -> None:
        person = await door("ines")
        await connection.execute("delete from extraction; delete from extraction_person")
        await connection.execute("insert into extraction_cap (role, reads_per_hour) values ('seller', 10)")
        ways = [(await person.ask(house["anne"])) for _ in range(11)]
        # The first is by another cap than the one he was met with. From eight on somebody is told of it.
        assert [told.quick for told in ways] == [False, *[True] * 7, *[False] * 3]
        assert [told.response.status_code for told in ways] == [*[200] * 10, 429]
        alarms = await connection.fetch("select kind from alarm order by kind")
        assert [row["kind"] for row in alarms] == ["extraction_near", "extraction_reached"]

    async def test_is_noted_for_each_of_those_who_ask_at_once(
        self, door: Doors, house: dict[str, UUID], app: Litestar, connection: Connection
    ) -> None:
        people = [await door(code) for code in ("ines", "luc", "marie", "henri", "noe")]
        alone = {person: await person.agrees(house["anne"], EXPANDS[-1]) for person in people}
        await connection.execute("delete from extraction; delete from extraction_person")
        await connection.execute("truncate audit_event")
        path = f"/v1/customers/{house['anne']}{EXPANDS[-1]}"
        asked = [person for _ in range(6) for person in people]
        answers = await asyncio.gather(
            *(person._client.get(path, headers=person.headers) for person in asked)
        )
        for person, answer in zip(asked, answers, strict=True):
            assert answer.content == alone[person].response.content
        noted = await connection.fetch("select actor from audit_event where action = 'customer.read'")
        counted = await connection.fetch("select person, sum(reads), sum(people) from extraction group by 1")
        readers = {associate_id(code) for code in ("ines", "luc", "marie", "henri")}
        assert Counter(row["actor"] for row in noted) == dict.fromkeys(readers, 6)
        assert {tuple(row) for row in counted} == {(reader, 6, 1) for reader in readers}


class TestWhenTheDatabaseFails:
    async def test_the_real_door_is_asked(
        self, door: Doors, house: dict[str, UUID], app: Litestar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = await door("ines")
        for error in (asyncpg.DeadlockDetectedError("x"), asyncpg.InterfaceError("x"), TimeoutError()):

            async def failing(*_: object, error: Exception = error) -> Any:
                raise error

            monkeypatch.setattr(app.state.quick_reads._reads, "_ask", failing)
            told = await person.ask(house["anne"])
            assert not told.quick and told.response.status_code == 200

    async def test_nothing_is_told_that_could_not_be_noted(
        self, door: Doors, house: dict[str, UUID], connection: Connection
    ) -> None:
        person = await door("ines")
        await connection.execute("alter table audit_event add constraint full_disk check (id < 0) not valid")
        told = await person.ask(house["anne"])
        assert not told.quick and told.response.status_code == 500 and "Durand" not in told.response.text


class TestTheFunctionOfTheWall:
    async def test_shows_what_row_policies_show_and_notes_it(
        self, door: Doors, house: dict[str, UUID], app: Litestar, connection: Connection
    ) -> None:
        """The function reads with its owner's rights: it may never show more than the role is shown."""
        await door("ines")
        pool = app.state.pool
        everybody = [house["anne"], house["brune"], uuid4()]
        scopes = [row["key"] for row in await connection.fetch("select key from scope")]
        for role in ("seller", "store_manager", "zone_manager", "call_centre", "head_office_crm",
                     "loyalty_manager", "privacy_officer", "integration", "administrator"):  # fmt: skip
            for keys in ((), ("store:lyon",), ("store:nice",), tuple(scopes)):
                for stores in ((), ("lyon",)):
                    standing = Standing(
                        role=role, keys=keys, policy=1, person=associate_id("ines"), stores=stores
                    )
                    sealed = pool.keys.said(standing)
                    by_rows = await _by_rows(pool, standing, everybody)
                    await connection.execute("truncate audit_event")
                    assert await _by_function(pool, sealed, everybody) == by_rows
                    seen = {customer for customer, _, _ in by_rows}
                    noted = await connection.fetch("select subject_id, role, store, facts from audit_event")
                    assert {row["subject_id"] for row in noted} == seen and len(noted) == len(seen)
                    assert all(
                        (row["role"], row["store"], row["facts"]) == (role, "lyon", {"fields": ["x"]})
                        for row in noted
                    )

    async def test_tells_nothing_without_a_standing_of_ours(
        self, door: Doors, house: dict[str, UUID], app: Litestar, connection: Connection
    ) -> None:
        await door("ines")
        keys = app.state.pool.keys
        mine = Standing(role="seller", keys=("store:lyon",), policy=1, person=associate_id("ines"))
        good, stale = keys.said(mine), keys.sealed(mine, at=1)
        works = Standing(role="files", keys=("store:lyon",), policy=1)
        wider = Standing(role="head_office_crm", keys=("brand:maison",), policy=1)
        forged = f"{keys.said(wider).split('.')[0]}.{good.split('.')[1]}"
        await connection.execute("truncate audit_event")
        for said in (stale, forged, "", "x", None, keys.said(works)):
            assert await _by_function(app.state.pool, said, [house["anne"]]) == set()
        with pytest.raises(asyncpg.DataError):
            await _by_function(app.state.pool, keys.pass_of("engine"), [house["anne"]])
        assert await connection.fetchval("select count(*) from audit_event") == 0
        assert await _by_function(app.state.pool, good, [house["anne"]])

    async def test_is_the_doors_alone(self, app: Litestar, connection: Connection) -> None:
        assert await who_may_call(connection, "wall_profiles") == [app.state.pool.keys.role("door")]
        async with at_rest(app.state.pool) as lent:
            for table in ("fragment", "member", "audit_event", "extraction_person"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await lent.fetchval(f"select count(*) from {table}")


_FUNCTION = "select $2::uuid[] as asked, read.* from wall_profiles($1, $2, $3, 'lyon') read"


async def _by_function(pool: Any, sealed: str | None, customers: list[UUID]) -> set[tuple[UUID, str, str]]:
    facts = ['{"fields": ["x"]}' for _ in customers]
    async with at_rest(pool) as lent:
        rows = await lent.fetch(_FUNCTION, sealed, customers, facts)
    return {(customers[row["nth"] - 1], row["grp"], row["body"]) for row in rows}


async def _by_rows(pool: Any, standing: Standing, customers: list[UUID]) -> set[tuple[UUID, str, str]]:
    async with pool.acquire() as lent:
        real = lent._con
        real.acting = standing
        async with lent.transaction():
            rows = await lent.fetch(
                "select record_id, grp, body from fragment where record_id = any($1)", customers
            )
    return {(row["record_id"], row["grp"], row["body"]) for row in rows}
