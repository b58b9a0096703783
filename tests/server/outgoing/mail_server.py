"""A real mail server in the test's own loop, which does what it is told: take, refuse, drop, be slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP as AioSmtp
from aiosmtpd.smtp import Envelope, Session


@dataclass
class MailServer:
    """What it took, and what it is to answer next."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    asked: int = 0  # how often somebody named a recipient
    to_rcpt: list[str] = field(default_factory=list)  # answers to come, before "250 OK"
    to_data: list[str] = field(default_factory=list)  # likewise; "drop" breaks the line instead
    slow_s: float = 0.0
    before_data: Any = None  # awaited when the recipient was taken

    async def handle_RCPT(
        self, server: AioSmtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        await asyncio.sleep(self.slow_s)
        answer = self.to_rcpt.pop(0) if self.to_rcpt else "250 2.1.5 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        if self.before_data is not None:
            await self.before_data()
        return answer

    async def handle_DATA(self, server: AioSmtp, session: Session, envelope: Envelope) -> str:
        answer = self.to_data.pop(0) if self.to_data else "250 2.0.0 taken"
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
            return "250 never heard"
        if answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            mail = cast(EmailMessage, message_from_bytes(envelope.content, policy=default))
            self.taken.append((envelope.rcpt_tos[0], mail))
        return answer

    def text(self, number: int = -1) -> str:
        """Return the plain text of a mail that was taken."""
        body = self.taken[number][1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@asynccontextmanager
async def mail_server(**options: Any) -> AsyncIterator[MailServer]:
    """Serve mail on a port of its own; ``options`` are aiosmtpd's."""
    server = MailServer()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: AioSmtp(server, loop=loop, hostname="mail.test", **options), "127.0.0.1", 0
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
