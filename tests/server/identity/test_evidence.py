"""What speaks for two records being one person."""

from typing import Any

import pytest

from server.identity.clusters import MERGE, REVIEW, resolve
from server.identity.evidence import compare
from server.identity.frequencies import Frequencies
from server.identity.likeness import alike
from server.identity.person import Person, make
from sync.names import is_short_form, sound_of

HOME = {"house": "12", "street": "rue des Lilas", "postcode": "69003", "town": "Lyon"}


def aurelie(**other: Any) -> Person:
    told = {"given": "Aurélie", "family": "Lefèvre", "born": "1984-03-12", "emails": ["aurelie@example.com"]}
    return make(**(told | other))


def bits(one: Person, other: Person) -> float:
    """Return what a town of other people makes of a pair, beyond chance."""
    known = Frequencies()
    for person in (one, other):
        known.add(person)
    return compare(one, other, known).bits - known.chance


class TestNames:
    @pytest.mark.parametrize(
        ("one", "other", "how"),
        [
            ("lefevre", "lefevre", "same"),
            ("bob", "robert", "short"),
            ("b", "robert", "initial"),
            ("lefevre", "lefebvre", "slip"),
            ("philippot", "filipo", "sounds"),
            ("gauthier", "gautier", "slip"),
            ("martin", "durand", "differs"),
        ],
    )
    def test_agree_in_the_ways_people_write_them(self, one: str, other: str, how: str) -> None:
        assert alike(one, other) == how
        assert alike(other, one) == how

    def test_sound_as_they_are_heard(self) -> None:
        assert sound_of("moreau") == sound_of("moro")
        assert sound_of("dupont") != sound_of("durand")

    def test_have_short_forms(self) -> None:
        assert is_short_form("manu", "emmanuel")
        assert not is_short_form("marie", "paul")

    def test_of_other_scripts_compare(self) -> None:
        one = make(family="王杰", born="1993-09-14")
        other = make(given="Jie", family="Wang", born="1993-09-14")
        assert bits(one, other) >= MERGE


