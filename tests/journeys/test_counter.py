"""The counter's journey: order lines come in, two tablets work, one of them offline, and all copies agree."""

import csv
import gzip
import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from mobile_app.facts import Fact
from mobile_app.strip import LineStatus
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, PutEntry, SetField, WriteNote
from schemas.staff import Role
from server.commands.import_lines import SHIPPED
from server.database.pool import Connection
from server.imports import frame, job, mapping
from server.imports.totals import Totals
from sync.replica.engine import Line
from sync.replica.pages import Pages
from tests.real_data import REAL_DATA
from tests.server.people import (
    PASSWORD,
    bearer,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)

pytestmark = pytest.mark.anyio

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"
PHONE = "+33698765432"
SPELLINGS = ("+33698765432", "33698765432", "0698765432", "698765432", "06 98 76 54 32", "6 98 76 54 32")
ORDER_LINES = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536366,22633,HAND WARMER UNION JACK,6,2010-12-01 08:28:00,1.85,,United Kingdom
C536367,85123A,WHITE HANGING HEART T-LIGHT HOLDER,-1,2010-12-02 09:00:00,2.55,17850.0,United Kingdom
536368,22960,JAM MAKING SET WITH JARS,1,2010-12-01 08:34:00,4.25,13047.0,United Kingdom
"""

# Real order lines lie beside the checkout or where this says; the other stories go without them.
REAL_LINES = REAL_DATA / "buy-uci-online-retail" / "online_retail_to_2011-09-30.csv.gz"
TAKEN = int(os.environ.get("COMPTOIR_REAL_LINES", "40000"))  # of 370,931; the rest adds minutes, not cases


class Hand:
    """One tablet of the house and the person on it."""

    def __init__(self, folder: Path, app: Litestar) -> None:
        self.folder = folder
        self.told: list[Fact] = []
        line = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        self.tablet = Tablet(
            folder, hear=self.told.append, server="http://comptoir.test", line=line, stretch=QUICK
        )

    async def begin(self, client: httpx.AsyncClient, code: str) -> None:
        """Enrol in Lyon and sign this person in."""
        manager = await sign_in(client, "adam")
        reply = await client.post(
            "/v1/devices/enrolment-codes", json={"store": "lyon"}, headers=bearer(manager)
        )
        await self.tablet.enrol("http://comptoir.test", reply.json()["code"], f"Tablet of {code}")
        await self.tablet.sign_in(code, PASSWORD)
        await self.tablet.choose_pin(PIN)
        await self.sync()

    async def sync(self) -> None:
        report = await self.tablet.sync_now()
        assert report is not None
        assert report.line is Line.SYNCED, report

    def values(self, record_id: UUID) -> dict[str, Any]:
        card = self.tablet.card(record_id)
        assert card is not None
        return card.values

    def bytes_on_disk(self) -> bytes:
        """Everything this tablet holds, the write-ahead log included, as a thief finds it."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def bytes_under_the_key(self) -> bytes:
        """Every page of the store, those of its log included, as whoever has the key reads them."""
        session = self.tablet.session
        pages = Pages(session.database_path(), session.data_key())
        assert pages.versions and not pages.damaged
        return b"".join(page for versions in pages.versions.values() for page in versions)


@pytest.fixture
async def house(app: Litestar, connection: Connection) -> UUID:
    """Everybody is hired and one customer of Lyon is known; returns her id."""
    await hire_everybody(connection)
    manager = await principal_named(connection, "marie")
    assert manager.role is Role.STORE_MANAGER
    return await make_customer(
        connection,
        manager,
        given_name="Aurélie",
        family_name="Lefèvre",
        town="Lyon",
        home_store="lyon",
        phone=PHONE,
        email="aurelie.lefevre@example.com",
    )


@pytest.fixture
async def ines(house: UUID, tmp_path: Path, app: Litestar, client: httpx.AsyncClient) -> AsyncIterator[Hand]:
    """A seller on her tablet."""
    hand = Hand(tmp_path / "ines", app)
    await hand.begin(client, "ines")
    yield hand
    await hand.tablet.close()


@pytest.fixture
async def luc(house: UUID, tmp_path: Path, app: Litestar, client: httpx.AsyncClient) -> AsyncIterator[Hand]:
    """Another seller of the same store on another tablet."""
    hand = Hand(tmp_path / "luc", app)
    await hand.begin(client, "luc")
    yield hand
    await hand.tablet.close()


