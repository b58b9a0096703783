"""Hiring, passwords and leaving, on a real database."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from schemas.ids import record_id_of
from schemas.record import Kind
from schemas.staff import Role
from server.database.pool import Connection
from server.staff.accounts import AccountRefused, Hired, deactivate, hire, only_brand, set_password

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def somebody(**facts: object) -> Hired:
    facts = {"code": "zoe", "role": Role.SELLER, "stores": ("lyon",), **facts}
    return Hired(given_name="Zoé", family_name="Durand", brand="valmere", **facts)  # type: ignore[arg-type]


@pytest.fixture
async def house(connection: Connection) -> Connection:
    await connection.execute(
        "insert into store (code, name, city, brand, zone) values ('lyon', 'L', 'Lyon', 'valmere', 'regions')"
    )
    return connection


async def seen_in_directory(connection: Connection, code: str) -> str | None:
    associate_id = await connection.fetchval("select id from associate where code = $1", code)
    body: str | None = await connection.fetchval(
        """
        select f.body from fragment f
        join member m on m.record_id = f.record_id and m.state = 1
        join scope s on s.id = m.scope and s.key = 'directory'
        where f.record_id = $1
        """,
        record_id_of(Kind.ASSOCIATE, str(associate_id)),
    )
    return body


@pytest.mark.anyio
class TestHire:
    async def test_shows_a_colleague_without_sign_in_facts(self, house: Connection) -> None:
        await hire(house, somebody(), password_hash="kept")
        body = await seen_in_directory(house, "zoe")
        assert body is not None and "Zoé D." in body
        assert "kept" not in body and "Durand" not in body

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"stores": ("nowhere",)}, "no store nowhere"),
            ({"stores": ()}, "works in a store"),
            ({"role": Role.ZONE_MANAGER, "stores": (), "zone": "moon"}, "no zone moon"),
            ({"role": Role.ZONE_MANAGER, "stores": ()}, "no zone"),
            ({"code": " "}, "not empty"),
        ],
    )
    async def test_refuses_what_could_not_work(
        self, house: Connection, facts: dict[str, object], words: str
    ) -> None:
        with pytest.raises(AccountRefused, match=words):
            await hire(house, somebody(**facts), password_hash="kept")
        assert await house.fetchval("select count(*) from associate") == 0

    async def test_refuses_a_code_that_differs_by_case_only(self, house: Connection) -> None:
        await hire(house, somebody(), password_hash="kept")
        with pytest.raises(AccountRefused, match="taken"):
            await hire(house, somebody(code="ZOE"), password_hash="kept")


@pytest.mark.anyio
class TestSetPassword:
    async def test_ends_every_session(self, house: Connection) -> None:
        associate_id = await hire(house, somebody(), password_hash="old")
        await house.execute(
            "insert into refresh_family (id, associate_id, expires_at) values ($1, $2, $3)",
            *(uuid4(), associate_id, NOW),
        )
        await set_password(house, "ZOE", password_hash="new", now=NOW)
        assert await house.fetchval("select password_hash from associate") == "new"
        assert await house.fetchval("select end_reason from refresh_family") == "password_changed"

    async def test_knows_nobody_else(self, house: Connection) -> None:
        with pytest.raises(AccountRefused, match="nobody"):
            await set_password(house, "nemo", password_hash="new", now=NOW)


@pytest.mark.anyio
class TestDeactivate:
    async def test_takes_a_colleague_out_of_the_directory_and_may_be_repeated(
        self, house: Connection
    ) -> None:
        await hire(house, somebody(), password_hash="kept")
        for _ in range(2):
            await deactivate(house, "zoe", now=NOW)
        assert await seen_in_directory(house, "zoe") is None
        assert await house.fetchval("select active from associate") is False


@pytest.mark.anyio
class TestOnlyBrand:
    async def test_answers_while_there_is_one(self, house: Connection) -> None:
        assert await only_brand(house) == "valmere"
        await house.execute(
            "insert into store (code, name, city, brand, zone) values ('nice', 'N', 'Nice', 'other', 'sud')"
        )
        assert await only_brand(house) is None
