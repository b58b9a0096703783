"""The link by which somebody writes herself down: taken once, from her alone, and saying nothing of her."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest

from schemas import details_link
from schemas.consent import ContactChannel, Purpose
from schemas.messages import MessageState
from schemas.mutations import CreateCustomer, MoveMessage, SendMessage
from server.replication.push import submit
from tests.server.outgoing.conftest import Post
from tests.server.outgoing.mail_server import MailServer
from tests.server.outgoing.test_links import FORM, path_in
from tests.server.people import NOW, envelope
from tests.server.rest.house import asking, tell

pytestmark = pytest.mark.anyio

WORDING = "/consent-wordings/email/marketing/2026-11"
TEXTS = {"fr": "La maison peut m'écrire ses nouvelles.", "en": "The house may write its news to me."}

UNREADABLE = [
    b"",
    b"\xff\xfe",
    b"given_name=%ff",
    b"given_name=%00",
    b"given_name=" + b"x" * 201,
    b"given_name=L%E2%80%AEa",
    b"given_name=L&phone=<script>alert(1)</script>",
    b"given_name=L&consent=email/marketing/2026-11/" + b"0" * 64,
    b"given_name=L&consent=%22%3E%3Cscript%3E",
    b"&".join(b"a=b" for _ in range(500)),
    b"phone=0612345678",
]


@pytest.fixture
async def asked(post: Post, client: httpx.AsyncClient) -> UUID:
    """Somebody who gave her address alone has a link on its way; return the message's id."""
    henri = await asking(client, "henri")
    await henri.send("PUT", WORDING, {"texts": TEXTS})
    await henri.send("POST", f"{WORDING}/publish")
    post.anne = uuid4()
    await tell(post.connection, post.who, post.anne, CreateCustomer(values={"email": "lea@example.org"}))
    return await ask(post)


async def ask(post: Post, text: str = "") -> UUID:
    language, said = details_link.said_in("fr")
    message = SendMessage(
        message_id=uuid4(),
        brand="maison",
        channel=ContactChannel.EMAIL,
        purpose=Purpose.SERVICE,
        text=text or said.text,
        subject=said.subject,
        template=details_link.TEMPLATE,
        language=language,
    )
    await tell(post.connection, post.who, post.anne, message)
    return message.message_id


async def link_of(post: Post, mail: MailServer) -> str:
    await post.send_all()
    return path_in(mail.text(), "details")


async def stored(post: Post) -> dict[str, Any]:
    row = await post.connection.fetchrow(
        "select given_name, family_name, phone, language, consents, stamps from customer where id = $1",
        post.anne,
    )
    assert row is not None
    return dict(row)


def boxes(page: str) -> list[str]:
    return re.findall(r'name="consent" value="([^"]+)"', page)


def filled(**said: str | list[str]) -> bytes:
    return urlencode(said, doseq=True).encode()


