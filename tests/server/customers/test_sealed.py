"""Masked values taken along by a tablet: sealed for one PIN, measured, written down when one is opened."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from litestar import Litestar

from schemas.mutations import RevealValue
from schemas.protocol import OutcomeStatus
from schemas.sealed import as_bytes, opened, purpose_of
from server.database.pool import Connection
from server.replication.push import submit
from sync.sealed_box import BoxBroken, open_box, public_key
from tests.server.people import NOW, Tablet, bearer, enrol, envelope, make_customer, principal_named, sign_in
from tests.server.rest.house import EMAIL, PHONE

pytestmark = pytest.mark.anyio

DOOR = "/v1/sealed-values"
KEY = X25519PrivateKey.generate().private_bytes_raw()


@pytest.fixture
async def tablet(client: httpx.AsyncClient, house: dict[str, UUID]) -> Tablet:
    return await enrol(client, "lyon")


async def ask(
    client: httpx.AsyncClient, code: str, tablet: Tablet | None, *customers: UUID
) -> httpx.Response:
    tokens = await sign_in(client, code, tablet)
    body = {"public_key": public_key(KEY).hex(), "customers": [str(each) for each in customers]}
    return await client.post(DOOR, json=body, headers=bearer(tokens))


class TestTakingAlong:
    async def test_seals_each_value_for_one_reader_on_one_tablet(
        self, client: httpx.AsyncClient, house: dict[str, UUID], tablet: Tablet, connection: Connection
    ) -> None:
        reply = await ask(client, "ines", tablet, house["anne"])
        assert reply.status_code == 200, reply.text
        ines = (await principal_named(connection, "ines")).associate_id
        values: dict[str, Any] = {}
        for each in reply.json()["values"]:
            bound = purpose_of(house["anne"], each["field"], device_id=tablet.device_id, associate_id=ines)
            values[each["field"]] = opened(open_box(KEY, as_bytes(each["box"]), purpose=bound))
        assert values == {"phone": PHONE, "email": EMAIL}
        assert len({len(each["box"]) for each in reply.json()["values"]}) == 1
        assert PHONE not in reply.text and EMAIL not in reply.text
        box, elsewhere = as_bytes(reply.json()["values"][0]["box"]), UUID(int=1)
        with pytest.raises(BoxBroken):
            open_box(
                KEY, box, purpose=purpose_of(house["anne"], "phone", device_id=elsewhere, associate_id=ines)
            )

    async def test_gives_nothing_that_is_hidden_or_readable_or_somebody_elses(
        self, client: httpx.AsyncClient, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        assert (await ask(client, "ines", tablet, house["brune"], UUID(int=7))).json()["values"] == []
        assert (await ask(client, "marie", tablet, house["anne"])).json()["values"] == []

    async def test_is_for_tablets_alone(self, client: httpx.AsyncClient, house: dict[str, UUID]) -> None:
        assert (await ask(client, "ines", None, house["anne"])).status_code == 403
        assert (await client.post(DOOR, json={})).status_code == 401

    async def test_is_written_down_and_counted(
        self, client: httpx.AsyncClient, house: dict[str, UUID], tablet: Tablet, connection: Connection
    ) -> None:
        await ask(client, "ines", tablet, house["anne"])
        facts = await connection.fetch(
            "select subject_id, facts from audit_event where action = 'customer.sealed'"
        )
        assert [tuple(row) for row in facts] == [(house["anne"], {"fields": ["email", "phone"]})]
        assert await connection.fetchval("select count(*) from extraction_person") == 1

    async def test_ends_with_so_many_people_a_day(
        self,
        app: Litestar,
        client: httpx.AsyncClient,
        house: dict[str, UUID],
        tablet: Tablet,
        connection: Connection,
    ) -> None:
        made = app.state.settings
        till = await principal_named(connection, "import")
        house["chloe"] = await make_customer(connection, till, 3, home_store="lyon", phone="+33612340000")
        app.state.settings = msgspec.structs.replace(made, sealed_people=1)
        again = [house["anne"], UUID(int=7), house["anne"]]
        first = await ask(client, "ines", tablet, *again)
        her_again = await ask(client, "ines", tablet, house["anne"], house["chloe"])
        assert first.json()["left_out"] == []
        assert {each["customer_id"] for each in her_again.json()["values"]} == {str(house["anne"])}
        assert her_again.json()["left_out"] == [str(house["chloe"])]
        app.state.settings = msgspec.structs.replace(made, sealed_people=0)
        assert (await ask(client, "ines", tablet, house["anne"])).status_code == 403


class TestOpeningWithoutALine:
    async def test_is_written_down_when_it_was(
        self, connection: Connection, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        ines = await principal_named(connection, "ines", tablet)
        when = NOW - timedelta(hours=5)
        edit = envelope(
            house["anne"],
            RevealValue(field="phone", reason="Mme Durand m'attend"),
            at_ms=int(when.timestamp() * 1000),
        )
        outcomes = await submit(connection, ines, [edit], now=NOW)
        assert outcomes[0].status is OutcomeStatus.APPLIED
        facts = await connection.fetchval("select facts from audit_event where action = 'customer.revealed'")
        assert facts == {
            "field": "phone",
            "reason": "own_words",
            "offline": True,
            "at": when.isoformat(timespec="seconds"),
        }
        kept = await connection.fetchrow("select id, field, reason, device_id from reveal")
        assert tuple(kept or ()) == (edit.mutation_id, "phone", "Mme Durand m'attend", tablet.device_id)

    async def test_is_written_down_once(
        self, connection: Connection, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        ines = await principal_named(connection, "ines", tablet)
        edit = envelope(house["anne"], RevealValue(field="phone", reason="call_her"))
        for _ in range(2):
            await submit(connection, ines, [edit], now=NOW)
        assert (
            await connection.fetchval("select count(*) from audit_event where action = 'customer.revealed'")
            == 1
        )

    async def test_is_written_down_whatever_became_of_the_right_to_it(
        self, connection: Connection, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        ines = await principal_named(connection, "ines", tablet)
        edits = [
            envelope(record_id, RevealValue(field="address", reason="call_her"))
            for record_id in (house["anne"], house["brune"], UUID(int=7))
        ]
        outcomes = await submit(connection, ines, edits, now=NOW)
        assert {outcome.status for outcome in outcomes} == {OutcomeStatus.APPLIED}
        subjects = await connection.fetch(
            "select subject_id from audit_event where action = 'customer.revealed'"
        )
        assert len(subjects) == 3

    async def test_keeps_no_own_words_about_somebody_who_was_forgotten(
        self, connection: Connection, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        ines = await principal_named(connection, "ines", tablet)
        await connection.execute("insert into erasure (record_id) values ($1)", UUID(int=9))
        edit = envelope(UUID(int=9), RevealValue(field="phone", reason="Mme Durand m'attend"))
        await submit(connection, ines, [edit], now=NOW)
        assert await connection.fetchval("select reason from reveal") == ""

    async def test_of_no_field_is_refused(
        self, connection: Connection, house: dict[str, UUID], tablet: Tablet
    ) -> None:
        ines = await principal_named(connection, "ines", tablet)
        edit = envelope(house["anne"], RevealValue(field="karma", reason="call_her"))
        outcomes = await submit(connection, ines, [edit], now=NOW)
        assert outcomes[0].status is OutcomeStatus.REFUSED
