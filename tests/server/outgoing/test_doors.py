"""The doors to messages, templates, limits and the queue, each through the reader's own lens."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from tests.server.outgoing.conftest import Post
from tests.server.outgoing.mail_server import MailServer
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

MESSAGE = {"channel": "email", "purpose": "service", "text": "Votre sac est prêt.", "subject": "Votre sac"}
TEMPLATE: dict[str, Any] = {
    "purpose": "service",
    "channels": ["email", "sms"],
    "texts": {"fr": {"subject": "Votre article", "text": "Bonjour {name}, il est là. {me}"}},
    "title": {"fr": "Article arrivé", "en": "Item is here"},
}


@pytest.fixture
async def henri(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    return await asking(client, "henri")


class TestMessages:
    async def test_are_written_shown_and_called_off(self, post: Post, ines: Asking) -> None:
        path = f"/customers/{post.anne}/messages"
        replies = [await ines.send("POST", path, MESSAGE, Idempotency_Key="m-1") for _ in range(2)]
        assert [reply.status_code for reply in replies] == [201, 201], replies[0].text
        ((key, message),) = replies[1].json()["data"].items()
        assert (message["state"], message["text"]) == ("queued", MESSAGE["text"])

        off = await ines.send("PATCH", f"{path}/{key}", {"state": "cancelled"})

        assert off.json()["data"][key]["state"] == "cancelled"
        for body in ({"state": "sent"}, {}, {"state": "cancelled", "why": "x"}):
            assert (await ines.send("PATCH", f"{path}/{key}", body)).status_code == 422
        assert (await ines.send("PATCH", f"{path}/{post.anne}", {"state": "cancelled"})).status_code == 404

    async def test_are_refused_at_the_door_with_the_reason(self, post: Post, ines: Asking) -> None:
        await post.says("withdrawn")
        reply = await ines.send("POST", f"/customers/{post.anne}/messages", MESSAGE)
        assert (reply.status_code, reply.json()["detail"]) == (409, "withdrawn: she said no")
        assert await post.connection.fetchval("select count(*) from outgoing") == 0

    async def test_are_weighed_before_anybody_types(self, post: Post, ines: Asking, henri: Asking) -> None:
        rule = {"rule": {"most": 1, "days": 7}}
        assert (await henri.send("PUT", "/contact-pressure/service", rule)).status_code == 200
        ask = f"/customers/{post.anne}/may-contact?channel=email&purpose=service"
        assert (await ines.get(ask)).json()["allowed"]
        await ines.send("POST", f"/customers/{post.anne}/messages", MESSAGE)
        assert (await ines.get(ask)).json() == {"allowed": False, "reason": "pressure"}
        await henri.send("PUT", "/contact-pressure/service", {"rule": None})
        assert (await ines.get(ask)).json()["allowed"]

    async def test_refuse_words_and_shapes_nobody_knows(self, post: Post, ines: Asking) -> None:
        for changed in (
            {"channel": "pigeon"},
            {"channel": "post"},
            {"purpose": "fun"},
            {"text": ""},
            {"text": "x" * 2001},
            {"text": "\u202egnirts"},
            {"subject": "a\r\nBcc: everybody@example.org"},
            {"text": "Elle est diabétique"},
            {"more": 1},
        ):
            reply = await ines.send("POST", f"/customers/{post.anne}/messages", MESSAGE | changed)
            assert reply.status_code == 422, (changed, reply.text)


class TestTemplates:
    async def test_ask_for_nothing_that_nobody_fills(self, henri: Asking, post: Post) -> None:
        texts = {"fr": {"subject": "Pour {prenom}", "text": "Bonjour {nom}, {me} et {name} {ici et là}"}}

        refused = await henri.send("PUT", "/message-templates/arrived", {**TEMPLATE, "texts": texts})

        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert refused.json()["errors"] == [
            {"pointer": "/texts/fr/subject", "detail": "{prenom}; known: {name}, {me}"},
            {"pointer": "/texts/fr/text", "detail": "{nom}; known: {name}, {me}"},
        ]

    async def test_are_versions_that_tablets_hold(
        self, henri: Asking, ines: Asking, connection: Connection
    ) -> None:
        first = (await henri.send("PUT", "/message-templates/arrived", TEMPLATE)).json()
        again = (await henri.send("PUT", "/message-templates/arrived", TEMPLATE)).json()
        changed = TEMPLATE | {"texts": {"fr": {"text": "Bonjour {name}, votre article est là."}}}
        second = (await henri.send("PUT", "/message-templates/arrived", changed)).json()
        assert (first["version"], again, second["version"]) == (1, first, 2)

        listed = (await ines.get("/message-templates")).json()["data"]
        assert [(each["code"], each["version"]) for each in listed] == [("arrived", 2)]
        gone = (await henri.send("POST", "/message-templates/arrived/retire")).json()
        assert (gone["version"], gone["retired"]) == (3, True)
        assert await connection.fetchval("select count(*) from fragment where grp = 'template'") == 1
        rows = await connection.fetch("select action from audit_event where action like 'message.%'")
        assert [row["action"] for row in rows] == [
            "message.template_published",
            "message.template_published",
            "message.template_published",
            "message.template_retired",
        ]

    async def test_and_limits_are_head_offices_business(self, henri: Asking, ines: Asking) -> None:
        for method, path, body in (
            ("PUT", "/message-templates/arrived", TEMPLATE),
            ("POST", "/message-templates/arrived/retire", None),
            ("PUT", "/contact-pressure/marketing", {"rule": None}),
            ("GET", "/outgoing", None),
            ("POST", f"/outgoing/{UUID(int=1)}/retry", None),
        ):
            assert (await ines.send(method, path, body)).status_code == 403, path
        for path, body in (
            ("/message-templates/A B", TEMPLATE),
            ("/message-templates/x", TEMPLATE | {"channels": ["post"]}),
            ("/message-templates/x", TEMPLATE | {"texts": {}}),
            ("/contact-pressure/marketing", {"rule": {"most": -1, "days": 7}}),
            ("/contact-pressure/fun", {"rule": None}),
        ):
            assert (await henri.send("PUT", path, body)).status_code == 422, path
        assert (await henri.send("POST", "/message-templates/none/retire")).status_code == 404


class TestTheQueue:
    async def test_shows_what_waits_for_a_person_and_tries_it_again(
        self, post: Post, mail: MailServer, henri: Asking, connection: Connection
    ) -> None:
        mail.to_data = ["drop"]
        message = await post.write()
        assert (await henri.get("/outgoing?which=waiting")).json()["data"][0]["state"] == "waiting"
        await post.send_all()

        (line,) = (await henri.get("/outgoing")).json()["data"]
        assert (line["id"], line["state"], "text" in line) == (str(message), "unsure", False)
        assert (await henri.send("POST", f"/outgoing/{message}/retry")).json() == {"lines": 1}
        assert (await henri.send("POST", f"/outgoing/{message}/retry")).status_code == 404
        rows = await connection.fetch("select action from audit_event where action like 'outgoing.%'")
        assert [row["action"] for row in rows] == ["outgoing.listed", "outgoing.listed", "outgoing.retried"]
