"""What leaves the house, to a real mail server that takes, refuses, drops the line or is slow."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from schemas.messages import MessageState
from schemas.mutations import MoveMessage
from server.database.pool import Pool, transaction
from server.outgoing import queue
from server.outgoing.sending import Sender
from server.settings import Smtp
from tests.server.outgoing.conftest import Post
from tests.server.outgoing.mail_server import MailServer
from tests.server.rest.house import EMAIL, tell

pytestmark = pytest.mark.anyio


class TestSending:
    async def test_hands_a_message_to_the_mail_server_and_tells_her_record(
        self, post: Post, mail: MailServer
    ) -> None:
        message = await post.write()
        assert await post.state_of(message) == (MessageState.QUEUED, "")

        assert await post.send_all() == 1

        address, taken = mail.taken[0]
        assert address == EMAIL
        assert (taken["Subject"], taken["From"]) == ("Votre sac est prêt", post.settings.outgoing.sender)
        assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert taken["List-Unsubscribe"].startswith("<https://maison.example/v1/leave/")
        assert "Votre sac vous attend." in mail.text()
        page = taken.get_body(("html",))
        assert page is not None and "<p>Votre sac vous attend.</p>" in page.get_content()
        assert await post.state_of(message) == (MessageState.SENT, "")
        assert await post.line(message) == ("sent", None, "250")

    async def test_lets_a_message_lie_while_it_may_be_taken_back(self, post: Post, mail: MailServer) -> None:
        message = await post.write()
        post.now -= timedelta(seconds=50)

        assert await post.send_all() == 0
        await tell(
            post.connection,
            post.who,
            post.anne,
            MoveMessage(message_id=message, to=MessageState.CANCELLED),
        )
        post.now += timedelta(hours=1)
        await post.send_all()

        assert mail.taken == []
        assert await post.line(message) == ("cancelled", "cancelled", None)
        assert (await post.state_of(message))[0] == MessageState.CANCELLED

    async def test_stops_at_a_withdrawal_made_after_it_was_queued(self, post: Post, mail: MailServer) -> None:
        message = await post.write()
        await post.says("withdrawn")

        await post.send_all()

        assert mail.taken == []
        assert await post.state_of(message) == (MessageState.REFUSED, "withdrawn")

    async def test_stops_at_a_withdrawal_made_while_the_mail_server_listens(
        self, post: Post, mail: MailServer
    ) -> None:
        message = await post.write()
        mail.before_data = lambda: post.says("withdrawn")

        await post.send_all()

        assert (mail.asked, mail.taken) == (1, [])
        assert await post.state_of(message) == (MessageState.REFUSED, "withdrawn")

    async def test_asks_for_what_it_is_written(self, post: Post, mail: MailServer) -> None:
        message = await post.write(purpose="marketing")  # her yes names no wording; but she bought lately
        await post.send_all()
        assert (await post.state_of(message))[0] == MessageState.SENT
        await post.says("withdrawn", "marketing")

        refused = await post.write(purpose="marketing")
        allowed = await post.write()
        await post.send_all()

        assert await post.state_of(refused) == (MessageState.REFUSED, "withdrawn")
        assert (await post.state_of(allowed))[0] == MessageState.SENT

    async def test_keeps_to_how_much_is_too_much(self, post: Post, mail: MailServer) -> None:
        await post.connection.execute(
            "insert into contact_pressure (brand, purpose, most, days) values ('maison', 'service', 1, 7)"
        )
        first, second = await post.write(), await post.write()

        await post.send_all()

        assert len(mail.taken) == 1
        assert {(await post.state_of(each)) for each in (first, second)} == {
            (MessageState.SENT, ""),
            (MessageState.REFUSED, "pressure"),
        }

    async def test_refuses_what_nobody_can_deliver(self, post: Post) -> None:
        by_sms = await post.write(channel="post")
        await post.connection.execute("update customer set email = null where id = $1", post.anne)
        by_mail = await post.write()

        await post.send_all()

        assert (await post.state_of(by_sms))[0] == MessageState.REFUSED
        assert await post.state_of(by_mail) == (MessageState.REFUSED, "no_address")

    @pytest.mark.parametrize(
        "said", ["nobody", "a@b", "a@example.org\r\nRCPT TO:<b@example.org>", "é@example.org"]
    )
    async def test_bounces_an_address_that_is_none(self, post: Post, mail: MailServer, said: str) -> None:
        message = await post.write()
        await post.connection.execute("update customer set email = $2 where id = $1", post.anne, said)

        await post.send_all()

        assert mail.asked == 0
        assert await post.state_of(message) == (MessageState.BOUNCED, "bad_address")

    async def test_forgets_what_was_queued_for_somebody_erased(self, post: Post, mail: MailServer) -> None:
        await post.write()
        await post.connection.execute("delete from outgoing where customer_id = $1", post.anne)

        assert await post.send_all() == 0
        assert mail.taken == []


class TestFailures:
    async def test_are_tried_again_later_after_a_refusal_for_now(self, post: Post, mail: MailServer) -> None:
        mail.to_rcpt = ["451 4.7.1 greylisted"]
        message = await post.write()

        assert await post.send_all() == 1
        assert await post.line(message) == ("waiting", None, "451 4.7.1")
        post.now += timedelta(minutes=2)
        await post.send_all()

        assert len(mail.taken) == 1
        assert (await post.state_of(message))[0] == MessageState.SENT

    @pytest.mark.parametrize("stage", ["to_rcpt", "to_data"])
    async def test_end_at_a_refusal_for_good(self, post: Post, mail: MailServer, stage: str) -> None:
        setattr(mail, stage, ["550 5.1.1 no such user anne.durand"])
        message = await post.write()

        await post.send_all()

        assert await post.line(message) == ("bounced", "bounced", "550 5.1.1")
        assert await post.state_of(message) == (MessageState.BOUNCED, "bounced")
        assert await post.send_all() == 0

    async def test_leave_it_unsure_when_the_line_breaks_before_the_answer(
        self, post: Post, mail: MailServer
    ) -> None:
        mail.to_data = ["drop"]
        message = await post.write()

        await post.send_all()
        post.now += timedelta(days=2)
        await post.send_all()

        assert (await post.line(message))[0] == "unsure"
        assert (await post.state_of(message))[0] == MessageState.UNSURE
        assert mail.asked == 1

    async def test_send_it_again_when_a_person_says_so(self, post: Post, mail: MailServer) -> None:
        mail.to_data = ["drop"]
        message = await post.write()
        await post.send_all()

        assert await queue.retry(post.connection, None, brand="maison", now=post.now) == 1
        await post.send_all()

        assert (await post.state_of(message))[0] == MessageState.SENT
        assert [taken["Message-ID"] for _, taken in mail.taken] == [f"<{message}@maison.example>"]

    async def test_wait_no_longer_than_told_for_a_slow_server(
        self, post: Post, pool: Pool, mail: MailServer
    ) -> None:
        mail.slow_s = 2.0
        smtp = Smtp(host="127.0.0.1", port=mail.port, security="none", timeout_s=0.5)
        outgoing = msgspec.structs.replace(post.settings.outgoing, smtp=smtp)
        message = await post.write()

        settings = msgspec.structs.replace(post.settings, outgoing=outgoing)
        await Sender(pool, settings, clock=lambda: post.now).send_next()

        assert (await post.line(message))[0] == "waiting"
        assert mail.taken == []

    async def test_end_after_so_many_attempts_and_tell_the_author(self, post: Post, mail: MailServer) -> None:
        mail.to_rcpt = ["421 busy"] * 20
        message = await post.write()

        for _ in range(queue.MOST_ATTEMPTS + 2):
            await post.send_all()
            post.now += timedelta(hours=7)

        assert mail.asked == queue.MOST_ATTEMPTS
        assert await post.line(message) == ("dead", "undeliverable", "421")
        assert await post.state_of(message) == (MessageState.REFUSED, "undeliverable")

    async def test_are_no_reason_to_lose_a_message_while_nobody_listens(self, post: Post, pool: Pool) -> None:
        smtp = Smtp(host="127.0.0.1", port=9, security="none", timeout_s=60.0)
        outgoing = msgspec.structs.replace(post.settings.outgoing, smtp=smtp)
        settings = msgspec.structs.replace(post.settings, outgoing=outgoing)
        message = await post.write()

        await Sender(pool, settings, clock=lambda: post.now).send_next()

        assert (await post.line(message))[0] == "waiting"


class TestRestart:
    async def test_takes_up_what_a_dead_sender_had_not_given_away(
        self, post: Post, pool: Pool, mail: MailServer
    ) -> None:
        message = await post.write()
        async with transaction(pool) as connection:
            assert await queue.claim_next(connection, uuid4(), now=post.now) is not None
        assert await post.send_all() == 0

        post.now += timedelta(seconds=queue.CLAIM_S + 1)
        assert await post.sender.take_up_lost() == 0
        await post.send_all()

        assert (await post.state_of(message))[0] == MessageState.SENT

    async def test_never_sends_again_what_a_dead_sender_may_have_given_away(
        self, post: Post, pool: Pool, mail: MailServer
    ) -> None:
        message, claim = await post.write(), uuid4()
        async with transaction(pool) as connection:
            await queue.claim_next(connection, claim, now=post.now)
            assert await queue.leave(connection, claim)

        post.now += timedelta(seconds=queue.CLAIM_S + 1)
        assert await post.sender.take_up_lost() == 1
        await post.send_all()

        assert mail.asked == 0
        assert (await post.state_of(message))[0] == MessageState.UNSURE

    async def test_hands_over_each_message_once_however_many_send(
        self, post: Post, pool: Pool, mail: MailServer
    ) -> None:
        written = [await post.write() for _ in range(12)]
        senders = [Sender(pool, post.settings, clock=lambda: post.now) for _ in range(4)]

        async def work(sender: Sender) -> None:
            while await sender.send_next():
                pass

        await asyncio.gather(*(work(sender) for sender in senders))

        named = sorted(str(taken["Message-ID"]) for _, taken in mail.taken)
        assert named == sorted(f"<{each}@maison.example>" for each in written)


class TestLies:
    async def test_of_a_seller_about_what_was_sent_are_refused(self, post: Post) -> None:
        from server.replication.push import submit
        from tests.server.people import NOW, envelope

        message = await post.write()
        for to in (MessageState.SENT, MessageState.BOUNCED, MessageState.REFUSED):
            move = MoveMessage(message_id=message, to=to)
            (outcome,) = await submit(post.connection, post.who, [envelope(post.anne, move)], now=NOW)
            assert (outcome.status.value, outcome.code) == ("refused", "not_allowed")


class TestTransport:
    async def test_refuses_a_server_that_has_no_tls_where_it_was_asked_for(
        self, post: Post, pool: Pool, mail: MailServer
    ) -> None:
        smtp = Smtp(host="127.0.0.1", port=mail.port, security="starttls", timeout_s=60.0)
        outgoing = msgspec.structs.replace(post.settings.outgoing, smtp=smtp)
        settings = msgspec.structs.replace(post.settings, outgoing=outgoing)
        message = await post.write()

        await Sender(pool, settings, clock=lambda: post.now).send_next()

        assert (mail.asked, (await post.line(message))[0]) == (0, "waiting")

    async def test_lays_mail_into_a_folder_where_there_is_no_server(self, post: Post, pool: Pool) -> None:
        outgoing = msgspec.structs.replace(post.settings.outgoing, smtp=None)
        settings = msgspec.structs.replace(post.settings, outgoing=outgoing)
        message = await post.write()

        await Sender(pool, settings, clock=lambda: post.now).send_next()

        assert outgoing.folder is not None
        (file,) = outgoing.folder.iterdir()
        assert (file.name, file.stat().st_mode & 0o777) == (f"{message}.eml", 0o600)
        assert (await post.state_of(message))[0] == MessageState.SENT
