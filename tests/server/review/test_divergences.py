"""Head office reads which tablets were found to differ."""

from uuid import UUID, uuid4

import httpx
import pytest

from server.database.pool import Connection
from tests.server.rest.house import asking


async def alarm(connection: Connection, buckets: int) -> UUID:
    device_id = uuid4()
    await connection.execute(
        "insert into divergence (device_id, associate_id, store, buckets, app_version)"
        " values ($1, $2, 'lyon', $3, '1.0')",
        device_id,
        uuid4(),
        buckets,
    )
    return device_id


class TestDivergences:
    @pytest.mark.parametrize("code", ["henri", "adam"])
    async def test_are_read_the_latest_first_page_by_page(
        self, house: dict[str, UUID], client: httpx.AsyncClient, connection: Connection, code: str
    ) -> None:
        devices = [str(await alarm(connection, number)) for number in (1, 2, 3)]
        somebody = await asking(client, code)
        first = (await somebody.get("/divergences?limit=2")).json()
        rest = (await somebody.get(f"/divergences?limit=2&cursor={first['next_cursor']}")).json()
        found = first["data"] + rest["data"]
        assert [each["device_id"] for each in found] == devices[::-1]
        assert [each["buckets"] for each in found] == [3, 2, 1] and not rest["has_more"]

    @pytest.mark.parametrize("code", ["ines", "marie", "zoe", "camille", "lea", "paola", "import"])
    async def test_are_for_who_answers_for_the_system(
        self, house: dict[str, UUID], client: httpx.AsyncClient, code: str
    ) -> None:
        assert (await (await asking(client, code)).get("/divergences")).status_code == 403
        assert (await client.get("/v1/divergences")).status_code == 401