class TestEvidence:
    @pytest.mark.parametrize(
        "other",
        [
            aurelie(family="Lefebvre"),
            aurelie(given="Aurelie", family="LEFEVRE", emails=[]),
            aurelie(born="1984-12-03"),  # day and month changed places
            make(given="Lefèvre", family="Aurélie", born="1984-03-12"),  # names changed places
            aurelie(family="Lefèvre-Martin", born=None),  # married
        ],
        ids=["slip", "accents", "date turned", "names turned", "married"],
    )
    def test_joins_one_person(self, other: Person) -> None:
        assert bits(aurelie(), other) >= MERGE

    @pytest.mark.parametrize(
        "other",
        [
            make(given="Aurélie", family="Lefèvre"),  # a name alone
            make(given="Paul", family="Lefèvre", born="1984-03-12"),  # a namesake of the same day
            make(given="Aurélie", family="Lefèvre", born="1951-07-02"),  # mother and daughter
        ],
        ids=["name alone", "same day", "generations"],
    )
    def test_does_not_join_by_itself(self, other: Person) -> None:
        assert bits(make(given="Aurélie", family="Lefèvre", born="1984-03-12"), other) < MERGE

    def test_keeps_a_family_at_one_address_apart(self) -> None:
        mother = make(given="Claire", family="Roux", born="1979-05-02", emails=["roux@example.com"], **HOME)
        child = make(given="Hugo", family="Roux", born="2007-10-30", emails=["roux@example.com"], **HOME)
        assert bits(mother, child) < REVIEW

    def test_asks_a_person_about_twins(self) -> None:
        one = make(given="Marc", family="Roux", born="1997-09-28", emails=["roux@example.com"], **HOME)
        other = make(given="Lucie", family="Roux", born="1997-09-28", emails=["roux@example.com"], **HOME)
        assert REVIEW <= bits(one, other) < MERGE

    def test_tells_colleagues_apart_who_share_the_desk_of_a_house(self) -> None:
        desk = {"emails": ["info@lefevre.example"], "phones": ["0478000000"]}
        assert (
            bits(make(given="Anna", family="Roux", **desk), make(given="Annabelle", family="Roux", **desk))
            < MERGE
        )
        own = {"emails": ["a.roux@lefevre.example"], "phones": ["0478000000"]}
        assert (
            bits(make(given="Anna", family="Roux", **own), make(given="Anna", family="Roux", **own)) >= MERGE
        )

    @pytest.mark.parametrize(
        ("street", "place"),
        [
            ("Tour Lumière, 129 rue Servient", {"postcode": "69003"}),
            ("01-11 Tour Lumière, 129 rue Servient, 69003 Lyon", {}),
        ],
        ids=["the building named", "in one piece"],
    )
    def test_knows_one_door_however_it_is_written(self, street: str, place: dict[str, str]) -> None:
        plain = make(
            given="Ysaline", family="Quertinmont", street="129 rue Servient", postcode="69003", town="Lyon"
        )
        assert bits(plain, make(given="Ysaline", family="Quertinmont", street=street, **place)) >= MERGE
        elsewhere = make(
            given="Ysaline",
            family="Quertinmont",
            street=street.replace("6900", "3300").replace("Lyon", "Bordeaux"),
            **(place and {"postcode": "33000"}),
        )
        assert bits(plain, elsewhere) < bits(
            plain, make(given="Ysaline", family="Quertinmont", street=street, **place)
        )

    def test_takes_no_digits_of_a_phone_for_a_house(self) -> None:
        assert make(phones=["+33698765432"], street="rue des Lilas").house == ""
        assert make(phones=["+33698765432"], street="12 rue des Lilas").house == "12"

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            # Nothing but a rare name in common.
            (make(given="Ysaline", family="Quertinmont"), make(given="Ysaline", family="Quertinmont")),
            (
                make(given="Ysaline", family="Quertinmont", born="1984-03-12", postcode="69003"),
                make(given="Ysaline", family="Quertinmont", born="1951-11-02", postcode="13001"),
            ),
            # Sisters on one birthday, who share even the phone.
            (
                make(given="Ysaline", family="Quertinmont", born="1984-03-12", phones=["0698765432"]),
                make(given="Margaux", family="Quertinmont", born="1984-03-12", phones=["0698765432"]),
            ),
            # Father and son of one name at one address.
            (
                make(given="Jean", family="Roux", born="1950-03-12", street="12 rue X", postcode="69003"),
                make(given="Jean", family="Roux", born="1984-07-01", street="12 rue X", postcode="69003"),
            ),
        ],
    )
    def test_leaves_namesakes_and_relatives_to_a_person(self, one: Person, other: Person) -> None:
        assert bits(one, other) < MERGE

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"given": "Susan", "family": "Meyer"}, {"given": "Susan Meyer", "family": "Thomas"}),
            ({"given": "Aurélie", "family": "Price"}, {"given": "Aurélie", "family": "Pcire"}),
            ({"given": "Faisal", "family": "Siddiqui"}, {"given": "فيصل", "family": "صديقي"}),
            ({"given": "Roux", "family": "Aurélie"}, {"given": "Aurelie", "family": "Roux"}),
        ],
    )
    def test_knows_her_by_a_former_a_mistyped_and_a_transcribed_name(
        self, one: dict[str, str], other: dict[str, str]
    ) -> None:
        beside = {"born": "1984-03-12", "phones": ["0698765432"]}
        assert bits(make(**one, **beside), make(**other, **beside)) >= MERGE

    def test_knows_her_by_a_birth_date_with_day_and_month_in_turn(self) -> None:
        one = make(given="Anne", family="Roux", born="1984-03-12", emails=["a.roux@example.org"])
        other = make(given="Anne", family="Roux", born="1984-12-03", emails=["a.roux@example.org"])
        assert bits(one, other) >= MERGE

    def test_tells_junior_from_senior(self) -> None:
        one = make(given="David", family="Dobbins Jr", **HOME)
        other = make(given="David", family="Dobbins Sr", **HOME)
        assert bits(one, other) < REVIEW

    def test_names_its_reasons(self) -> None:
        known = Frequencies()
        found = compare(aurelie(), aurelie(family="Lefebvre"), known).findings
        assert {(each.field, each.found) for each in found} >= {
            ("given", "same"), ("family", "slip"), ("birth_date", "same"), ("email", "same"),
        }  # fmt: skip

    def test_does_not_depend_on_the_order(self) -> None:
        one, other = aurelie(), aurelie(family="Lefebvre", born="1984-12-03", **HOME)
        assert bits(one, other) == bits(other, one)


class TestResolution:
    def test_joins_through_a_third_record(self) -> None:
        people = [
            aurelie(emails=[]),
            aurelie(),
            make(given="Aurélie", family="L", emails=["aurelie@example.com"]),
            make(given="Paul", family="Martin", born="1970-01-05"),
        ]
        clusters = resolve(people).cluster
        assert len({clusters[0], clusters[1], clusters[2]}) == 1
        assert clusters[3] not in clusters[:3]

    def test_leaves_a_record_that_fits_two_people_to_a_person(self) -> None:
        father = make(given="John", family="Smith", born="1950-10-10", **HOME)
        son = make(given="John", family="Smith", born="1990-03-15", **HOME)
        unknown = make(given="John", family="Smith", **HOME)
        resolution = resolve([father, son, unknown])
        assert len(set(resolution.cluster)) == 3
        assert {pair for pair in resolution.review if 2 in pair} == {(0, 2), (1, 2)}

    def test_does_not_join_an_office_by_its_address(self) -> None:
        office = [
            make(given=name, family=family, emails=["info@example.com"])
            for name, family in (
                ("Anna", "Keller"), ("Bruno", "Petit"), ("Chloé", "Morel"), ("Denis", "Faure"),
                ("Eva", "Blanc"), ("Franck", "Noir"), ("Gaëlle", "Roche"),
            )
        ]  # fmt: skip
        assert len(set(resolve(office).cluster)) == len(office)
