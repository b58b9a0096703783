"""Advertising costs: from reports as they are downloaded to what head office asks of them."""

import itertools
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from server.commands.import_lines import SHIPPED
from server.database.pool import Connection
from server.imports import cost_job, cost_mapping, frame, undoing
from server.imports.cost_rows import CostKey, Spent
from server.imports.mapping import MappingInvalid
from tests.server.imports.test_doors import ask
from tests.server.rest.house import asking

pytestmark = pytest.mark.anyio

GA4 = (
    "utm_source,utm_medium,date,utm_campaign,impressions,clicks,cost,currency\n"
    "google,cpc,2026-03-01,spring,1000,50,12.345,EUR\n"
    "google,cpc,2026-03-02,spring,2000,60,20,eur\n"
    "bing,cpc,20260301,,10,1,0.5,EUR\n"
)
GOOGLE = (
    "Rapport sur les campagnes\n"
    '"1 mars 2026 - 31 mars 2026"\n'
    "Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Device\n"
    '2026-03-01,Total look,111,EUR,"12,345",321,"1,234.56",Mobile\n'
    "2026-03-01,Total look,111,EUR,55,2,10.44,Desktop\n"
    "2026-03-02,Brand,112,EUR, --,--,0.00,Mobile\n"
    '"Total: Campaigns",--,--,EUR,"12,400",323,"1,245.00",\n'
    '"Total: Account",--,--,EUR,"12,400",323,"1,245.00",\n'
)
META = (
    "\ufeffNom de la campagne;Impressions;Reach;Clics sur un lien;Montant dépensé (EUR);"
    "Début des rapports;Fin des rapports\n"
    ";900;1;9;10,01;2026-03-01;2026-03-03\n"
    "Été;700;500;8;10,01;2026-03-01;2026-03-03\n"
    "Été;200;300;1;1 000,00;2026-03-05;2026-03-05\n"
)


def read(tmp_path: Path, name: str, text: str | bytes) -> cost_job.CostFile:
    path = tmp_path / "costs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return cost_job.prepare(path, cost_mapping.load(SHIPPED / f"{name}.toml"))


def told(prepared: cost_job.CostFile) -> dict[tuple[str, str], tuple[int | None, int | None, int | None]]:
    return {
        (key.day.isoformat(), key.campaign): (spent.cost, spent.impressions, spent.clicks)
        for key, spent in prepared.days
    }


