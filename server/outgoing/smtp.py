"""Mail over SMTP: one connection a message, every answer waited for so long and no longer."""

import ssl

import aiosmtplib

from server.outgoing.carriers import Bounced, Later, Leaving, NoAnswer, Parcel
from server.settings import Smtp


class Smtp5321:
    """Hands mail to one mail server.

    Source: RFC 5321; 4.2.1 for what an answer's first digit means, 4.2.5 for who is responsible after DATA.
    """

    def __init__(self, settings: Smtp, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        """``sender`` is the bare address that bounces come back to."""
        self._settings = settings
        self._sender = sender
        self._trust = trust

    async def carry(self, parcel: Parcel, leaving: Leaving) -> str:
        """Hand one mail over and return the server's status."""
        assert parcel.mail is not None
        client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            use_tls=self._settings.security == "tls",
            start_tls=self._settings.security == "starttls",
            username=self._settings.username,
            password=self._settings.password,
            timeout=self._settings.timeout_s,
            tls_context=self._trust,
        )
        try:
            await self._introduce(client, parcel)
            await leaving()
            return await self._hand_over(client, bytes(parcel.mail))
        finally:
            client.close()

    async def _introduce(self, client: aiosmtplib.SMTP, parcel: Parcel) -> None:
        """Everything before the message itself: whatever goes wrong here, nothing was taken."""
        try:
            await client.connect()
            await client.mail(self._sender)
        except aiosmtplib.SMTPSenderRefused as error:
            raise Later(f"{error.code}") from error  # of the house, not of her: worth another attempt
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Later(_word(error)) from error
        try:
            await client.rcpt(parcel.address)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Later(_word(error)) from error

    async def _hand_over(self, client: aiosmtplib.SMTP, content: bytes) -> str:
        try:
            response = await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NoAnswer(_word(error)) from error
        return str(response.code)


def _refused(error: aiosmtplib.SMTPResponseException) -> Bounced | Later:
    """Return what an answer means: of its text only the enhanced status is kept (RFC 3463)."""
    first = error.message.split(" ", 1)[0] if error.message else ""
    enhanced = first if first[:2] in ("2.", "4.", "5.") and first.replace(".", "").isdigit() else ""
    status = f"{error.code} {enhanced}".strip()[:20]
    return Bounced(status) if error.code >= 500 else Later(status)


def _word(error: Exception) -> str:
    """Return the kind of a failure in a word; its text may name people."""
    code = getattr(error, "code", None)
    return str(code) if isinstance(code, int) else type(error).__name__
