"""Search by what is typed, on made names, straight over the tables."""

from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from schemas.identity import deletions, tokens
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens, Level, lens_of
from server.customers.forms import card_form, email_form, phone_form
from server.customers.search import contact_forms, find
from server.database.pool import Connection

pytestmark = pytest.mark.anyio

LYON, PARIS = "store:lyon", "store:paris"
PEOPLE = [
    ("Éloïse", "Lefèvre", "Lyon", "+33612345678", "eloise.lefevre@example.org", "MB000001"),
    ("Élodie", "Lefebvre", "Lyon", None, None, None),
    ("Jean-Baptiste", "Dupont-Moretti", "Lyon", None, None, None),
    ("Jean", "Dupont", "Villeurbanne", None, None, None),
    ("Jean", "Dupond", "Lyon", None, None, None),
    ("François", "Nguyễn", "Caluire", None, None, None),
    ("Zoé", "D'Hérouville", "Lyon", None, None, None),
    ("Martin", "Bernard", "Lyon", None, None, None),
    ("Bernard", "Martin", "Lyon", None, None, None),
]


def lens(role: Role = Role.SELLER) -> Lens:
    return lens_of(DEFAULT_POLICY, role, person=str(uuid4()), stores=["lyon"])


async def insert(connection: Connection, scope: str, person: tuple[str | None, ...]) -> UUID:
    given, family, town, phone, email, card = person
    customer_id = uuid4()
    await connection.execute(
        "insert into customer (id, given_name, family_name, town, brand) values ($1, $2, $3, $4, 'maison')",
        customer_id,
        given,
        family,
        town,
    )
    await connection.execute(
        """
        with place as (
            insert into scope (key) values ($1)
            on conflict (key) do update set key = excluded.key returning id)
        insert into member (scope, record_id, kind, state) select id, $2, 1, 1 from place
        """,
        scope,
        customer_id,
    )
    words = tokens(given, family)
    await connection.execute(
        "insert into customer_search (customer_id, tokens) values ($1, $2)", customer_id, list(words)
    )
    for word in words:
        await connection.execute("insert into name_token values ($1) on conflict do nothing", word)
        for variant in deletions(word):
            await connection.execute(
                "insert into name_token_delete values ($1, $2) on conflict do nothing", variant, word
            )
    forms = {
        "phone": phone and phone_form(phone),
        "email": email and email_form(email),
        "card": card and card_form(card),
    }
    for kind, form in forms.items():
        if form:
            await connection.execute(
                "insert into contact_point (kind, normalised, customer_id) values ($1, $2, $3)",
                kind,
                form,
                customer_id,
            )
    return customer_id


@pytest.fixture
async def people(connection: Connection) -> dict[str, UUID]:
    found = {f"{person[0]} {person[1]}": await insert(connection, LYON, person) for person in PEOPLE}
    found["Paris"] = await insert(
        connection, PARIS, ("Éloïse", "Lefèvre", "Paris", "+33699999999", None, "MB000002")
    )
    return found


async def names(connection: Connection, text: str, people: dict[str, UUID], **more: object) -> list[str]:
    by_id = {customer_id: name for name, customer_id in people.items()}
    seen = more.get("lens") or lens()
    assert isinstance(seen, Lens)
    hits = await find(connection, text, scopes=[LYON], lens=seen, limit=20)
    return [by_id[hit.customer_id] for hit in hits]


class TestFind:
    TYPED: ClassVar[list[tuple[str, str]]] = [
        ("Éloïse Lefèvre", "Éloïse Lefèvre"),
        ("eloise lefevre", "Éloïse Lefèvre"),
        ("LEFEVRE Eloise", "Éloïse Lefèvre"),
        ("lefevre elo", "Éloïse Lefèvre"),
        ("eloise lefevr", "Éloïse Lefèvre"),
        ("elosie lefevre", "Éloïse Lefèvre"),
        ("eloize lefevre", "Éloïse Lefèvre"),
        ("lefebvre", "Élodie Lefebvre"),
        ("dupont-moretti", "Jean-Baptiste Dupont-Moretti"),
        ("moretti jean baptiste", "Jean-Baptiste Dupont-Moretti"),
        ("jean dupont", "Jean Dupont"),
        ("jean dupond", "Jean Dupond"),
        ("dupont villeurbanne", "Jean Dupont"),
        ("nguyen", "François Nguyễn"),
        ("ngyuen francois", "François Nguyễn"),
        ("d herouville", "Zoé D'Hérouville"),
        ("herouvile", "Zoé D'Hérouville"),
        ("heruovi", "Zoé D'Hérouville"),
        ("martin bernard", "Martin Bernard"),
        ("bernard martin", "Bernard Martin"),
    ]

    async def test_puts_the_person_meant_first(self, connection: Connection, people: dict[str, UUID]) -> None:
        for typed, first in self.TYPED:
            assert (await names(connection, typed, people))[0] == first, typed

    async def test_finds_nobody_for_what_names_nobody(
        self, connection: Connection, people: dict[str, UUID]
    ) -> None:
        for typed in ("lfe", "xyzzy", "%", "", "   ", "'; drop table customer; --"):
            assert await names(connection, typed, people) == [], typed

    async def test_finds_by_the_exact_contact_or_card(
        self, connection: Connection, people: dict[str, UUID]
    ) -> None:
        for typed in ("06 12 34 56 78", "ELOISE.LEFEVRE@example.org", "mb 000-001"):
            assert await names(connection, typed, people) == ["Éloïse Lefèvre"], typed

    async def test_never_finds_a_customer_of_another_scope(
        self, connection: Connection, people: dict[str, UUID]
    ) -> None:
        for typed in ("06 99 99 99 99", "MB000002"):
            assert await names(connection, typed, people) == [], typed

    async def test_does_not_search_a_field_the_role_may_not_see(
        self, connection: Connection, people: dict[str, UUID]
    ) -> None:
        blind = lens(Role.ADMINISTRATOR)

        assert await names(connection, "06 12 34 56 78", people, lens=blind) == []
        assert await names(connection, "eloise", people, lens=blind) == []

    async def test_does_not_find_by_a_hidden_town(
        self, connection: Connection, people: dict[str, UUID]
    ) -> None:
        full = lens()
        townless = Lens(
            role=full.role,
            policy_version=1,
            levels={field: level for field, level in full.levels.items() if field != "town"},
            groups=full.groups,
        )

        with_town = await names(connection, "dupont villeurbanne", people)
        without = await names(connection, "dupont villeurbanne", people, lens=townless)
        other = await names(connection, "dupont marseille", people, lens=townless)

        assert with_town[0] == "Jean Dupont"
        assert without == other


class TestContactForms:
    def test_lets_a_masked_field_be_searched_by_its_whole_value_only(self) -> None:
        assert lens().levels["phone"] == Level.MASKED
        assert contact_forms("06 12 34 56 78", lens()) == [
            ("phone", "+33612345678"),
            ("card", "0612345678"),
        ]
        assert contact_forms("12 34 56", lens()) == [("card", "123456")]
