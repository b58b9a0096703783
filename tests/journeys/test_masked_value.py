"""A masked number is opened in a cellar: the outbox knows before the eye does, and the house learns of it."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from mobile_app.account import AccountRefused
from mobile_app.revealing import NotTakenAlong
from mobile_app.vault import FullSignInNeeded, WrongPin
from schemas.mutations import RevealValue, op_of
from server.database.pool import Connection
from tests.journeys.counter import PIN, Counter
from tests.server.people import associate_id, bearer, hire_everybody, make_customer, principal_named, sign_in

pytestmark = pytest.mark.anyio

PHONE = "+33612345678"
SEALED = Path("people") / str(associate_id("ines")) / "sealed"


@pytest.fixture
async def anne(connection: Connection) -> UUID:
    await hire_everybody(connection)
    till = await principal_named(connection, "import")
    own = {"home_store": "lyon", "associate_id": str(associate_id("ines"))}
    return await make_customer(connection, till, phone=PHONE, email="anne@example.org", **own)


@pytest.fixture
async def counter(tmp_path: Path, app: Litestar, client: httpx.AsyncClient, anne: UUID) -> Counter:
    """A tablet of Lyon that has taken along what a seller may open."""
    made = Counter(tmp_path, app, client)
    await made.begin("ines")
    await taken_along(made)
    return made


async def taken_along(counter: Counter) -> None:
    revealing = counter.tablet._revealing
    assert revealing is not None
    revealing._asked_at = 0
    revealing.take_along_soon()
    assert revealing._asking is not None
    await revealing._asking


class TestInACellar:
    async def test_a_value_opens_and_the_house_learns_of_it_later(
        self, counter: Counter, anne: UUID, connection: Connection
    ) -> None:
        card = counter.tablet.card(anne)
        assert card is not None and card.values["phone"] == "•• •• •• 78"
        counter.tablet.cut_line(True)
        shown = await counter.tablet.reveal(anne, "phone", "call_her", PIN)
        assert (shown.value, shown.as_of is not None) == (PHONE, True)
        assert counter.tablet.line().waiting == 1
        counter.tablet.cut_line(False)
        await counter.sync()
        assert counter.tablet.line().waiting == 0
        told = await connection.fetchrow(
            "select actor, subject_id, facts from audit_event where action = 'customer.revealed'"
        )
        assert told is not None and (told["actor"], told["subject_id"]) == (associate_id("ines"), anne)
        assert (told["facts"]["field"], told["facts"]["reason"]) == ("phone", "call_her")
        assert told["facts"]["offline"] is True
        await counter.tablet.close()

    async def test_nothing_opens_whose_record_could_not_be_kept(
        self, counter: Counter, anne: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counter.tablet.cut_line(True)
        opened: list[bytes] = []

        def full(record_id: UUID, mutation: object) -> UUID:
            raise OSError("no room")

        assert counter.tablet._revealing is not None
        monkeypatch.setattr(counter.tablet._revealing, "_submit", full)
        monkeypatch.setattr("mobile_app.revealing.value_in", lambda *a, **k: opened.append(b""))
        with pytest.raises(OSError, match="no room"):
            await counter.tablet.reveal(anne, "phone", "call_her", PIN)
        assert opened == []
        await counter.tablet.close()

    @pytest.mark.parametrize("reason", ["", "no", "to call\ther", "x" * 201])
    async def test_nothing_opens_for_a_reason_that_the_house_could_not_read(
        self, counter: Counter, anne: UUID, reason: str
    ) -> None:
        for cut in (False, True):
            counter.tablet.cut_line(cut)
            with pytest.raises(AccountRefused) as refused:
                await counter.tablet.reveal(anne, "phone", reason, PIN)
            assert refused.value.code == "invalid"
        assert counter.tablet.line().waiting == 0
        await counter.tablet.close()

    async def test_a_wrong_pin_opens_nothing_and_the_third_ends_the_pin(
        self, counter: Counter, anne: UUID
    ) -> None:
        counter.tablet.cut_line(True)
        for _ in range(2):
            with pytest.raises(WrongPin):
                await counter.tablet.reveal(anne, "phone", "call_her", "135790")
        with pytest.raises(FullSignInNeeded):
            await counter.tablet.reveal(anne, "phone", "call_her", "135790")
        with pytest.raises(FullSignInNeeded):
            await counter.tablet.reveal(anne, "phone", "call_her", PIN)
        assert counter.tablet.line().waiting == 0
        await counter.tablet.close()

    async def test_an_open_tablet_holds_no_key_and_no_value(self, counter: Counter, anne: UUID) -> None:
        kept = b"".join(each.read_bytes() for each in counter.folder.rglob("*") if each.is_file())
        assert PHONE.encode() not in kept and b"12345678" not in kept
        assert (counter.folder / SEALED).exists()
        assert counter.tablet._store is not None
        rows = counter.tablet._store.connection.execute("select body from fragment").fetchall()
        assert not any(b"12345678" in row[0] for row in rows)
        await counter.tablet.close()

    async def test_what_was_not_taken_along_stays_shut(self, counter: Counter, anne: UUID) -> None:
        counter.tablet.cut_line(True)
        for field in ("birth_date", "town", "address"):
            with pytest.raises(NotTakenAlong):
                await counter.tablet.reveal(anne, field, "call_her", PIN)
        assert counter.tablet.line().waiting == 0
        await counter.tablet.close()


class TestWithALine:
    async def test_the_server_answers_and_writes_down(
        self, counter: Counter, anne: UUID, connection: Connection
    ) -> None:
        shown = await counter.tablet.reveal(anne, "phone", "deliver_to_her", PIN)
        assert (shown.value, shown.as_of) == (PHONE, None)
        assert counter.tablet.line().waiting == 0
        facts = await connection.fetchval("select facts from audit_event where action = 'customer.revealed'")
        assert facts == {"field": "phone", "reason": "deliver_to_her"}
        await counter.tablet.close()


class TestAChange:
    async def test_of_role_takes_every_box_away(
        self, counter: Counter, anne: UUID, client: httpx.AsyncClient, connection: Connection
    ) -> None:
        adam = bearer(await sign_in(client, "adam"))
        moved = await client.patch(
            f"/v1/staff/{associate_id('ines')}", json={"stores": ["nice"]}, headers=adam
        )
        assert moved.status_code == 200, moved.text
        await counter.sync()
        assert not (counter.folder / SEALED).exists()
        await counter.tablet.close()

    async def test_of_pin_does_too(self, counter: Counter, anne: UUID) -> None:
        await counter.tablet.choose_pin("314159")
        counter.tablet.cut_line(True)
        with pytest.raises(NotTakenAlong):
            await counter.tablet.reveal(anne, "phone", "call_her", "314159")
        await counter.tablet.close()

    async def test_of_a_role_without_masks_takes_nothing_along(
        self, tmp_path: Path, app: Litestar, client: httpx.AsyncClient, anne: UUID, connection: Connection
    ) -> None:
        counter = Counter(tmp_path, app, client)
        await counter.begin("marie")
        await taken_along(counter)
        assert not list(counter.folder.rglob("sealed"))
        assert (
            await connection.fetchval("select count(*) from audit_event where action = 'customer.sealed'")
            == 0
        )
        await counter.tablet.close()


def test_the_record_of_it_has_a_name_of_its_own() -> None:
    assert op_of(RevealValue(field="phone", reason="call_her")) == "value.reveal@1"
