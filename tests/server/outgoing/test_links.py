"""The links in what is written to customers: confirmed by a POST alone, withdrawn by whoever holds one."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.messages import MessageState
from schemas.mutations import RecordConsent
from schemas.wording import wording_hash
from server.outgoing.links import LeaveLink, Links
from server.replication.push import submit
from tests.server.outgoing.conftest import Post
from tests.server.outgoing.mail_server import MailServer
from tests.server.people import NOW, envelope
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

WORDING = "/consent-wordings/email/tracking/2026-11"
TEXTS = {"fr": "La maison peut voir ce que j'ouvre.", "en": "The house may see what I open."}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"


def path_in(text: str, door: str) -> str:
    found = re.search(rf"https://maison\.example(/v1/{door}/[\w-]+)", text)
    assert found is not None, text
    return found.group(1)


async def allowed(ines: Asking, anne: UUID, purpose: str = "tracking") -> tuple[bool, str]:
    reply = await ines.get(f"/customers/{anne}/may-contact?channel=email&purpose={purpose}")
    return reply.json()["allowed"], reply.json()["reason"]


@pytest.fixture
async def asked(post: Post, client: httpx.AsyncClient) -> UUID:
    """She said yes under a wording that is to be confirmed by mail; return the statement's id."""
    henri = await asking(client, "henri")
    await henri.send("PUT", WORDING, {"texts": TEXTS, "confirm": True})
    assert (await henri.send("POST", f"{WORDING}/publish")).json()["confirm"] is True
    return await grant(post)


async def grant(post: Post, *knows: UUID, shown: tuple[str, str] = ("fr", TEXTS["fr"])) -> UUID:
    said = envelope(
        post.anne,
        RecordConsent(
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.TRACKING,
            state=ConsentState.GRANTED,
            knows=knows,
            wording="2026-11",
            wording_hash=wording_hash("2026-11", *shown),
            language=shown[0],
        ),
    )
    (outcome,) = await submit(post.connection, post.who, [said], now=NOW)
    assert outcome.status.value == "applied"
    return said.mutation_id