class TestALinkToWriteOneselfDown:
    async def test_is_sent_to_somebody_who_gave_an_address_alone(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        assert await post.state_of(asked) == (MessageState.SENT, "")

        page = await client.get(link, headers={"accept-language": "en-GB,en;q=0.8"})

        assert (page.status_code, "Your details" in page.text, TEXTS["en"] in page.text) == (200, True, True)
        assert "lea@example.org" not in page.text, "nothing known is shown"
        assert " checked" not in page.text
        assert 'name="email"' not in page.text, "not the address it went to"

    async def test_brings_her_words_and_her_yes_with_where_they_came_from(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        (box,) = boxes((await client.get(link)).text)

        done = await client.post(
            link,
            content=filled(given_name="Léa", family_name="Roux", phone="06 12 34 56 78", consent=[box]),
            headers=FORM,
        )

        assert "Nous avons bien reçu" in done.text
        her = await stored(post)
        assert (her["given_name"], her["family_name"], her["language"]) == ("Léa", "Roux", "fr")
        assert her["stamps"]["given_name"]["channel"] == "web"
        assert her["consents"]["maison/email/marketing"]["state"] == "granted"
        proof = await post.connection.fetchrow(
            "select how, wording, language from consent_event where customer_id = $1", post.anne
        )
        assert tuple(proof or ()) == ("web_form", "2026-11", "fr")
        assert (await post.state_of(asked))[0] == MessageState.ANSWERED
        seen = await post.connection.fetchval(
            "select count(*) from fragment where record_id = $1 and body like '%answered%'", post.anne
        )
        assert seen, "tablets see it"
        line = "select count(*) from audit_event where action = 'customer.details_by_link'"
        assert await post.connection.fetchval(line) == 1

    async def test_is_taken_once(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        await client.post(link, content=filled(given_name="Léa"), headers=FORM)
        again = await client.post(link, content=filled(given_name="Eve", family_name="X"), headers=FORM)
        assert "This link has ended" in again.text
        assert (await stored(post))["given_name"] == "Léa"

    async def test_says_no_to_nothing_she_did_not_tick(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        await client.post(link, content=filled(family_name="Roux"), headers=FORM)
        assert not (await stored(post))["consents"]

    async def test_keeps_nothing_of_what_it_cannot_read(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        for body in UNREADABLE:
            page = await client.post(link, content=body, headers=FORM)
            assert (page.status_code, 'role="alert"' in page.text) == (200, True), body
            assert "<script" not in page.text
        her = await stored(post)
        assert (her["given_name"], her["phone"], her["consents"]) == (None, None, None)

    async def test_writes_no_field_it_does_not_ask_for(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        body = filled(
            given_name="Léa", email="eve@example.org", loyalty_card="1", associate_id="x", notes="x"
        )
        await client.post(link, content=body, headers=FORM)
        row = await post.connection.fetchrow(
            "select email, loyalty_card from customer where id = $1", post.anne
        )
        assert tuple(row or ()) == ("lea@example.org", None)

    async def test_is_for_the_address_it_was_written_to(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        await post.connection.execute("update customer set email = 'o@example.org' where id = $1", post.anne)
        page = await client.post(link, content=filled(given_name="Léa"), headers=FORM)
        assert "This link has ended" in page.text

    async def test_ends_with_its_time(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        post.now -= timedelta(days=8)
        await post.connection.execute("update outgoing set not_before = now() - interval '30 days'")
        link = await link_of(post, mail)
        for page in (await client.get(link), await client.post(link, content=b"given_name=L", headers=FORM)):
            assert "This link has ended" in page.text

    async def test_is_no_other_link_of_ours(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        link = await link_of(post, mail)
        token = link.rpartition("/")[2]
        for other in (
            f"/v1/confirm/{token}",
            f"/v1/details/{token[:-2]}",
            "/v1/details/x",
            "/v1/details/%00",
        ):
            page = await client.post(other, content=b"given_name=L", headers=FORM)
            assert (page.status_code, "This link has ended" in page.text) == (200, True)

    async def test_slows_down_who_tries_links_that_are_none(
        self, post: Post, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.auth.throttle.PER_NETWORK", 2)
        assert [(await client.post("/v1/details/none", headers=FORM)).status_code for _ in range(4)] == [
            200,
            200,
            429,
            429,
        ]


class TestWritingTheLink:
    async def test_sends_the_houses_own_words_whatever_the_tablet_says(
        self, post: Post, mail: MailServer, asked: UUID
    ) -> None:
        await post.connection.execute("delete from outgoing")
        await ask(post, text="Achetez donc notre nouvelle collection !")
        await post.send_all()
        assert "Achetez" not in mail.text()

    async def test_is_not_sent_to_who_said_no(self, post: Post, mail: MailServer, asked: UUID) -> None:
        await post.says("withdrawn")
        await post.send_all()
        assert (mail.taken, await post.state_of(asked)) == ([], (MessageState.REFUSED, "withdrawn"))

    async def test_is_sent_three_times_a_day_at_most(self, post: Post, mail: MailServer, asked: UUID) -> None:
        last = [await ask(post) for _ in range(3)]
        await post.send_all()
        states = [(await post.state_of(each))[0] for each in (asked, *last)]
        assert (states.count(MessageState.SENT), states.count(MessageState.REFUSED)) == (3, 1), states

    async def test_is_answered_by_nobody_at_a_tablet(self, post: Post, asked: UUID) -> None:
        move = envelope(post.anne, MoveMessage(message_id=asked, to=MessageState.ANSWERED))
        (outcome,) = await submit(post.connection, post.who, [move], now=NOW)
        assert (outcome.status.value, outcome.code) == ("refused", "not_allowed")
