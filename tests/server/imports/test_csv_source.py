import gzip
from pathlib import Path

import pytest

from server.imports.csv_source import (
    FileUnreadable,
    Line,
    detect,
    neutralised,
    parse_decimal,
    read_lines,
    require_distinct,
    require_table,
    restored,
)


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "lines.csv"
    path.write_bytes(content)
    return path


class TestDetect:
    @pytest.mark.parametrize(
        ("content", "encoding", "delimiter", "decimal"),
        [
            ("sku;prix\nSac élégant;12,50\n".encode(), "utf-8", ";", ","),
            ("sku;prix\nSac élégant;1 012,50\n".encode("cp1252"), "cp1252", ";", ","),
            ("sku,price\nbag,12.50\n".encode("utf-8-sig"), "utf-8-sig", ",", "."),
            (b"sku\tprice\nbag\t1,012.50\n", "utf-8", "\t", "."),
            (b"sku|price\nbag|12\n", "utf-8", "|", "."),
            (b"sku;prix\rSac;12,50\rSac;9,50\r", "utf-8", ";", ","),
            ("sku;prix\nSac élégant;12,50\n".encode("utf-16"), "utf-16", ";", ","),
            ("\ufeffsku;prix\rSac élégant;12,50\r".encode("utf-16-be"), "utf-16", ";", ","),
            (gzip.compress("sku\tprix\nSac élégant\t12,50\n".encode("utf-16"), mtime=0), "utf-16", "\t", ","),
        ],
    )
    def test_says_how_a_file_is_written(
        self, tmp_path: Path, content: bytes, encoding: str, delimiter: str, decimal: str
    ) -> None:
        found = detect(_file(tmp_path, content))

        assert (found.encoding, found.delimiter, found.decimal) == (encoding, delimiter, decimal)
        assert found.header[0] == "sku"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_reads_the_same_lines_however_they_are_written(
        self, tmp_path: Path, encoding: str, ending: str
    ) -> None:
        rows = ["nom;ville", "Éva;Orléans", 'Zoé;"Nîmes; Gard"', "René;Lyon"] * 3_000
        path = _file(tmp_path, ending.join([*rows, ""]).encode(encoding))

        lines = list(read_lines(path, detect(path)))

        assert len(lines) == len(rows) - 1
        assert [line.values for line in lines[:2]] == [["Éva", "Orléans"], ["Zoé", "Nîmes; Gard"]]

    def test_empties_columns_of_secrets_and_says_so(self, tmp_path: Path) -> None:
        path = _file(tmp_path, b"email,Password_Hash,rp_token\na@example.org,$2y$10$abc,t0ken\n")

        found = detect(path)

        assert found.dropped == ("Password_Hash", "rp_token")
        assert list(read_lines(path, found)) == [Line(2, ["a@example.org", "", ""])]

    def test_takes_nul_bytes_for_no_text(self, tmp_path: Path) -> None:
        path = _file(tmp_path, b"a;b\n1;x\x00y\n2;z\n")

        assert [line.broken for line in read_lines(path, detect(path))] == ["encoding", None]

    @pytest.mark.parametrize(
        "header",
        [
            ";".join(f"c{n}" for n in range(100_000)),
            ";".join("a long name of a column" for _ in range(100_000)),
            'a;"b never closed',
            "a;b\x07",
        ],
    )
    def test_refuses_a_header_that_is_none(self, tmp_path: Path, header: str) -> None:
        with pytest.raises(FileUnreadable):
            detect(_file(tmp_path, f"{header}\n1;2\n".encode()))

    def test_keeps_utf8_when_one_byte_of_many_lines_is_bad(self, tmp_path: Path) -> None:
        path = _file(tmp_path, "nom;ville\nÉva;Orléans\nZoé;Nîmes\n".encode() + b"Ren\xe9;Lyon\n")

        found = detect(path)

        assert found.encoding == "utf-8"
        assert [line.broken for line in read_lines(path, found)] == [None, None, "encoding"]

    def test_refuses_a_file_without_a_header(self, tmp_path: Path) -> None:
        with pytest.raises(FileUnreadable):
            detect(_file(tmp_path, b""))

    def test_refuses_a_compressed_file_cut_short(self, tmp_path: Path) -> None:
        whole = gzip.compress(b"a,b\n" + b"1,2\n" * 5000)
        with pytest.raises(FileUnreadable):
            detect(_file(tmp_path, whole[: len(whole) // 2]))


class TestReadLines:
    def test_reads_compressed_files_as_others(self, tmp_path: Path) -> None:
        path = _file(tmp_path, gzip.compress(b"a,b\n1,2\n"))

        found = detect(path)

        assert found.compressed
        assert list(read_lines(path, found)) == [Line(2, ["1", "2"])]

    def test_goes_on_after_every_kind_of_broken_line(self, tmp_path: Path) -> None:
        path = _file(
            tmp_path,
            b'a;b;c\n1;"two\nlines";x\n2;5" nails;x\n3;"never closed;x\n4;x\n\n5;x;y;z\n6;x;y\n',
        )

        lines = list(read_lines(path, detect(path)))

        assert [(line.number, line.broken) for line in lines] == [
            (2, None),
            (4, None),
            (5, "quote"),
            (6, "columns"),
            (8, "columns"),
            (9, None),
        ]
        assert lines[0].values[1] == "two\nlines"
        assert lines[1].values[1] == '5" nails'


class TestParseDecimal:
    @pytest.mark.parametrize(
        ("text", "decimal", "plain"),
        [("1 234,50", ",", "1234.50"), ("1.234,50", ",", "1234.50"), ("1,234.50", ".", "1234.50")],
    )
    def test_leaves_out_thousands_separators(self, text: str, decimal: str, plain: str) -> None:
        assert parse_decimal(text, decimal) == plain


class TestNeutralised:
    @pytest.mark.parametrize("cell", ["=1+1", "+cmd|x", "@SUM(A1)", "-2+3", "\tx"])
    def test_disarms_a_formula_and_gives_it_back(self, cell: str) -> None:
        assert neutralised(cell).startswith("'")
        assert restored(neutralised(cell)) == cell

    @pytest.mark.parametrize("cell", ["-12", "-11062.06", "+33612345678", "Anna", "d'Arc", "'s Gravenhage"])
    def test_leaves_numbers_and_words_alone(self, cell: str) -> None:
        assert neutralised(cell) == cell
        assert restored(cell) == cell


class TestANastyFile:
    @pytest.mark.parametrize("form", ["utf-16-le", "utf-16-be"])
    def test_in_wide_letters_is_read_without_their_mark(self, tmp_path: Path, form: str) -> None:
        path = tmp_path / "table.csv"
        path.write_bytes("No;Nom\r\n1;Lefèvre\r\n2;Nguyễn\r\n".encode(form))
        require_table(path, most_bytes=1 << 20)
        found = detect(path)
        assert (found.encoding, found.header) == ("utf-16", ("No", "Nom"))
        assert [line.values for line in read_lines(path, found)] == [["1", "Lefèvre"], ["2", "Nguyễn"]]

    def test_with_its_header_twice_takes_nobody_for_a_person(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("No; Nom ;Ville\n1;Roux;Lyon\nNo;Nom;Ville\nNo;Poe;Ville\n", "utf-8")
        lines = list(read_lines(path, detect(path)))
        assert [(line.number, line.broken) for line in lines] == [(2, None), (3, "header"), (4, None)]

    def test_calls_columns_without_a_name_by_their_place(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("No;Nom;;Ville;\n1;Roux;x;Lyon;y\n", "utf-8")
        found = detect(path)
        assert found.header == ("No", "Nom", "column 3", "Ville", "column 5")
        assert [line.values for line in read_lines(path, found)] == [["1", "Roux", "x", "Lyon", "y"]]

    def test_says_which_name_two_columns_have(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("No;Nom;Nom\n1;A;B\n", "utf-8")
        with pytest.raises(FileUnreadable, match=r"two columns of one name: Nom"):
            require_distinct(detect(path), path.name)

    def test_loses_only_the_line_of_a_cell_of_five_million_letters(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        for mark in ("", '"'):
            path.write_text(f"No;Nom\n1;Roux\n2;{mark}{'x' * 5_000_000}{mark}\n3;Poe\n", "utf-8")
            lines = list(read_lines(path, detect(path)))
            assert [line.values for line in lines if line.broken is None] == [["1", "Roux"], ["3", "Poe"]]
            assert {line.number for line in lines if line.broken} == {3}