class TestAReport:
    def test_of_analytics_is_read_line_by_line(self, tmp_path: Path) -> None:
        prepared = read(tmp_path, "ga4-costs", GA4)
        assert told(prepared) == {
            ("2026-03-01", "spring"): (1234, 1000, 50),
            ("2026-03-02", "spring"): (2000, 2000, 60),
            ("2026-03-01", ""): (50, 10, 1),
        }
        assert {key.source for key, _ in prepared.days} == {"google", "bing"}
        assert msgspec.to_builtins(prepared.read.amount) == {"EUR": "32.845"}

    def test_of_google_stands_between_titles_and_sums_and_parts_of_a_day_are_added(
        self, tmp_path: Path
    ) -> None:
        prepared = read(tmp_path, "google-ads", GOOGLE)
        assert told(prepared) == {
            ("2026-03-01", "Total look"): (124_500, 12_400, 323),
            ("2026-03-02", "Brand"): (0, None, None),
        }
        assert (prepared.read.lines, prepared.read.refused) == (3, 0)
        assert {(key.source, key.medium, key.campaign_id) for key, _ in prepared.days} == {
            ("google", "cpc", "111"),
            ("google", "cpc", "112"),
        }

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
    def test_is_read_in_the_encoding_and_with_the_delimiter_it_has(
        self, tmp_path: Path, encoding: str
    ) -> None:
        text = GOOGLE.replace("Cost", "Coût").replace(",", "\t").replace('"12\t345"', '"12,345"')
        text = text.replace('"1\t234.56"', '"1,234.56"').replace('"1\t245.00"', '"1,245.00"')
        text = text.replace('"12\t400"', '"12,400"')
        prepared = read(tmp_path, "google-ads", text.encode(encoding))
        assert prepared.read.stored == {"EUR": 124_500}

    def test_of_meta_has_its_currency_in_the_header_and_is_spread_over_its_days(self, tmp_path: Path) -> None:
        prepared = read(tmp_path, "meta-ads", META)
        assert told(prepared) == {
            ("2026-03-01", "Été"): (334, 234, 3),
            ("2026-03-02", "Été"): (334, 233, 3),
            ("2026-03-03", "Été"): (333, 233, 2),
            ("2026-03-05", "Été"): (100_000, 200, 1),
        }
        assert [each.code for each in prepared.refused] == ["campaign"], "a sum of all is nobody's campaign"
        assert {spent.currency for _, spent in prepared.days} == {"EUR"}

    @pytest.mark.parametrize(
        ("cells", "code"),
        [
            ("google,cpc,2026-02-30,a,1,1,1,EUR", "day"),
            ("google,cpc,,a,1,1,1,EUR", "day"),
            ("google,cpc,1999-12-31,a,1,1,1,EUR", "day"),
            (",cpc,2026-03-01,a,1,1,1,EUR", "source"),
            ("google,,2026-03-01,a,1,1,1,EUR", "medium"),
            ("google,cpc,2026-03-01,a,1,1,-1,EUR", "cost"),
            ("google,cpc,2026-03-01,a,1,1,NaN,EUR", "cost"),
            ("google,cpc,2026-03-01,a,1,1,1e999999,EUR", "cost"),
            ("google,cpc,2026-03-01,a,1,1,dear,EUR", "cost"),
            ("google,cpc,2026-03-01,a,1,1,1,euros", "currency"),
            ("google,cpc,2026-03-01,a,1,1,1,", "currency"),
            ("google,cpc,2026-03-01,a,1.5,1,1,EUR", "impressions"),
            ("google,cpc,2026-03-01,a,1,-1,1,EUR", "clicks"),
            ("google,cpc,2026-03-01,a,1,٣,1,EUR", "clicks"),
            (f"google,cpc,2026-03-01,{'a' * 301},1,1,1,EUR", "campaign"),
            ("google,cpc,2026-03-01,a\x07,1,1,1,EUR", "campaign"),
            ("google,cpc,2026-03-01,a,,,,EUR", "nothing"),
            ("google,cpc,2026-03-01,spring,1000,50,12.345,EUR", "repeated"),
            ("google,cpc,2026-03-01,spring,1,1,1,EUR", "repeated"),
            ("google,cpc,2026-03-01", "columns"),
        ],
    )
    def test_keeps_a_line_outside_that_says_nothing_sure(self, tmp_path: Path, cells: str, code: str) -> None:
        prepared = read(tmp_path, "ga4-costs", GA4 + cells + "\n")
        assert [each.code for each in prepared.refused] == [code]
        assert told(prepared) == told(read(tmp_path, "ga4-costs", GA4))

    @pytest.mark.parametrize(
        ("costs", "stored"),
        [
            (("1,234", "2,000"), 323_400),
            (("1,50", "2,00"), 350),
            (("1.234", "2.000"), 323_400),
            (("0.125", "2"), 212),
            (("1 234,56 €", "0,44 €"), 123_500),
            (("1,234,567", "--"), 123_456_700),
        ],
    )
    def test_tells_thousands_from_decimals(self, tmp_path: Path, costs: tuple[str, str], stored: int) -> None:
        lines = [f"google;cpc;2026-03-0{n + 1};a;1;{cost};EUR" for n, cost in enumerate(costs)]
        head = "utm_source;utm_medium;date;utm_campaign;clicks;cost;currency"
        assert read(tmp_path, "ga4-costs", "\n".join([head, *lines])).read.stored == {"EUR": stored}

    @pytest.mark.parametrize(
        "text",
        ["a,b,c\n1,2,3\n", "utm_source,utm_medium,cost,currency\n", "utm_source,date,cost\n", "Day,Cost\n"],
    )
    def test_is_refused_whole_where_columns_are_missing(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(MappingInvalid):
            read(tmp_path, "ga4-costs", text)


async def rows(connection: Connection) -> list[Any]:
    return [
        tuple(row)
        for row in await connection.fetch(
            "select id, day, campaign, currency, cost, impressions, clicks, batch_id, written_at"
            " from advertising_cost order by id"
        )
    ]


class TestWhatIsKept:
    async def test_changes_by_a_later_word_alone_and_each_word_can_be_taken_back_in_any_order(
        self, connection: Connection, house: dict[str, UUID], tmp_path: Path
    ) -> None:
        speaker = frame.principal_for("ads", brand="maison", stores=("lyon",))
        rng = random.Random(7)
        keys = [CostKey(date(2026, 3, 1 + n), "google", "cpc", "a", "", "", "") for n in range(6)]
        base = read(tmp_path, "ga4-costs", GA4)
        files = [
            msgspec.structs.replace(
                base,
                file_hash=f"hash {number}",
                days=tuple(
                    (key, Spent(currency="EUR", cost=rng.randrange(3))) for key in keys if rng.random() < 0.7
                ),
            )
            for number in range(3)
        ]

        async def take_in(file: cost_job.CostFile) -> UUID:
            result = await cost_job.run(connection, file, principal=speaker, clock=lambda: datetime.now(UTC))
            assert result.totals.new + result.totals.changed + result.totals.known == len(file.days)
            return result.batch_id

        async def take_back(batch: UUID) -> undoing.Undone:
            return await undoing.undo(connection, batch, principal=speaker, clock=lambda: datetime.now(UTC))

        for order in itertools.permutations(range(3)):
            batches, after = [], [await rows(connection)]
            for file in files:
                batches.append(await take_in(file))
                after.append(await rows(connection))
                before = await rows(connection)
                again = await cost_job.run(
                    connection, file, principal=speaker, clock=lambda: datetime.now(UTC)
                )
                assert again.totals.known == len(file.days)
                assert await rows(connection) == before, "the same file again changes nothing"
                await take_back(again.batch_id)
            for place, gone in enumerate(order):
                await take_back(batches[gone])
                left = [each for each in range(3) if each not in order[: place + 1]]
                if left == list(range(len(left))):
                    assert await rows(connection) == after[len(left)], f"{order} {left}"
            assert await rows(connection) == []
            assert await connection.fetchval("select count(*) from import_before where subject = 'cost'") == 0


class TestHeadOffice:
    async def test_brings_a_report_and_reads_what_it_came_to_beside_those_who_came(
        self, app: Litestar, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        henri = await asking(client, "henri")
        at = int(datetime(2026, 3, 2, 23, 30, tzinfo=UTC).timestamp() * 1000)
        await connection.execute(
            "update customer set origin = $1 where id = $2",
            {"channel": "web", "campaign": "spring", "at": at},
            house["anne"],
        )
        reply = await client.post(
            "/v1/imports",
            params={"mapping": "ga4-costs", "file_name": "ads.csv"},
            content=GA4.encode() + b"google,cpc,?,a,1,1,1,EUR\n",
            headers=henri._headers | {"content-type": "application/octet-stream"},
        )
        assert reply.status_code == 201, reply.text
        assert (reply.json()["lines"], reply.json()["dates"]) == (4, "iso")
        path = f"/imports/{reply.json()['import_id']}"
        rehearsed = (await ask(app, henri, path, "rehearse"))["rehearsed"]
        assert await rows(connection) == []
        done = await ask(app, henri, path, "apply")
        assert done["result"] == rehearsed["totals"]
        assert done["result"]["new"] == 3
        refused = (await henri.get(f"{path}/refused")).text.splitlines()
        assert refused[1].startswith("5,day,")

        async def costs(by: str, days: str = "first_day=2026-03-01&last_day=2026-03-02") -> list[Any]:
            found, more = [], ""
            while True:
                reply = await henri.get(f"/advertising-costs?{days}&by={by}&limit=1{more}")
                assert reply.status_code == 200, reply.text
                page = reply.json()
                found += page["data"]
                if not page["has_more"]:
                    return found
                more = f"&cursor={page['next_cursor']}"

        google = {"source": "google", "medium": "cpc", "currency": "EUR"}
        assert await costs("channel") == [
            {"source": "bing", "medium": "cpc", "currency": "EUR", "cost": 50, "impressions": 10, "clicks": 1,
             "customers": 0},
            google | {"cost": 3234, "impressions": 3000, "clicks": 110, "customers": 1,
                      "cost_per_customer": 3234},
        ]  # fmt: skip
        assert [(each["campaign"], each["customers"]) for each in await costs("campaign")] == [
            ("", 0),
            ("spring", 1),
        ]
        assert [(each["day"], each["source"], each["customers"]) for each in await costs("day")] == [
            ("2026-03-01", "bing", 0),
            ("2026-03-01", "google", 0),
            ("2026-03-02", "google", 1),
        ]
        assert await costs("channel", "first_day=2025-01-01&last_day=2025-02-01") == []
        for wrong in ("first_day=2026-03-02&last_day=2026-03-01", "first_day=2020-01-01&last_day=2026-01-01"):
            assert (await henri.get(f"/advertising-costs?{wrong}")).status_code == 422
        assert (await ask(app, henri, path, "undo"))["result"]["costs"] == 3
        assert await rows(connection) == []

    @pytest.mark.parametrize("who", ["ines", "adam"])
    async def test_alone_reads_whom_it_brought(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection, who: str
    ) -> None:
        await connection.execute(
            """
            insert into advertising_cost values (gen_random_uuid(), 'maison', 'ads', '2026-03-01', 'google',
              'cpc', '', '', '', '', 'EUR', 100, 1, 1, gen_random_uuid(), now())
            """
        )
        asked = await asking(client, who)
        reply = await asked.get("/advertising-costs?first_day=2026-03-01&last_day=2026-03-01")
        if who == "ines":
            assert reply.status_code == 403
        else:
            assert "customers" not in reply.json()["data"][0], "an administrator sees nothing of people"
        assert (
            await client.get("/v1/advertising-costs?first_day=2026-03-01&last_day=2026-03-01")
        ).status_code == 401
