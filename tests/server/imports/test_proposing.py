"""A mapping proposed for a file that nobody wrote one for."""

from pathlib import Path

import msgspec
import pytest

from server.cli import main
from server.imports import customer_mapping, mapping
from server.imports.csv_source import FileUnreadable
from server.imports.proposing import Proposal, propose
from server.imports.table_file import SHIPPED, looked_over
from tests.server.imports.test_shipped_mappings import FULL

FRENCH = """N° client;Civilité;Nom;Prénom;Courriel;Tél. portable;Tél. fixe;Adresse;Complément;CP;Ville;Pays;\
Date de naissance;Newsletter;Ne pas appeler;Commentaires;CA total;Pointure
1;Mme;Durand;Zoé;zoe@example.org;06 12 34 56 78;;1 rue A;Bât. B;69003;Lyon;France;31/12/1980;oui;non;bleu;\
120,50;38
2;M.;Nguyễn;Văn An;an@example.org;07 12 34 56 78;01 45 67 89 10;2 rue B;;75011;Paris;;1/2/1990;non;oui;;\
12,00;42
"""
ENGLISH = """First Name,Last Name,E-mail address,Mobile,Landline,Zip code,Town,DOB,Opted out of SMS,\
Marketing opt-in
Ann,Reed,ann@example.org,+447911123456,,N1 9GU,London,1980-12-31,no,yes
Joe,Poe,joe@example.org,,+442079460018,SW1A 1AA,London,1990-02-01,yes,no
"""
CONTACTS = """First Name,Last Name,Company,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phones 1 Phone,\
Phones 2 Phone,Phones 3 Phone,Id,Addresses 1 Street,Addresses 1 Street 2,Addresses 1 Zip/Postal Code,\
Addresses 1 City,Addresses 1 Country ISO2 code,Addresses 2 Street,Addresses 2 City,Home Country/Region
Ann,Reed,,Home,ann@example.org,reed@example.org,585-255-1127,914-412-0298,310-430-7876,,1 Mill Ln,Flat 2,\
N1 9GU,London,GB,2 Elm St,Leeds,
Joe,Poe,,Home,joe@example.org,,,,,,,,,,,,,
"""
SALES = """Ticket n°;Date;Référence article;Désignation;Qté;Prix unitaire TTC;N° client
T1;25/12/2025 10:30;BAG-1;Sac;1;1 250,00;7
T2;26/12/2025 11:00;BELT;Ceinture;2;80,50;
"""


def proposed(folder: Path, text: str, name: str = "old-till.csv") -> Proposal:
    path = folder / name
    path.write_text(text, "utf-8")
    return propose(path)


def fields(proposal: Proposal) -> dict[str, str | None]:
    return {each.column: each.field for each in proposal.columns if each.field is not None}


def left(proposal: Proposal) -> dict[str, str | None]:
    return {each.column: each.left_out for each in proposal.columns if each.left_out is not None}


