"""Sure pairs become one by themselves where that is switched on; the rest is for a person."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from server.identity.automatic import merge_sure
from server.policy.in_force import Policies
from tests.server.identity.test_following import house, known, settle
from tests.server.rest.house import asking

pytestmark = pytest.mark.anyio
__all__ = ["house"]

Told = tuple[str, str, dict[str, Any]]
MAIL = {"email": "of.all@example.org"}
LANDLINE = {"phone": "+33472000000"}
BORN = {"birth_date": "1984-03-12"}
HOME = {"address": {"line1": "7 rue Pasteur", "postal_code": "69003", "city": "Lyon"}}


async def merge_all(connection: Connection) -> int:
    """Merge and follow until nothing is left; return how many became one."""
    merged = 0
    while True:
        await settle(connection)
        async with connection.transaction():
            if await merge_sure(connection, Policies(), now=datetime.now(UTC)) is None:
                return merged
        merged += 1


async def two_of_one(connection: Connection) -> tuple[UUID, UUID]:
    born = "1984-03-12"
    one = await known(connection, "Aurélie", "Lefèvre", email="aurelie@example.com", birth_date=born)
    other = await known(connection, "Aurelie", "Lefevre", email="aurelie@example.com", birth_date=born)
    return one, other


class TestSurePairs:
    async def test_are_merged_when_it_is_switched_on_with_their_reasons_and_not_before(
        self, house: None, connection: Connection, client: httpx.AsyncClient
    ) -> None:
        one, other = await two_of_one(connection)
        assert await merge_all(connection) == 0
        henri, ines = await asking(client, "henri"), await asking(client, "ines")
        assert (await ines.send("PUT", "/identity/automatic", {"on": True})).status_code == 403
        assert (await henri.get("/identity/automatic")).json() == {"on": False}
        assert (await henri.send("PUT", "/identity/automatic", {"on": True})).json() == {"on": True}
        assert await merge_all(connection) == 1
        assert await connection.fetchval("select alias_of from customer where id = $1", other) == one
        (pair,) = (await henri.get("/identity/pairs?which=merged")).json()["data"]
        assert pair["sure"] and {"email", "given_name"} & {reason["field"] for reason in pair["reasons"]}

    async def test_that_were_unmerged_are_not_merged_again(
        self, house: None, connection: Connection, client: httpx.AsyncClient
    ) -> None:
        _, other = await two_of_one(connection)
        henri = await asking(client, "henri")
        await henri.send("PUT", "/identity/automatic", {"on": True})
        assert await merge_all(connection) == 1
        assert (await henri.send("POST", f"/customers/{other}/unmerge")).status_code == 200
        assert await merge_all(connection) == 0
        assert await connection.fetchval("select alias_of from customer where id = $1", other) is None

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (
                ("Maria", "Silva", MAIL | {"birth_date": "1960-01-01"}),
                ("Mariana", "Silva", MAIL | {"birth_date": "1990-01-01"}),
            ),
            (("Jean", "Lopez", LANDLINE), ("Jeanne", "Lopez", LANDLINE)),
            (("Mohamed", "Diallo", LANDLINE), ("Mohamed", "Mansouri", LANDLINE)),
            (("Marie", "Petit", MAIL | HOME), ("Maria", "Petit", MAIL | HOME)),
            (("Jean Paul", "Roux", BORN | HOME), ("Jean Pierre", "Roux", BORN | HOME)),
            (("Thu Hà", "Lê", BORN | HOME), ("Thu Hằng", "Lê", BORN | HOME)),
            (("A.", "Durand", LANDLINE | HOME), ("Anne", "Durand", LANDLINE | HOME)),
            (
                ("Jean", "Roux", LANDLINE | HOME | {"birth_date": "1950-05-05"}),
                ("Jean", "Roux", LANDLINE | HOME | {"birth_date": "1980-09-12"}),
            ),
        ],
        ids=lambda told: told[0],
    )
    async def test_are_not_those_of_one_household_or_of_an_old_number(
        self, house: None, connection: Connection, client: httpx.AsyncClient, one: Told, other: Told
    ) -> None:
        await (await asking(client, "henri")).send("PUT", "/identity/automatic", {"on": True})
        for given, family, values in (one, other):
            await known(connection, given, family, **values)
        assert await merge_all(connection) == 0

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Léa", "Léo"), ("Anne", "Annie"), ("Daniel", "Danielle"), ("Flor", "Florabelle"), ("L.", "Lucie")],
        ids=lambda given: given,
    )
    @pytest.mark.parametrize("beside", [HOME, MAIL | HOME, LANDLINE | HOME], ids=lambda told: min(told))
    async def test_are_not_twins_whom_their_parents_called_nearly_alike(
        self,
        house: None,
        connection: Connection,
        client: httpx.AsyncClient,
        one: str,
        other: str,
        beside: dict[str, Any],
    ) -> None:
        await (await asking(client, "henri")).send("PUT", "/identity/automatic", {"on": True})
        for given in (one, other):
            await known(connection, given, "Martin", **BORN | beside)
        assert await merge_all(connection) == 0

    async def test_of_nearly_one_name_are_merged_when_they_show_one_card(
        self, house: None, connection: Connection, client: httpx.AsyncClient
    ) -> None:
        await (await asking(client, "henri")).send("PUT", "/identity/automatic", {"on": True})
        for given in ("Aurélie", "Aurelei"):
            await known(connection, given, "Quertinmont", **BORN | HOME | {"loyalty_card": "MB-000777"})
        assert await merge_all(connection) == 1

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("Mohamed", "Benali", LANDLINE | BORN), ("Mohammed", "Ben Ali", LANDLINE | BORN)),
            (("Văn An", "Nguyễn", MAIL | BORN), ("Nguyen", "Van An", MAIL | BORN)),
            (("Ana Maria", "Ferreira da Costa", LANDLINE | BORN), ("Ana", "Costa", LANDLINE | BORN)),
            (("Sophie", "Bernard", MAIL | BORN), ("Sophie", "Moreau-Bernard", MAIL | BORN)),
            (("Marie-Claire", "Dupont-Aignan", BORN | HOME), ("Marie Claire", "Dupont Aignan", BORN | HOME)),
        ],
        ids=lambda told: told[0],
    )
    async def test_are_those_of_one_person_whose_name_is_written_otherwise(
        self, house: None, connection: Connection, client: httpx.AsyncClient, one: Told, other: Told
    ) -> None:
        await (await asking(client, "henri")).send("PUT", "/identity/automatic", {"on": True})
        for given, family, values in (one, other):
            await known(connection, given, family, **values)
        assert await merge_all(connection) == 1

    async def test_are_left_to_a_person_when_two_are_nearly_as_good_or_much_speaks_against_them(
        self, house: None, connection: Connection, client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        await henri.send("PUT", "/identity/automatic", {"on": True})
        for given in ("Anne", "Anne", "Anne"):
            await known(connection, given, "Durand", birth_date="1970-01-05", email="durand@example.com")
        assert await merge_all(connection) == 0
