"""A pull with nothing new, answered by one look: what it may never miss, and what it looks like."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.mutations import CreateCustomer, SetField
from schemas.protocol import CONTENT_TYPE, PROTOCOL, Caller, PullReply, PullRequest, encode
from schemas.record import Struct
from server.database.pool import Connection, at_rest
from server.database.roles import Standing
from server.replication.push import submit
from server.replication.quick_pull import QuickPulls
from tests.server.database.walls import who_may_call
from tests.server.people import (
    NOW,
    Tablet,
    associate_id,
    bearer,
    customer_id,
    enrol,
    envelope,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

pytestmark = pytest.mark.anyio


class Caught(Struct):
    """A reply, and whether it was the short way."""

    response: httpx.Response
    quick: bool

    @property
    def reply(self) -> PullReply:
        return msgspec.msgpack.decode(self.response.content, type=PullReply)


class Puller:
    """A tablet that keeps its cursor and the name of its entitlement."""

    def __init__(self, client: httpx.AsyncClient, app: Litestar, tablet: Tablet, tokens: Any) -> None:
        self._client, self._app, self._tablet = client, app, tablet
        self.tokens = tokens
        self.incarnation = uuid4()
        self.token: bytes | None = None
        self.holds = b""

    async def ask(self, **said: Any) -> Caught:
        pulls: QuickPulls = self._app.state.quick_pulls
        before = pulls.answered
        caller = Caller(
            protocol=PROTOCOL, app_version="1.0", device_id=self._tablet.device_id,
            incarnation=self.incarnation, fence=0, sent_at=0, holds=self.holds,
        )  # fmt: skip
        content = encode(PullRequest(caller=caller, token=self.token, **said))
        headers = bearer(self.tokens) | {"content-type": CONTENT_TYPE}
        response = await self._client.post("/v1/sync/pull", content=content, headers=headers)
        return Caught(response=response, quick=pulls.answered > before)

    async def pull(self) -> Caught:
        caught = await self.ask()
        assert caught.response.status_code == 200, caught.response.text
        self.token, self.holds = caught.reply.token, caught.reply.entitlement.name
        return caught

    async def settle(self) -> None:
        """Pull until the short way is taken."""
        for _ in range(6):
            if (await self.pull()).quick:
                return
        raise AssertionError("never the short way")


@pytest.fixture
async def puller(client: httpx.AsyncClient, app: Litestar, connection: Connection) -> Puller:
    """Inès in Lyon, whose tablet has read everything."""
    await hire_everybody(connection)
    integration = await principal_named(connection, "import")
    await make_customer(connection, integration, 1, home_store="lyon", phone="+33612345678")
    tablet = await enrol(client)
    made = Puller(client, app, tablet, await sign_in(client, "ines", tablet))
    await made.settle()
    return made


async def change(connection: Connection, field: str, value: str) -> None:
    integration = await principal_named(connection, "import")
    await submit(
        connection, integration, [envelope(customer_id(1), SetField(field=field, value=value))], now=NOW
    )


class TestAPullWithNothingNew:
    async def test_is_answered_as_the_real_door_answers_it(
        self, puller: Puller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        quick = await puller.ask()

        async def nothing(*_: object, **__: object) -> None:
            return None

        monkeypatch.setattr(QuickPulls, "answer", nothing)
        slow = await puller.ask()
        assert quick.quick and not slow.quick
        assert quick.response.headers.raw == slow.response.headers.raw
        assert quick.response.status_code == slow.response.status_code
        assert len(quick.reply.token) == len(slow.reply.token)
        assert _but_time(quick.reply) == _but_time(slow.reply)

    async def test_is_one_statement(self, puller: Puller, connection: Connection, app: Litestar) -> None:
        asked: list[str] = []
        async with at_rest(app.state.pool) as lent:
            real = lent._con  # type: ignore[attr-defined]
        real.add_query_logger(lambda record: asked.append(record.query))
        caught = await puller.pull()
        assert caught.quick and len(asked) == 1, asked

    @pytest.mark.parametrize(("field", "value"), [("town", "Bron"), ("title", "Mme")])
    async def test_is_none_once_something_is_new(
        self, puller: Puller, connection: Connection, field: str, value: str
    ) -> None:
        await change(connection, field, value)
        caught = await puller.pull()
        assert not caught.quick and (caught.reply.rows or caught.reply.patches)
        await puller.settle()

    async def test_looks_alike_when_what_is_new_is_hidden(
        self, puller: Puller, connection: Connection
    ) -> None:
        before = await puller.ask()
        await change(connection, "address", None)  # type: ignore[arg-type]
        integration = await principal_named(connection, "import")
        await submit(
            connection,
            integration,
            [envelope(customer_id(1), SetField(field="address", value={"line1": "1 rue X", "city": "Lyon"}))],
            now=NOW,
        )
        after = await puller.ask()
        assert before.quick and not after.quick
        assert before.response.headers.raw == after.response.headers.raw
        assert _but_time(before.reply) == _but_time(after.reply)

    async def test_misses_nothing_that_was_under_way(
        self, puller: Puller, connection: Connection, database: str
    ) -> None:
        """A transaction that began before the look and ends after it."""
        integration = await principal_named(connection, "import")
        other = connection.transaction()
        await other.start()
        edit = CreateCustomer(values={"family_name": "Petit", "home_store": "lyon"})
        await submit(connection, integration, [envelope(customer_id(9), edit)], now=NOW)
        assert (await puller.pull()).quick
        assert (await puller.pull()).quick
        await other.commit()
        caught = await puller.pull()
        assert customer_id(9) in {row.record_id for row in caught.reply.rows}

    async def test_tells_of_somebody_forgotten_elsewhere(
        self, puller: Puller, connection: Connection
    ) -> None:
        gone = uuid4()
        await connection.execute("insert into erasure (record_id) values ($1)", gone)
        caught = await puller.pull()
        assert gone in caught.reply.entitlement.erased

    async def test_tells_of_a_verdict_that_changed(self, puller: Puller, connection: Connection) -> None:
        await connection.execute(
            """
            insert into late_verdict (mutation_id, record_id, device_id, status)
            select gen_random_uuid(), $1, id, 'applied' from device
            """,
            customer_id(1),
        )
        assert (await puller.pull()).reply.verdicts

    async def test_writes_down_once_a_minute_that_the_tablet_called(
        self, puller: Puller, connection: Connection
    ) -> None:
        puller.incarnation = uuid4()
        assert not (await puller.pull()).quick
        seen = "select seen_at from device_incarnation where incarnation = $1"
        assert await connection.fetchval(seen, puller.incarnation) is not None
        assert (await puller.pull()).quick

    async def test_of_another_life_of_the_database_goes_to_the_real_door(
        self, puller: Puller, connection: Connection
    ) -> None:
        await connection.execute("delete from boot_marker")
        assert not (await puller.pull()).quick
        await puller.settle()

    async def test_of_a_token_older_than_what_was_swept_goes_to_the_real_door(
        self, puller: Puller, connection: Connection
    ) -> None:
        await connection.execute("update boot_marker set gc_floor = '9999999999'")
        caught = await puller.pull()
        assert not caught.quick and caught.reply.reconcile == "too_old"


Sql = Callable[[Connection], Awaitable[Any]]


def sql(statement: str) -> Sql:
    async def run(connection: Connection) -> None:
        await connection.execute(statement, associate_id("ines"))

    return run


class TestARightThatWasLost:
    @pytest.mark.parametrize(
        ("statement", "code"),
        [
            ("update associate set active = false where id = $1", "not_signed_in"),
            ("update refresh_family set ended_at = now() where associate_id = $1", "not_signed_in"),
            ("update device set revoked_at = now() where $1::uuid is not null", "device_revoked"),
            ("delete from device_incarnation where associate_id = $1", None),
        ],
    )
    async def test_is_lost_at_the_next_request(
        self, puller: Puller, connection: Connection, statement: str, code: str | None
    ) -> None:
        assert (await puller.ask()).quick
        await connection.execute(statement, associate_id("ines"))
        caught = await puller.ask()
        if code is None:
            assert caught.response.status_code == 200
        else:
            assert not caught.quick and caught.response.json()["code"] == code
            assert caught.response.status_code in (401, 403)

    @pytest.mark.parametrize(
        "statement",
        [
            "update associate set role = 'administrator', epoch = epoch + 1 where id = $1",
            "update associate set stores = '{nice}', epoch = epoch + 1 where id = $1",
            "update device set store = 'nice', epoch = epoch + 1 where $1::uuid is not null",
            # Whoever forgets the epoch is found out all the same.
            "update associate set stores = '{nice}' where id = $1",
            """
            insert into policy (version, document, ready_at)
            select version + 1, jsonb_set(document, '{version}', to_jsonb(version + 1)), now() from policy
            where $1::uuid is not null
            """,
        ],
    )
    async def test_is_stated_at_the_next_request(
        self, puller: Puller, connection: Connection, statement: str
    ) -> None:
        before = (await puller.ask()).reply.entitlement
        await connection.execute(statement, associate_id("ines"))
        caught = await puller.ask()
        assert not caught.quick
        assert caught.reply.entitlement.name != before.name or caught.reply.entitlement.epoch != before.epoch

    async def test_is_no_other_tablets(
        self, puller: Puller, client: httpx.AsyncClient, app: Litestar
    ) -> None:
        other = await enrol(client)
        theirs = Puller(client, app, other, await sign_in(client, "luc", other))
        await theirs.settle()
        theirs.token = puller.token
        caught = await theirs.ask()
        assert not caught.quick and caught.reply.reconcile == "token"


class TestTheLook:
    async def test_tells_nothing_without_a_standing_of_ours(self, app: Litestar, puller: Puller) -> None:
        pool = app.state.pool
        mine = Standing(role="seller", keys=("store:lyon",))
        good, stale = pool.keys.said(mine), pool.keys.sealed(mine, at=1)
        wider = pool.keys.said(Standing(role="seller", keys=("store:nice",)))
        body, seal = wider.split(".")[0], good.split(".")[1]
        for said, told in ((good, False), (stale, None), (f"{body}.{seal}", None), ("", None), ("x", None)):
            async with at_rest(pool) as lent:
                look = await lent.fetchval("select wall_unmoved($1, '1:1:'::pg_snapshot)", said)
            assert look is told

    async def test_is_the_doors_alone(self, app: Litestar, connection: Connection) -> None:
        assert await who_may_call(connection, "wall_unmoved") == [app.state.pool.keys.role("door")]
        async with at_rest(app.state.pool) as lent:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await lent.fetchval("select count(*) from member")

    async def test_reads_no_more_the_more_there_is(self, app: Litestar, connection: Connection) -> None:
        """The sixth time too, when PostgreSQL plans for any snapshot."""
        await connection.execute("insert into scope (key) values ('store:big')")
        await connection.execute(
            """
            insert into member (scope, record_id, kind, state)
            select id, gen_random_uuid(), 1, 1 from scope, generate_series(1, 20000) where key = 'store:big'
            """
        )
        await connection.execute("vacuum analyze member")
        said = app.state.pool.keys.said(Standing(role="seller", keys=("store:big",)))
        blocks = """
            select sum(pg_stat_get_xact_blocks_fetched(oid)) from pg_class
            where oid = any(array['member', 'member_feed', 'member_record', 'pk_member']::regclass[])
        """
        for _ in range(7):
            async with connection.transaction():
                before = await connection.fetchval(blocks)
                unmoved = await connection.fetchval("select wall_unmoved($1, pg_current_snapshot())", said)
                read = await connection.fetchval(blocks) - before
            assert unmoved is True and read <= 8


def _but_time(reply: PullReply) -> PullReply:
    entitlement = msgspec.structs.replace(reply.entitlement, now=0, lease_until=0)
    return msgspec.structs.replace(reply, token=b"", entitlement=entitlement)
