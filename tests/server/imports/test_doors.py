"""Imports over the API: brought, rehearsed, taken in, stopped, gone on with, taken back."""

import gzip
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from server.database.pool import Connection
from server.imports import customer_job, files
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

SECRET = b"a secret of tests, never of anyone else"
MAPPING = {
    "source": "old-crm",
    "kind": "customers",
    "columns": {"id": "no", "given_name": ["first"], "family_name": ["last"], "email": "mail",
                "birth_date": "born"},
    "formats": {"birth_date": "%d/%m/%Y"},
    "withdrawn": [{"column": "no_mail", "channels": ["email"]}],
}  # fmt: skip
HEADER = "no;first;last;mail;born;no_mail"
ROWS = [
    "1;Zoé;Martin;zoe@example.org;31/12/1980;no",
    "2;Léa;Morel;lea@example.org;01/02/1990;yes",
    "3;;;;;",
    "4;=1+1;Roux;not a mail;05/06/1970;no",
]
LINES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" + "\n".join(
    f"{536365 + number},85123A,HOLDER,{number + 1},2010-12-01 08:26:00,2.55,{17850 + number % 2},France"
    for number in range(6)
)


def table(rows: list[str] = ROWS, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


async def bring(who: Asking, body: bytes, **query: str) -> httpx.Response:
    said = {"mapping": "old-crm", "file_name": "people.csv"} | query
    return await who._client.post(
        "/v1/imports",
        params=said,
        content=body,
        headers=who._headers | {"content-type": "application/octet-stream"},
    )


async def work(app: Litestar) -> bool:
    settings = app.state.settings
    return await files.work_on_next(app.state.pool, settings.database_url, SECRET)


async def ask(app: Litestar, who: Asking, path: str, what: str) -> dict[str, Any]:
    reply = await who.send("POST", f"{path}/{what}")
    assert reply.status_code == 202, reply.text
    assert await work(app)
    found: dict[str, Any] = (await who.get(path)).json()
    assert "wanted" not in found
    return found


async def rows_of(connection: Connection) -> str:
    """Everything that imports write, as text."""
    found = []
    for name in ("customer", "customer_search", "contact_point", "source_record", "consent_event", "purchase",
                 "purchase_line", "loyalty_entry"):  # fmt: skip
        rows = await connection.fetch(f"select to_jsonb(t)::text as row from {name} t order by 1")
        found += [row["row"] for row in rows]
    return "\n".join(found)


@pytest.fixture
async def henri(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """Head office."""
    who = await asking(client, "henri")
    saved = await who.send("PUT", "/import-mappings/old-crm", MAPPING)
    assert saved.status_code == 200, saved.text
    return who


class TestAMapping:
    @pytest.mark.parametrize("name", ["0", "A-b", "a%20b", "..%2Fold-crm", "x" * 62, "-crm", "crm%00"])
    async def test_has_a_plain_name(self, henri: Asking, name: str) -> None:
        refused = await henri.send("PUT", f"/import-mappings/{name}", MAPPING)
        assert refused.status_code in (400, 404, 422), refused.text


class TestAProposal:
    async def test_is_saved_changed_or_not_and_read_by(
        self, app: Litestar, henri: Asking, client: httpx.AsyncClient
    ) -> None:
        body = b"Nom;Courriel;Newsletter\nRoux;anne@example.org;oui\nPoe;joe@example.org;non\n"

        async def propose(who: Asking, text: bytes = body) -> httpx.Response:
            return await who._client.post(
                "/v1/imports/proposals",
                params={"file_name": "people.csv"},
                content=text,
                headers=who._headers | {"content-type": "application/octet-stream"},
            )

        told = await propose(henri)
        assert told.status_code == 200, told.text
        assert "anne@" not in told.text and told.json()["complete"]
        saved = await henri.send("PUT", "/import-mappings/new-one", told.json()["mapping"])
        assert saved.status_code == 200, saved.text
        brought = await bring(henri, body, mapping="new-one")
        done = await ask(app, henri, f"/imports/{brought.json()['import_id']}", "rehearse")
        assert done["rehearsed"]["totals"]["new"] == 2
        assert done["rehearsed"]["left_out"] == {"Newsletter": "proves_nothing"}
        assert (await propose(await asking(client, "ines"))).status_code == 403
        assert (await propose(henri, b"PK\x03\x04 no table")).status_code == 422
        assert (await propose(henri, b"")).status_code == 422


class TestAFile:
    async def test_is_rehearsed_taken_in_and_taken_back(
        self, app: Litestar, client: httpx.AsyncClient, henri: Asking, connection: Connection
    ) -> None:
        before = await rows_of(connection)
        brought = await bring(henri, gzip.compress(table()))
        assert brought.status_code == 201, brought.text
        shown = brought.json()
        assert (shown["lines"], shown["encoding"], shown["delimiter"], shown["state"]) == (
            4, "utf-8", ";", "kept",
        )  # fmt: skip
        path = f"/imports/{shown['import_id']}"
        rehearsed = (await ask(app, henri, path, "rehearse"))["rehearsed"]
        assert rehearsed["dates"] == "day_first"
        assert "zoe@example.org" not in str(rehearsed)
        assert await rows_of(connection) == before, "a rehearsal writes nothing"
        done = await ask(app, henri, path, "apply")
        assert (done["state"], done["done"]) == ("done", 4)
        totals = done["result"]
        assert totals == rehearsed["totals"], "what the rehearsal counted is what was done"
        assert (totals["new"], totals["refused"], totals["withdrawn"]) == (3, 1, 1)
        assert await connection.fetchval("select body from import_file") is None
        refused = await henri.get(f"{path}/refused")
        assert refused.headers["content-type"].startswith("text/csv")
        header, *lines = refused.text.splitlines()
        assert header == f"line;code;reason;{table().decode().splitlines()[0]}"
        assert {len(line.split(";")) for line in lines} == {len(header.split(";"))}
        adam = await asking(client, "adam")  # may keep imports, and see nothing of people
        assert (await adam.get(path)).status_code == 200
        assert (await adam.get(f"{path}/refused")).status_code == 403
        again = await bring(henri, refused.content, file_name="mended.csv")
        assert (again.status_code, again.json()["lines"]) == (201, len(lines)), (
            "it can be mended and brought again"
        )
        assert "'=1+1" in refused.text, "no spreadsheet takes a cell for a formula"
        undone = await ask(app, henri, path, "undo")
        assert (undone["state"], undone["result"]["removed"]) == ("undone", 3)
        assert await rows_of(connection) == before

    async def test_of_order_lines_is_rehearsed_and_taken_back_too(
        self, app: Litestar, henri: Asking, connection: Connection
    ) -> None:
        before = await rows_of(connection)
        brought = await bring(henri, LINES.encode(), mapping="uci-online-retail", file_name="sales.csv")
        assert brought.status_code == 201, brought.text
        path = f"/imports/{brought.json()['import_id']}"
        rehearsed = (await ask(app, henri, path, "rehearse"))["rehearsed"]
        assert await rows_of(connection) == before
        done = await ask(app, henri, path, "apply")
        assert done["result"] == rehearsed["totals"]
        assert (done["result"]["orders"], done["result"]["customers_new"]) == (6, 2)
        assert await rows_of(connection) != before
        assert (await ask(app, henri, path, "undo"))["result"]["sales"] == 6
        assert await rows_of(connection) == before

    async def test_is_stopped_after_a_transaction_and_gone_on_with(
        self, app: Litestar, henri: Asking, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(customer_job, "ROWS", 1)
        path = f"/imports/{(await bring(henri, table())).json()['import_id']}"
        progress = files._Work._progress

        def stopping(self: Any, done: int, of: int) -> None:
            self._stopped = done == 2
            progress(self, done, of)

        monkeypatch.setattr(files._Work, "_progress", stopping)
        stopped = await ask(app, henri, path, "apply")
        assert (stopped["state"], stopped["done"]) == ("stopped", 2)
        monkeypatch.setattr(files._Work, "_progress", progress)
        done = await ask(app, henri, path, "apply")
        assert (done["state"], done["result"]["new"], done["result"]["rows"]) == ("done", 3, 4)
        assert await connection.fetchval("select count(*) from import_batch") == 1

    async def test_hears_that_it_is_to_stop(
        self, app: Litestar, henri: Asking, connection: Connection
    ) -> None:
        path = f"/imports/{(await bring(henri, table())).json()['import_id']}"
        assert (await henri.send("POST", f"{path}/apply")).status_code == 202
        assert (await henri.send("POST", f"{path}/apply")).status_code == 202, "the same again is the same"
        assert (await henri.send("POST", f"{path}/undo")).status_code in (400, 422)
        assert (await henri.send("POST", f"{path}/stop")).status_code == 202
        assert await connection.fetchval("select stop from import_file")

    @pytest.mark.parametrize(
        ("body", "word"),
        [
            (b"PK\x03\x04" + b"\x00" * 60, "archive"),
            (table().replace(b"Morel", b"Mo\x00rel"), "NUL"),
            (gzip.compress(table(), mtime=0)[:-9], "damaged"),
            (b"\x1f\x8b" + b"nothing of the kind", "damaged"),
            (b"\xff\xfe" + table(), "header"),
            (",".join(f"c{n}" for n in range(100_000)).encode(), "columns"),
            (b'no;first;last;mail;"born\n1;a;b;c;d\n', "header"),
            (table(header="no;first;last;mail"), "no column"),
            (table(header="no;first;last;mail;born;no"), "column"),
            (b"\n\n\n", "header"),
        ],
    )
    async def test_that_is_no_table_gets_a_clear_answer(self, henri: Asking, body: bytes, word: str) -> None:
        reply = await bring(henri, body)
        assert reply.status_code in (400, 422), reply.text
        assert word in reply.text

    async def test_that_inflates_without_end_or_is_one_line_is_read_only_so_far(
        self, app: Litestar, henri: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "MOST_BYTES", 8 << 20)
        bomb = gzip.compress(b"a;b\n" + b"0" * (64 << 20))
        assert "larger than 8 MiB" in (await bring(henri, bomb)).text
        long = await bring(henri, gzip.compress(table() + b"9;" + b"x" * (3 << 20) + b"\n"))
        assert long.status_code == 201, long.text
        done = await ask(app, henri, f"/imports/{long.json()['import_id']}", "apply")
        assert done["result"]["new"] == 3 and done["result"]["refused"] >= 2

    async def test_is_brought_by_those_alone_who_may(
        self, client: httpx.AsyncClient, henri: Asking, ines: Asking, connection: Connection
    ) -> None:
        assert (await bring(Asking(client, {}), table())).status_code == 401
        assert (await bring(ines, table())).status_code == 403
        made = (await bring(henri, table())).json()
        path = f"/imports/{made['import_id']}"
        for what in ("rehearse", "apply", "stop", "undo"):
            assert (await ines.send("POST", f"{path}/{what}")).status_code == 403
        for door in ("/imports", path, f"{path}/refused"):
            assert (await ines.get(door)).status_code == 403
        assert (await henri.get(f"/imports/{UUID(int=1)}")).status_code == 404
        assert (await henri.get(f"{path}/refused")).status_code == 404
        assert (await bring(henri, table(), file_name="../etc")).status_code in (400, 422)
        assert (await bring(henri, table(), mapping="none-such")).status_code in (400, 422)
        (line,) = (await henri.get("/imports")).json()["data"]
        assert line["import_id"] == made["import_id"]
        actions = await connection.fetch(
            "select action from audit_event where action like 'import.%' order by at"
        )
        assert [row["action"] for row in actions] == ["import.mapping_saved", "import.brought"]
        assert msgspec.json.decode(msgspec.json.encode(MAPPING)) == await connection.fetchval(
            "select document from import_mapping"
        )
