from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.messages import MessageState
from schemas.mutations import RecordConsent, SendMessage
from server.auth.principal import Principal
from server.database.pool import Connection, Pool, open_pool
from server.outgoing.sending import Sender
from server.settings import Outgoing, Settings, Smtp
from tests.server.outgoing.mail_server import MailServer, mail_server
from tests.server.people import NOW, principal_named
from tests.server.rest.house import tell

SENDER = "Maison Lys <bonjour@maison.example>"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    async with await open_pool(database, size=4) as opened:
        yield opened


class Post:
    """A house that writes to Anne, and the moment it is."""

    def __init__(self, connection: Connection, pool: Pool, settings: Settings, anne: UUID, who: Principal):
        self.connection = connection
        self.settings = settings
        self.anne = anne
        self.who = who
        self.now: datetime = NOW + timedelta(minutes=1)
        self.sender = Sender(pool, settings, clock=lambda: self.now)

    async def says(self, state: str, purpose: str = "service", channel: str = "email") -> None:
        """Let her say what she allows, as it stands."""
        held = await self.connection.fetchval("select consents from customer where id = $1", self.anne)
        standing = ((held or {}).get(f"maison/{channel}/{purpose}") or {}).get("standing") or ()
        word = RecordConsent(
            brand="maison",
            channel=ContactChannel(channel),
            purpose=Purpose(purpose),
            state=ConsentState(state),
            knows=tuple(UUID(each) for each in standing) if state == "granted" else (),
        )
        await tell(self.connection, self.who, self.anne, word)

    async def write(self, *, channel: str = "email", purpose: str = "service", text: str = "") -> UUID:
        """Write something to her, from the tablet."""
        message = SendMessage(
            message_id=uuid4(),
            brand="maison",
            channel=ContactChannel(channel),
            purpose=Purpose(purpose),
            subject="Votre sac est prêt",
            text=text or "Bonjour Anne,\n\nVotre sac vous attend.\n\nInès",
            language="fr",
        )
        await tell(self.connection, self.who, self.anne, message)
        return message.message_id

    async def state_of(self, message_id: UUID) -> tuple[MessageState, str]:
        """Return what her record says became of a message."""
        held = await self.connection.fetchval("select messages from customer where id = $1", self.anne)
        message = held[str(message_id)]
        return MessageState(message["state"]), message.get("why", "")

    async def line(self, message_id: UUID) -> tuple[str, str | None, str | None]:
        """Return how the queue has it: state, reason, the other side's answer."""
        row = await self.connection.fetchrow(
            "select state, reason, answer from outgoing where id = $1", message_id
        )
        assert row is not None
        return tuple(row)  # type: ignore[return-value]

    async def send_all(self) -> int:
        """Send until nothing may leave; return how many lines were dealt with."""
        count = 0
        while await self.sender.send_next():
            count += 1
        return count


@pytest.fixture
async def post(
    connection: Connection,
    pool: Pool,
    settings: Settings,
    house: dict[str, UUID],
    mail: MailServer,
    tmp_path: Path,
) -> Post:
    outgoing = Outgoing(
        public_url="https://maison.example",
        sender=SENDER,
        smtp=Smtp(host="127.0.0.1", port=mail.port, security="none", timeout_s=60.0),
        folder=tmp_path / "outbox",
    )
    settings = msgspec.structs.replace(settings, outgoing=outgoing)
    made = Post(connection, pool, settings, house["anne"], await principal_named(connection, "ines"))
    await made.says("granted")
    return made
