from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from server.imports import mapping as mappings
from server.imports.mapping import MappingInvalid, load, missing_columns, parse_instant

EXAMPLE = Path(mappings.__file__).parent / "mappings" / "uci-online-retail.toml"


def _toml(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text)
    return path


COLUMNS = '[columns]\norder="o"\nsku="s"\nquantity="q"\nunit_price="p"\nat="d"\n'


class TestLoad:
    def test_reads_the_example_that_is_shipped(self) -> None:
        assert load(EXAMPLE).source == "uci-online-retail"

    def test_reads_json_as_toml(self, tmp_path: Path) -> None:
        path = tmp_path / "mapping.json"
        path.write_text(
            '{"source":"x1","columns":{"order":"o","sku":"s","quantity":"q","unit_price":"p","at":"d"},'
            '"constants":{"currency":"EUR"}}'
        )

        assert load(path).columns.order == "o"

    @pytest.mark.parametrize(
        "text",
        [
            "not toml at all [",
            'source = "x1"\n',
            f'source = "x1"\n{COLUMNS}',
            f'source = "x1"\ntypo = 1\n{COLUMNS}[constants]\ncurrency = "EUR"\n',
            f'source = "No Spaces"\n{COLUMNS}[constants]\ncurrency = "EUR"\n',
            f'source = "x1"\n{COLUMNS}[constants]\ncurrency = "EUR"\n[formats]\ntime_zone = "Mars/Base"\n',
            f'source = "x1"\nkind = "customers"\n{COLUMNS}[constants]\ncurrency = "EUR"\n',
        ],
    )
    def test_refuses_what_cannot_be_meant(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(MappingInvalid):
            load(_toml(tmp_path, text))


class TestMissingColumns:
    def test_names_what_the_file_lacks(self) -> None:
        assert missing_columns(load(EXAMPLE), ("InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice")) == [
            "StockCode",
            "Description",
            "CustomerID",
        ]


class TestParseInstant:
    def test_reads_local_time_of_the_source(self) -> None:
        winter = parse_instant("2026-01-10 10:00:00", form="%Y-%m-%d %H:%M:%S", zone=ZoneInfo("Europe/Paris"))
        summer = parse_instant("10/07/2026 10:00", form="%d/%m/%Y %H:%M", zone=ZoneInfo("Europe/Paris"))

        assert winter == 1768035600000
        assert summer % 86_400_000 == 8 * 3_600_000

    @pytest.mark.parametrize("text", ["2026-13-01 10:00:00", "10/01/2026", "", "1066-10-14 09:00:00"])
    def test_refuses_what_is_no_instant(self, text: str) -> None:
        with pytest.raises(ValueError):
            parse_instant(text, form="%Y-%m-%d %H:%M:%S", zone=ZoneInfo("UTC"))
