"""A refusal says in words what a value has to be: no regular expression, no list left to be guessed."""

from typing import Any

import httpx
import pytest

from schemas.consent import ContactChannel, Limit
from schemas.customer import FIELDS
from schemas.staff import ROLES
from schemas.visibility import Level
from server.api_document import WORDS, api_document
from server.app import create_app
from server.database.pool import Connection
from server.rule_words import allowed_at, one_of, rule_of
from server.settings import Settings
from tests.server.people import hire_everybody
from tests.server.rest.house import Asking, asking

SOMEBODY = "018f0000-0000-7000-8000-00000000aaaa"


def patterns_in(document: Any) -> set[str]:
    if isinstance(document, dict):
        own = {document["pattern"]} if isinstance(document.get("pattern"), str) else set()
        return own.union(*map(patterns_in, document.values()))
    if isinstance(document, list):
        return set().union(*map(patterns_in, document))
    return set()


class TestPatterns:
    def test_are_all_said_in_words(self, settings: Settings) -> None:
        declared = patterns_in(api_document(create_app(settings))) - {WORDS["expand"]["pattern"]}
        assert len(declared) > 15
        assert [pattern for pattern in declared if not rule_of(pattern)] == []

    def test_that_list_words_name_them(self) -> None:
        assert rule_of("^(mine|theirs)$") == "one of: mine, theirs"
        assert rule_of("^(a+|b)$") == ""


class TestAllowedAt:
    def test_finds_the_list_inside_of_lists_and_choices(self) -> None:
        assert allowed_at(dict[str, list[Limit | None]], ["x", "0"]) == one_of(sorted(Limit))

    def test_says_what_a_number_means(self) -> None:
        said = "0 (hidden), 1 (masked), 2 (read), 3 (write)"
        assert allowed_at(dict[str, Level], ["title"]) == f"one of: {said}"

    def test_is_silent_where_no_list_says(self) -> None:
        assert allowed_at(dict[str, int], ["x"]) == ""
        assert allowed_at(Connection, ["x"]) == ""


class TestRefusals:
    @pytest.fixture
    async def paola(self, connection: Connection, client: httpx.AsyncClient) -> Asking:
        await hire_everybody(connection)
        return await asking(client, "paola")

    async def test_of_a_reason_say_what_one_is(self, paola: Asking) -> None:
        body = {"kind": "restriction", "reason": "Anne Martin asked"}
        said = await paola.send("POST", f"/privacy/customers/{SOMEBODY}/limits", body)
        assert said.status_code == 422 and "a case number or a word" in said.text
        assert "regex" not in said.text and "Anne" not in said.text

    async def test_of_a_word_name_those_that_are(self, paola: Asking) -> None:
        extended = {"months": 1, "reason": "tired"}
        closed = await paola.send("POST", f"/privacy/cases/{SOMEBODY}/extend", extended)
        assert closed.json()["errors"] == [{"pointer": "/reason", "detail": "one of: complex, many_requests"}]
        channel = await paola.get(f"/customers/{SOMEBODY}/may-contact?channel=fax&purpose=marketing")
        assert channel.json()["errors"] == [{"pointer": "/channel", "detail": one_of(ContactChannel)}]

    async def test_of_the_policy_name_roles_and_fields(
        self, paola: Asking, client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        for changes, known in (({"sellr": {"phone": 2}}, ROLES), ({"seller": {"fone": 2}}, sorted(FIELDS))):
            said = await henri.send("PATCH", "/policy/draft", {"changes": changes})
            assert said.status_code == 422 and said.json()["errors"][0]["detail"] == one_of(known)