@pytest.fixture
async def marie(house: UUID, tmp_path: Path, app: Litestar, client: httpx.AsyncClient) -> AsyncIterator[Hand]:
    """Their manager, who may see phone numbers, on a third."""
    hand = Hand(tmp_path / "marie", app)
    await hand.begin(client, "marie")
    yield hand
    await hand.tablet.close()


class TestAnEditMadeOffline:
    async def test_reaches_the_other_tablet_and_the_api(
        self, house: UUID, ines: Hand, luc: Hand, client: httpx.AsyncClient
    ) -> None:
        ines.tablet.cut_line(True)
        note_id = ines.tablet.new_id()
        for mutation in (
            PutEntry(field="sizes", key="shoes", value={"value": "38"}),
            AddElement(field="likes", element="silk"),
            WriteNote(note_id=note_id, text="Sparkling water, no lemon.", level=NoteLevel.STORE),
        ):
            ines.tablet.submit(house, mutation)
        offline = ines.values(house)
        assert offline["sizes"]["shoes"]["value"] == "38"
        assert ines.tablet.line().waiting == 3
        report = await ines.tablet.sync_now()
        assert report is not None
        assert report.line is Line.UNREACHABLE
        assert ines.tablet.line().waiting == 3

        ines.tablet.cut_line(False)
        await ines.sync()
        await luc.sync()

        line = ines.tablet.line()
        assert (line.waiting, line.for_a_person, line.online) == (0, 0, True)
        on_luc, on_ines = luc.values(house), ines.values(house)
        reply = await client.get(
            f"/v1/customers/{house}?expand=notes", headers=bearer(await sign_in(client, "ines"))
        )
        assert reply.status_code == 200, reply.text
        on_api = reply.json()
        for values in (on_luc, on_ines, on_api):
            assert values["sizes"]["shoes"]["value"] == "38"
            assert list(values["likes"]) == ["silk"]
        for values in (on_luc, on_ines, on_api):
            assert [note["text"] for note in values["notes"]] == ["Sparkling water, no lemon."]
        assert on_luc == on_ines

    async def test_survives_the_night(
        self, house: UUID, ines: Hand, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        ines.tablet.cut_line(True)
        ines.tablet.submit(house, AddElement(field="likes", element="silk"))
        await ines.tablet.close()

        morning = Hand(ines.folder, app)
        (face,) = morning.tablet.faces()
        await morning.tablet.unlock(face.associate_id, PIN)
        assert list(morning.values(house)["likes"]) == ["silk"]
        await morning.sync()
        assert morning.tablet.line().waiting == 0
        await morning.tablet.close()


class TestARefusedEdit:
    async def test_stays_visible_with_its_reason(self, house: UUID, ines: Hand) -> None:
        ines.tablet.submit(house, SetField(field="address", value={"line1": "1 rue de la Ré"}))
        await ines.sync()
        (edit,) = ines.tablet.outbox()
        assert (edit.code, edit.customer) == ("field_not_allowed", "Aurélie Lefèvre")
        assert edit.said["field"] == "address"
        assert any(isinstance(fact, LineStatus) and fact.for_a_person == 1 for fact in ines.told)
        ines.tablet.discard(edit.mutation_id)
        assert ines.tablet.outbox() == ()


class TestASellerWithoutTheRight:
    async def test_never_received_the_phone_number(self, house: UUID, ines: Hand) -> None:
        assert ines.values(house)["family_name"] == "Lefèvre"
        opened = ines.bytes_under_the_key()
        assert "Lefèvre".encode() in opened, "the search would find nothing in this store"
        for held in (opened, ines.bytes_on_disk()):
            for spelling in SPELLINGS:
                assert spelling.encode() not in held
                assert spelling.encode("utf-16-le") not in held
            assert b"aurelie.lefevre@example.com" not in held

    async def test_leaves_no_name_to_a_thief(self, house: UUID, ines: Hand) -> None:
        ines.tablet.submit(house, AddElement(field="likes", element="silk"))
        held = ines.bytes_on_disk()
        for word in ("Lefèvre", "Aurélie", "silk"):
            assert word.encode() not in held

    async def test_is_told_from_one_who_has_it(self, house: UUID, marie: Hand) -> None:
        assert marie.values(house)["phone"] == PHONE
        assert PHONE.encode() in marie.bytes_under_the_key()


class TestImportedOrders:
    @pytest.fixture
    async def totals(self, house: UUID, connection: Connection, tmp_path: Path) -> Totals:
        """Order lines of a retailer went in."""
        return await bring_in(connection, tmp_path)

    async def test_are_found_on_the_tablet_with_their_history(self, totals: Totals, ines: Hand) -> None:
        assert totals.customers == 2
        (found,) = ines.tablet.search("17850")
        purchases = ines.values(found.record_id)["purchases"]
        assert len(purchases) == 2
        skus = {line["sku"] for purchase in purchases for line in purchase["lines"]}
        assert {"85123A", "71053"} <= skus

    async def test_reach_a_tablet_that_is_already_in_step(
        self, ines: Hand, connection: Connection, tmp_path: Path
    ) -> None:
        before = ines.tablet.count()
        await bring_in(connection, tmp_path)
        await ines.sync()
        assert ines.tablet.count() == before + 2


@pytest.mark.skipif(not REAL_LINES.exists(), reason="COMPTOIR_DATA names no folder with the real order lines")
class TestRealOrderLines:
    @pytest.fixture
    def lines(self) -> list[dict[str, str]]:
        """The first lines of the file, read by nothing of ours."""
        with gzip.open(REAL_LINES, "rt", encoding="utf-8", newline="") as file:
            return list(itertools.islice(csv.DictReader(file), TAKEN))

    async def test_arrive_on_a_tablet_as_the_file_has_them(
        self,
        house: UUID,
        ines: Hand,
        luc: Hand,
        lines: list[dict[str, str]],
        client: httpx.AsyncClient,
        connection: Connection,
        tmp_path: Path,
    ) -> None:
        before = ines.tablet.count()
        totals = await bring_in(connection, tmp_path, _written(lines))
        customers = {line["CustomerID"] for line in lines if line["CustomerID"]}
        assert (totals.lines, totals.refused) == (len(lines), 0)
        assert totals.anonymous == sum(not line["CustomerID"] for line in lines)
        assert totals.cancelled == sum(line["InvoiceNo"].startswith("C") for line in lines)
        assert totals.orders == len({line["InvoiceNo"] for line in lines})
        assert totals.customers == len(customers)
        assert totals.quantity == sum(int(line["Quantity"]) for line in lines)
        assert sum(totals.amount.values()) == sum(
            int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in lines
        )

        again = await bring_in(connection, tmp_path, _written(lines))
        assert (again.orders_imported, again.customers_new) == (0, 0)

        await ines.sync()
        assert ines.tablet.count() == before + len(customers)
        regular = _most_orders(lines)
        found = ines.tablet.search(regular.removesuffix(".0"))[0]  # then those whose number begins so
        bought = ines.values(found.record_id)["purchases"]
        assert len(bought) == len({line["InvoiceNo"] for line in lines if line["CustomerID"] == regular})

        ines.tablet.cut_line(True)
        ines.tablet.submit(found.record_id, AddElement(field="likes", element="lanterns"))
        ines.tablet.cut_line(False)
        await ines.sync()
        await luc.sync()
        reply = await client.get(
            f"/v1/customers/{found.record_id}?expand=purchases",
            headers=bearer(await sign_in(client, "luc")),
        )
        assert list(reply.json()["likes"]) == list(luc.values(found.record_id)["likes"]) == ["lanterns"]
        assert len(reply.json()["purchases"]) == len(luc.values(found.record_id)["purchases"]) == len(bought)


def _written(lines: list[dict[str, str]]) -> str:
    rows = [",".join(lines[0])]
    rows += [",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line.values()) for line in lines]
    return "\n".join(rows) + "\n"


def _most_orders(lines: list[dict[str, str]]) -> str:
    """Return the customer with most orders among those whose history a profile holds whole."""
    orders = Counter(number for number, _ in {(line["CustomerID"], line["InvoiceNo"]) for line in lines})
    return next(number for number, count in orders.most_common() if number and count <= 12)


async def bring_in(connection: Connection, folder: Path, text: str = ORDER_LINES) -> Totals:
    """Import the order lines as a file of the retailer's."""
    path = folder / "orders.csv"
    path.write_text(text)
    prepared = job.prepare(path, mapping.load(SHIPPED / "uci-online-retail.toml"), store="lyon")
    speaker = frame.principal_for(prepared.mapping.source, brand="maison", stores=("lyon", "nice", "paris"))
    result = await job.run(connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC))
    return result.totals
