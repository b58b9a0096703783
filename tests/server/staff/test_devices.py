"""The list of tablets: what a manager looks in when one is gone."""

from uuid import UUID, uuid4

import httpx
import pytest

from server.database.pool import Connection
from tests.server.people import enrol, give_tablet
from tests.server.replication.double import Double
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio


class TestTheList:
    async def test_is_of_ones_stores_and_of_the_brand_for_those_who_answer_for_it(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        lyon, nice = await give_tablet(connection, "lyon"), await give_tablet(connection, "nice")
        for code, seen in (
            ("marie", {lyon}),
            ("zoe", {lyon, nice}),
            ("adam", {lyon, nice}),
            ("paola", {lyon, nice}),
        ):
            listed = (await (await asking(client, code)).get("/devices")).json()["data"]
            ids = {each["device_id"] for each in listed}
            assert ids == {str(each.device_id) for each in seen}, code
        for code in ("ines", "camille", "henri"):
            assert (await (await asking(client, code)).get("/devices")).status_code == 403, code
        assert (await client.get("/v1/devices")).status_code == 401

    async def test_says_when_a_tablet_last_called_and_that_it_was_revoked(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        marie = await asking(client, "marie")
        tablet = await enrol(client)
        (fresh,) = (await marie.get("/devices")).json()["data"]
        assert (fresh["name"], fresh["store"], "last_seen_at" in fresh) == ("Tablet 1", "lyon", False)
        await (await Double.of(client, "ines", tablet)).pull()
        (called,) = (await marie.get("/devices")).json()["data"]
        assert "last_seen_at" in called and "revoked_at" not in called
        await marie.send("POST", f"/devices/{called['device_id']}/revoke")
        (revoked,) = (await marie.get("/devices")).json()["data"]
        assert "revoked_at" in revoked

    async def test_is_a_list_of_pages_the_newest_first(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        adam: Asking = await asking(client, "adam")
        made = [str((await give_tablet(connection, "lyon")).device_id) for _ in range(3)]
        first = (await adam.get("/devices?limit=2")).json()
        rest = (await adam.get(f"/devices?limit=2&cursor={first['next_cursor']}")).json()
        assert [each["device_id"] for each in (*first["data"], *rest["data"])] == made[::-1]
        assert (await adam.get("/devices?store=nice")).json()["data"] == []
        assert (await adam.get(f"/devices?store={uuid4()}")).json()["data"] == []