class TestConfirming:
    async def test_makes_a_yes_count_by_a_post_and_by_nothing_less(
        self, post: Post, mail: MailServer, asked: UUID, ines: Asking, client: httpx.AsyncClient
    ) -> None:
        assert await allowed(ines, post.anne) == (False, "pending")
        await post.send_all()
        assert "« La maison peut voir ce que j'ouvre. »" in mail.text()
        link = path_in(mail.text(), "confirm")

        for _ in range(3):
            page = await client.get(link)
            assert (page.status_code, "Confirmer" in page.text, "Confirm your" in page.text) == (
                200,
                True,
                True,
            )
        assert await allowed(ines, post.anne) == (False, "pending")
        pages = [await client.post(link, headers=FORM) for _ in range(2)]

        assert ["Votre accord est confirmé" in page.text for page in pages] == [True, True]
        assert await allowed(ines, post.anne) == (True, "granted")
        proof = (await ines.get(f"/customers/{post.anne}/consents")).json()["ledger"]["data"]
        assert [each["how"] for each in proof if each.get("confirms") == str(asked)] == ["email_link"]
        held = await post.connection.fetchval(
            "select body from fragment where record_id = $1 and body like '%confirmed%'", post.anne
        )
        assert held is not None, "tablets see it"

    async def test_quotes_to_her_what_she_was_shown_and_in_the_other_language_that_ones_own_text(
        self, post: Post, mail: MailServer, asked: UUID
    ) -> None:
        await post.send_all()

        french, english = mail.text().split("* * *")
        assert "« La maison peut voir ce que j'ouvre. »" in french
        assert "“The house may see what I open.”" in english
        assert "La maison peut voir" not in english

    async def test_passes_no_text_off_as_one_that_was_published_in_another_language(
        self, post: Post, mail: MailServer, client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        await henri.send("PUT", WORDING, {"texts": {"fr": TEXTS["fr"]}, "confirm": True})
        await henri.send("POST", f"{WORDING}/publish")
        await grant(post)
        await post.send_all()

        french, english = mail.text().split("* * *")
        assert "« La maison peut voir ce que j'ouvre. »" in french
        assert "has given this consent to Maison Lys (its text is quoted above)." in english
        assert "La maison peut voir" not in english

    async def test_quotes_a_third_language_to_whoever_read_it(
        self, post: Post, mail: MailServer, client: httpx.AsyncClient
    ) -> None:
        texts = {**TEXTS, "it": "La maison può vedere ciò che apro."}
        henri = await asking(client, "henri")
        await henri.send("PUT", WORDING, {"texts": texts, "confirm": True})
        await henri.send("POST", f"{WORDING}/publish")
        await grant(post, shown=("it", texts["it"]))
        await post.send_all()

        french, english = mail.text().split("* * *")
        assert "« La maison può vedere ciò che apro. »" in french
        assert "“The house may see what I open.”" in english

    async def test_never_lifts_a_withdrawal_made_since(
        self, post: Post, mail: MailServer, asked: UUID, ines: Asking, client: httpx.AsyncClient
    ) -> None:
        await post.send_all()
        link = path_in(mail.text(), "confirm")
        await client.post(link, headers=FORM)
        await post.says("withdrawn", "tracking")
        page = await client.post(link, headers=FORM)
        assert await allowed(ines, post.anne) == (False, "withdrawn")
        assert "This link has ended" in page.text, "she is not told that she agreed"
        assert "Votre accord est confirmé" not in page.text

    async def test_of_an_earlier_yes_is_none_of_a_later(
        self, post: Post, mail: MailServer, asked: UUID, ines: Asking, client: httpx.AsyncClient
    ) -> None:
        await post.send_all()
        link = path_in(mail.text(), "confirm")
        await client.post(link, headers=FORM)
        await post.says("withdrawn", "tracking")
        held = await post.connection.fetchval("select consents from customer where id = $1", post.anne)
        (no,) = held["maison/email/tracking"]["standing"]

        await grant(post, UUID(no))
        await client.post(link, headers=FORM)

        assert await allowed(ines, post.anne) == (False, "pending")
        await post.send_all()
        await client.post(path_in(mail.text(), "confirm"), headers=FORM)
        assert await allowed(ines, post.anne) == (True, "granted")

    async def test_is_for_the_address_it_was_written_to(
        self, post: Post, mail: MailServer, asked: UUID, ines: Asking, client: httpx.AsyncClient
    ) -> None:
        await post.send_all()
        await post.connection.execute(
            "update customer set email = 'other@example.org' where id = $1", post.anne
        )

        page = await client.post(path_in(mail.text(), "confirm"), headers=FORM)

        assert "This link has ended" in page.text
        assert await allowed(ines, post.anne) == (False, "pending")

    async def test_is_asked_of_nobody_who_withdrew_before_the_mail_left(
        self, post: Post, mail: MailServer, asked: UUID
    ) -> None:
        await post.says("withdrawn", "tracking")
        await post.send_all()
        assert mail.taken == []

    async def test_by_a_tablet_is_refused(self, post: Post, asked: UUID) -> None:
        word = RecordConsent(
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.TRACKING,
            state=ConsentState.GRANTED,
            wording="2026-11",
            confirms=asked,
        )
        (outcome,) = await submit(post.connection, post.who, [envelope(post.anne, word)], now=NOW)
        assert (outcome.status.value, outcome.code) == ("refused", "not_allowed")

    async def test_ends_with_its_time(
        self, post: Post, mail: MailServer, asked: UUID, client: httpx.AsyncClient
    ) -> None:
        post.now -= timedelta(days=20)
        await post.connection.execute("update outgoing set not_before = now() - interval '30 days'")
        await post.send_all()
        page = await client.post(path_in(mail.text(), "confirm"), headers=FORM)
        assert "This link has ended" in page.text


class TestLeaving:
    async def test_takes_one_click_of_a_mail_program(
        self, post: Post, mail: MailServer, ines: Asking, client: httpx.AsyncClient
    ) -> None:
        await post.write()
        await post.send_all()
        assert await allowed(ines, post.anne, "service") == (True, "granted")
        link = path_in(str(mail.taken[0][1]["List-Unsubscribe"]), "leave")

        looked = await client.get(link)
        assert await allowed(ines, post.anne, "service") == (True, "granted")
        done = await client.post(link, content=ONE_CLICK, headers=FORM)

        assert (looked.status_code, done.status_code) == (200, 200)
        assert await allowed(ines, post.anne, "service") == (False, "withdrawn")
        after = await post.write()
        await post.send_all()
        assert await post.state_of(after) == (MessageState.REFUSED, "withdrawn")
        row = await post.connection.fetchrow("select how, author from consent_event where how = 'link'")
        assert tuple(row or ()) == ("link", "comptoir")

    async def test_is_one_statement_however_often_and_again_after_a_new_yes(
        self, post: Post, client: httpx.AsyncClient
    ) -> None:
        token = Links(post.settings.secret).leave(
            LeaveLink(customer_id=post.anne, brand="maison", channel="email", purpose="service")
        )
        for _ in range(3):
            await client.post(f"/v1/leave/{token}", content=ONE_CLICK, headers=FORM)
        count = "select count(*) from consent_event where how = 'link'"
        assert await post.connection.fetchval(count) == 1

        await post.says("granted")
        await client.post(f"/v1/leave/{token}", content=ONE_CLICK, headers=FORM)

        assert await post.connection.fetchval(count) == 2

    async def test_says_the_same_of_everybody_and_nobody(self, post: Post, client: httpx.AsyncClient) -> None:
        links = Links(post.settings.secret)
        real, nobody = (
            links.leave(LeaveLink(customer_id=each, brand="maison", channel="email", purpose="service"))
            for each in (post.anne, UUID(int=7))
        )
        other = Links(b"the secret of somebody else altogether").leave(
            LeaveLink(customer_id=post.anne, brand="maison", channel="email", purpose="service")
        )
        replies = set()
        for token in (real, nobody, other, "x", real[:-2], "a" * 300, "%00", "é"):
            for reply in (
                await client.get(f"/v1/leave/{token}"),
                await client.post(f"/v1/leave/{token}", content=ONE_CLICK, headers=FORM),
            ):
                headers = {name: value for name, value in reply.headers.items()}
                replies.add((reply.request.method, reply.status_code, reply.content, str(headers)))
        assert len(replies) == 2, replies

    async def test_slows_down_who_tries_links_that_are_none(
        self, post: Post, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.auth.throttle.PER_NETWORK", 3)
        codes = [(await client.post("/v1/leave/none", headers=FORM)).status_code for _ in range(5)]
        token = Links(post.settings.secret).leave(
            LeaveLink(customer_id=post.anne, brand="maison", channel="email", purpose="service")
        )
        hers = await client.post(f"/v1/leave/{token}", headers=FORM)
        assert (codes, hers.status_code) == ([200, 200, 200, 429, 429], 200)

    async def test_is_heard_whatever_the_policy_hides(self, post: Post, client: httpx.AsyncClient) -> None:
        await post.connection.execute(
            "update policy set document = jsonb_set(document, '{levels,integration}', '{}')"
        )
        token = Links(post.settings.secret).leave(
            LeaveLink(customer_id=post.anne, brand="maison", channel="email", purpose="service")
        )
        await client.post(f"/v1/leave/{token}", headers=FORM)
        held = await post.connection.fetchval("select consents from customer where id = $1", post.anne)
        assert held["maison/email/service"]["state"] == "withdrawn"
