"""Words, letters and links of several customers in random order: what left is held against the plain list."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import httpx
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.mutations import RecordConsent, SendMessage
from server.outgoing.links import LeaveLink, Links
from server.replication.push import submit
from tests.server.outgoing.conftest import Post
from tests.server.outgoing.mail_server import MailServer
from tests.server.people import NOW, envelope, make_customer, principal_named

pytestmark = pytest.mark.anyio

LIVES, STEPS = 6, 14


@dataclass
class Plain:
    """What one customer said, as a list: shares no rule with the product."""

    customer_id: UUID
    email: str
    noes: set[UUID] = field(default_factory=set)
    quoted: set[UUID] = field(default_factory=set)
    yeses: int = 0
    written: list[UUID] = field(default_factory=list)

    @property
    def allows(self) -> bool:
        return self.yeses > 0 and not self.noes - self.quoted


class TestEveryOrder:
    @pytest.mark.parametrize("seed", [20, 26])
    async def test_lets_nothing_leave_that_may_not(
        self, post: Post, mail: MailServer, client: httpx.AsyncClient, seed: int
    ) -> None:
        random = Random(seed)
        integration = await principal_named(post.connection, "import")
        links = Links(post.settings.secret)
        people = []
        for number in range(LIVES):
            email = f"person{number}@example.org"
            made = await make_customer(
                post.connection, integration, 50 + number, home_store="lyon", email=email
            )
            people.append(Plain(customer_id=made, email=email))
        by_email = {each.email: each for each in people}

        async def says(plain: Plain, state: ConsentState) -> None:
            knows = tuple(one for one in plain.noes if random.random() < 0.7)
            word = RecordConsent(
                brand="maison",
                channel=ContactChannel.EMAIL,
                purpose=Purpose.SERVICE,
                state=state,
                knows=knows if state is ConsentState.GRANTED else (),
            )
            said = envelope(plain.customer_id, word)
            await submit(post.connection, post.who, [said], now=NOW)
            if state is ConsentState.WITHDRAWN:
                plain.noes.add(said.mutation_id)
            else:
                plain.yeses += 1
                plain.quoted.update(knows)

        async def leaves(plain: Plain) -> None:
            link = LeaveLink(
                customer_id=plain.customer_id, brand="maison", channel="email", purpose="service"
            )
            await client.post(f"/v1/leave/{links.leave(link)}")
            rows = await post.connection.fetch(
                "select id from consent_event where customer_id = $1 and how = 'link'", plain.customer_id
            )
            plain.noes.update(row["id"] for row in rows)

        async def perhaps_says_no() -> None:
            if random.random() < 0.3:
                await says(random.choice(people), ConsentState.WITHDRAWN)

        mail.before_data = perhaps_says_no
        wrong, left = [], 0
        for _ in range(STEPS * LIVES):
            plain = random.choice(people)
            match random.randrange(8):
                case 0 | 1:
                    await says(plain, ConsentState.GRANTED)
                case 2:
                    await says(plain, ConsentState.WITHDRAWN)
                case 3:
                    await leaves(plain)
                case 4 | 5 | 6:
                    letter = SendMessage(
                        message_id=UUID(int=random.getrandbits(128)),
                        brand="maison",
                        channel=ContactChannel.EMAIL,
                        purpose=Purpose.SERVICE,
                        text="Bonjour",
                    )
                    await submit(post.connection, post.who, [envelope(plain.customer_id, letter)], now=NOW)
                    plain.written.append(letter.message_id)
                case _:
                    post.now += timedelta(minutes=2)
                    while True:
                        before = len(mail.taken)
                        if not await post.sender.send_next():
                            break
                        for address, _taken in mail.taken[before:]:
                            left += 1
                            if not by_email[address].allows:
                                wrong.append(address)
        assert wrong == []
        assert left > 3, "a search that sends nothing finds nothing"