class TestAProposal:
    def test_reads_a_french_header(self, tmp_path: Path) -> None:
        found = proposed(tmp_path, FRENCH)
        assert (found.kind, found.complete, found.mapping["source"]) == ("customers", True, "old-till")
        assert found.mapping["columns"] == {
            "id": "N° client",
            "title": "Civilité",
            "given_name": ["Prénom"],
            "family_name": ["Nom"],
            "email": "Courriel",
            "phone": "Tél. portable",
            "other_phone": "Tél. fixe",
            "street": ["Adresse", "Complément"],
            "postal_code": "CP",
            "city": "Ville",
            "country": "Pays",
            "birth_date": "Date de naissance",
        }
        assert found.mapping["withdrawn"] == [
            {"column": "Ne pas appeler", "words": ["oui"], "channels": ["phone"]}
        ]
        assert left(found) == {
            "Newsletter": "proves_nothing",
            "Commentaires": "free_text",
            "CA total": "adds_up",
            "Pointure": "unnamed",
        }

    def test_reads_the_first_of_what_a_contact_has_several_of_and_no_number_where_all_are_empty(
        self, tmp_path: Path
    ) -> None:
        found = proposed(tmp_path, CONTACTS)
        assert found.complete
        assert found.mapping["columns"] == {
            "id": "E-mail 1 - Value",
            "given_name": ["First Name"],
            "family_name": ["Last Name"],
            "email": "E-mail 1 - Value",
            "phone": "Phones 1 Phone",
            "other_phone": "Phones 2 Phone",
            "street": ["Addresses 1 Street", "Addresses 1 Street 2"],
            "postal_code": "Addresses 1 Zip/Postal Code",
            "city": "Addresses 1 City",
            "country": "Addresses 1 Country ISO2 code",
            "organization": "Company",
        }

    def test_reads_an_english_header_and_takes_the_mail_where_no_column_is_a_number(
        self, tmp_path: Path
    ) -> None:
        found = proposed(tmp_path, ENGLISH)
        assert found.complete and found.mapping["columns"]["id"] == "E-mail address"
        assert found.mapping["withdrawn"] == [
            {"column": "Opted out of SMS", "words": ["yes"], "channels": ["sms"]}
        ]
        assert left(found) == {"Marketing opt-in": "proves_nothing"}
        assert any("France" in remark for remark in found.remarks)

    def test_is_a_mapping_as_it_stands(self, tmp_path: Path) -> None:
        for text in (FRENCH, ENGLISH):
            found = proposed(tmp_path, text)
            document = tmp_path / "proposed.json"
            document.write_bytes(msgspec.json.encode(found.mapping))
            assert looked_over(tmp_path / "old-till.csv", document, store=None).lines == 2
        assert customer_mapping.load(document).source == "old-till"

    def test_reads_order_lines_and_asks_for_the_currency(self, tmp_path: Path) -> None:
        found = proposed(tmp_path, SALES)
        assert (found.kind, found.complete) == ("order-lines", False)
        assert found.mapping["columns"] == {
            "order": "Ticket n°",
            "at": "Date",
            "sku": "Référence article",
            "title": "Désignation",
            "quantity": "Qté",
            "unit_price": "Prix unitaire TTC",
            "customer": "N° client",
        }
        assert found.mapping["formats"] == {"at": "%d/%m/%Y %H:%M"}
        (question,) = found.questions
        assert "currency" in question
        answered = found.mapping | {"constants": {"currency": "EUR"}}
        assert msgspec.convert(answered, mapping.Mapping).columns.order == "Ticket n°"

    @pytest.mark.parametrize("name", sorted(FULL))
    def test_knows_the_files_of_known_systems(self, tmp_path: Path, name: str) -> None:
        assert proposed(tmp_path, FULL[name]).shipped == name
        assert (SHIPPED / f"{name}.toml").exists()

    def test_is_not_of_a_known_system_for_a_few_common_names(self, tmp_path: Path) -> None:
        assert proposed(tmp_path, "email,firstname,lastname\na@example.org,A,B\n").shipped is None

    @pytest.mark.parametrize(
        ("text", "column", "field"),
        [
            ("No;Nom;Contact 1\n1;Roux;anne@example.org\n2;Poe;joe@example.org\n", "Contact 1", "email"),
            ("No;Nom;Joindre\n1;Roux;06 12 34 56 78\n2;Poe;+44 7911 123456\n", "Joindre", "phone"),
            ("No;Nom\n1;Anne Roux\n2;Joe Poe\n", "Nom", "full_name"),
            ("No;Nom;Prenoms;Ville;Pays\n1;Roux;Anne;Lyon;FR\n", "Prenoms", "given_name"),
            ("No;Name;First name\n1;Roux;Anne\n", "Name", "family_name"),
            ("No;Name\n1;Anne Roux\n", "Name", "full_name"),
            ("No;Nom;Date de naisance\n1;Roux;31/12/1980\n", "Date de naisance", "birth_date"),
        ],
    )
    def test_goes_by_what_a_column_holds_and_by_slips_of_names(
        self, tmp_path: Path, text: str, column: str, field: str
    ) -> None:
        assert fields(proposed(tmp_path, text))[column] == field

    def test_doubts_a_column_that_holds_something_else_than_it_says(self, tmp_path: Path) -> None:
        found = proposed(tmp_path, "No;Nom;Email;Tel\n1;Roux;oui;non\n2;Poe;non;oui\n")
        assert fields(found) == {"No": "id", "Nom": "family_name"}
        assert [each.column for each in found.columns if each.doubt] == ["Email", "Tel"]

    @pytest.mark.parametrize(
        ("header", "values"),
        [
            ("Newsletter", "oui non"),
            ("Accepts Marketing", "yes no"),
            ("Consentement e-mail", "1 0"),
            ("opt_in", "true false"),
            ("Abonné", "1 0"),
            ("RGPD", "ok ko"),
            ("Opt-out", "in out"),
            ("Stop SMS", "2025-01-01 jamais"),
            ("Marketing", "A B"),
            ("Email marketing", "yes no"),
        ],
    )
    def test_says_no_yes_and_no_no_by_an_unclear_column(
        self, tmp_path: Path, header: str, values: str
    ) -> None:
        one, other = values.split()
        found = proposed(tmp_path, f"No;Nom;{header}\n1;Roux;{one}\n2;Poe;{other}\n")
        assert "withdrawn" not in found.mapping
        assert header not in fields(found) and header in left(found)

    def test_asks_what_tells_rows_apart_and_how_days_are_written(self, tmp_path: Path) -> None:
        found = proposed(tmp_path, "Nom;Prénom;Né le\nRoux;Anne;1/2/1980\nRoux;Anne;3/4/1981\n")
        assert not found.complete and len(found.questions) == 2
        again = proposed(tmp_path, "No;Nom\n1;Roux\n1;Poe\n")
        assert not again.complete and "No is empty or the same in 1 rows" in again.questions[0]

    def test_names_no_person(self, tmp_path: Path) -> None:
        told = msgspec.json.encode(proposed(tmp_path, FRENCH)).decode()
        assert not any(word in told for word in ("Durand", "zoe@", "06 12", "Lyon", "1980"))

    @pytest.mark.parametrize("text", ["", "\n", "a;a\n1;2\n"])
    def test_is_refused_for_what_is_no_table(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(FileUnreadable):
            proposed(tmp_path, text)

    def test_is_kept_by_the_console_and_never_over_another(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path, kept = tmp_path / "people.csv", tmp_path / "people.json"
        path.write_text(FRENCH, "utf-8")
        asked = ["import", str(path), "--keep-mapping", str(kept)]
        assert main(asked) == 0
        said = capsys.readouterr().out
        assert "nothing was written" in said and "Newsletter" in said and "Durand" not in said
        assert customer_mapping.load(kept).columns.id == "N° client"
        before = kept.read_bytes()
        assert main(asked) != 0
        assert kept.read_bytes() == before
