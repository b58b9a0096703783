"""Sends what waits: claims a line, asks the gate, carries it, asks again at the last moment, notes it.

Locks are taken in the order of the write path: the customer first, then the line.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID, uuid4

import structlog

from schemas import details_link
from schemas.consent import ContactChannel, Purpose
from schemas.messages import MessageState
from server.consent import queries as ledger
from server.consent import wordings
from server.customers.forms import phone_form
from server.database.pool import Connection, Pool, transaction
from server.outgoing import compose, gate, house, queue
from server.outgoing.carriers import Bounced, Carriers, Folder, Later, NoAnswer, Parcel, Stopped
from server.outgoing.links import (
    CONFIRM_DAYS,
    DETAILS_DAYS,
    ConfirmLink,
    DetailsLink,
    LeaveLink,
    Links,
)
from server.outgoing.queue import CONFIRMATION, Job
from server.outgoing.sms import HttpProvider
from server.outgoing.smtp import Smtp5321
from server.replication.workspace import CustomerState, installed
from server.settings import Outgoing, Settings

ATTEMPT_S = 120.0  # the longest an attempt may take; well under the claim
DAY_MS = 86_400_000

log = structlog.get_logger()


class _Ended(Exception):
    """This line goes no further: how it ended, and why."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


def carriers_of(outgoing: Outgoing) -> Carriers:
    """Return who carries what, as configured; a folder takes what nobody else does, where there is one."""
    folder = Folder(outgoing.folder) if outgoing.folder is not None else None
    provider = HttpProvider(outgoing.sms) if outgoing.sms is not None else None
    mail = Smtp5321(outgoing.smtp, compose.bare(outgoing.sender)) if outgoing.smtp is not None else None
    chosen = {
        ContactChannel.EMAIL: mail or folder,
        ContactChannel.SMS: provider or folder,
        ContactChannel.MESSAGING: provider or folder,
    }
    return {channel: carrier for channel, carrier in chosen.items() if carrier is not None}


class Sender:
    """One sender; any number may work side by side, in any number of processes."""

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        carriers: Carriers | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._outgoing = settings.outgoing
        self._links = Links(settings.secret)
        self._carriers = carriers if carriers is not None else carriers_of(settings.outgoing)
        self._clock = clock

    async def run(self, every_s: float) -> None:
        """Send for as long as we run, and look after lines that were left behind."""
        while every_s > 0:
            await asyncio.sleep(every_s)
            try:
                await self.take_up_lost()
                while await self.send_next():
                    pass
            except Exception as error:
                log.error("outgoing.failed", kind=type(error).__name__)

    async def send_next(self) -> bool:
        """Deal with one line; False when none may leave now."""
        claim = uuid4()
        async with transaction(self._pool) as connection:
            job = await queue.claim_next(connection, claim, now=self._clock())
        if job is None:
            return False
        try:
            async with asyncio.timeout(ATTEMPT_S):
                await self._attempt(claim)
        except TimeoutError:
            # Whatever it was doing, the claim ends and the line is taken up as it then stands.
            log.warning("outgoing.timed_out", line=str(job.id))
        return True

    async def take_up_lost(self) -> int:
        """Take up lines whose sender died; return how many nobody can vouch for."""
        now = self._clock()
        async with transaction(self._pool) as connection:
            lost = await queue.take_up_lost(connection, now=now)
        for job in lost:
            assert job.claim is not None
            await self._finish(job.claim, "unsure", "unsure", None)
        return len(lost)

    async def _attempt(self, claim: UUID) -> None:
        try:
            async with transaction(self._pool) as connection:
                parcel = await self._ready(connection, claim)
        except _Ended as ended:
            await self._finish(claim, ended.state, ended.reason, None)
            return
        carrier = self._carriers[parcel.channel]
        try:
            answer = await carrier.carry(parcel, lambda: self._leaving(claim, parcel))
        except Stopped:
            return
        except Later as failure:
            await self._again(claim, failure.answer)
        except Bounced as failure:
            await self._finish(claim, "bounced", "bounced", failure.answer)
        except NoAnswer as failure:
            await self._finish(claim, "unsure", "unsure", failure.answer)
        else:
            await self._finish(claim, "sent", None, answer)

    async def _ready(self, connection: Connection, claim: UUID) -> Parcel:
        """Return what is to be carried, if it may leave as things stand.

        Raises:
            _Ended: it may not, or cannot.
        """
        job, state = await self._look(connection, claim)
        channel = ContactChannel(job.channel)
        if channel not in self._carriers:
            raise _Ended("refused", "no_provider")
        if channel is ContactChannel.EMAIL:
            return await self._mail(connection, job, state)
        number = phone_form(str(state.values.get("phone") or ""))
        if number is None:
            raise _Ended("refused", "no_address")
        message, _ = self._said(job, state)
        text = compose.sms_text(
            message["text"],
            purpose=Purpose(job.purpose),
            language=message.get("language", ""),
            leave_link=self._leave_link(job),
        )
        return Parcel(id=str(job.id), channel=channel, address=number, text=text)

    async def _mail(self, connection: Connection, job: Job, state: CustomerState) -> Parcel:
        said = state.values.get("email")
        if not said:
            raise _Ended("refused", "no_address")
        try:
            to = compose.mail_address(str(said))
        except compose.AddressInvalid as error:
            raise _Ended("bounced", "bad_address") from error
        name = parseaddr(self._outgoing.sender)[0] or job.brand
        if job.kind == CONFIRMATION:
            event = await ledger.statement(connection, job.customer_id, job.id)
            published = await wordings.published(connection, job.brand)
            key = f"{job.brand}/{job.channel}/{job.purpose}/{event.wording if event else ''}"
            if event is None or key not in published:
                raise _Ended("cancelled", "moot")
            texts = published[key].texts
            link = ConfirmLink(
                customer_id=job.customer_id,
                event_id=job.id,
                until=int(self._clock().timestamp() * 1000) + CONFIRM_DAYS * DAY_MS,
                address=self._links.address_digest(str(said)),
            )
            mail = compose.confirmation_mail(
                sender=self._outgoing.sender,
                to=to,
                texts=texts,
                shown=event.language if event.language in texts else None,
                house=name,
                link=f"{self._outgoing.public_url}/v1/confirm/{self._links.confirm(link)}",
                message_id=str(job.id),
                now=self._clock(),
            )
        else:
            message, link_in_it = self._said(job, state)
            mail = compose.message_mail(
                sender=self._outgoing.sender,
                to=to,
                subject=message.get("subject", ""),
                text=message["text"],
                language=message.get("language", ""),
                house=name,
                leave_link=self._leave_link(job),
                message_id=str(job.id),
                now=self._clock(),
                link=link_in_it,
            )
        return Parcel(id=str(job.id), channel=ContactChannel.EMAIL, address=to, text="", mail=mail)

    def _said(self, job: Job, state: CustomerState) -> tuple[Mapping[str, Any], str | None]:
        """Return a message as it is to be read, and the link to a page of ours in it, if there is one."""
        message = gate.text_of(state, job)
        if not details_link.is_link(message):
            return message, None
        language, said = details_link.said_in(message.get("language"))
        field = "email" if job.channel == ContactChannel.EMAIL else "phone"
        token = self._links.details(
            DetailsLink(
                customer_id=job.customer_id,
                brand=job.brand,
                message_id=job.id,
                channel=job.channel,
                language=language,
                until=int(self._clock().timestamp() * 1000) + DETAILS_DAYS * DAY_MS,
                address=self._links.address_digest(str(state.values.get(field) or "")),
            )
        )
        link = f"{self._outgoing.public_url}/v1/details/{token}"
        text = said.text.replace(details_link.PLACE, link)
        return {"subject": said.subject, "text": text, "language": language}, link

    def _leave_link(self, job: Job) -> str:
        link = LeaveLink(
            customer_id=job.customer_id, brand=job.brand, channel=job.channel, purpose=job.purpose
        )
        return f"{self._outgoing.public_url}/v1/leave/{self._links.leave(link)}"

    async def _leaving(self, claim: UUID, parcel: Parcel) -> None:
        """Ask the gate for the last time, and note that the other side is about to get it.

        Raises:
            Stopped: it may not leave, or its address is another meanwhile.
        """
        try:
            async with transaction(self._pool) as connection:
                _, state = await self._look(connection, claim)
                if _address(state, parcel.channel) != parcel.address:
                    raise _Ended("later", "address_changed")
                if not await queue.leave(connection, claim):
                    raise Stopped
        except _Ended as ended:
            if ended.state == "later":
                await self._again(claim, ended.reason)
            else:
                await self._finish(claim, ended.state, ended.reason, None)
            raise Stopped from ended

    async def _look(self, connection: Connection, claim: UUID) -> tuple[Job, CustomerState]:
        """Return a line and its customer, both locked, if the gate is open.

        Raises:
            _Ended: it is not.
            Stopped: the line is gone, or in another hand.
        """
        customer_id = await connection.fetchval("select customer_id from outgoing where claim = $1", claim)
        states = await installed().load_customers(connection, [customer_id] if customer_id else [])
        job = await queue.claimed(connection, claim)
        if job is None or job.customer_id not in states:
            raise Stopped
        state = states[job.customer_id]
        answer = await gate.judge(connection, state, job, now_ms=int(self._clock().timestamp() * 1000))
        if not answer.allowed:
            raise _Ended("cancelled" if answer.reason in ("cancelled", "moot") else "refused", answer.reason)
        return job, state

    async def _again(self, claim: UUID, answer: str) -> None:
        """Put a line off; one that was put off too often waits for a person, and its author is told."""
        async with transaction(self._pool) as connection:
            job = await queue.claimed(connection, claim)
            if job is not None and job.attempts < queue.MOST_ATTEMPTS:
                wait: timedelta = queue.wait_after(job.attempts, noise=random.random())
                await queue.put_off(connection, job, until=self._clock() + wait, answer=answer)
                log.info("outgoing.put_off", line=str(job.id), attempts=job.attempts, answer=answer)
                return
        await self._finish(claim, "dead", "undeliverable", answer)

    async def _finish(self, claim: UUID, state: str, reason: str | None, answer: str | None) -> None:
        now = self._clock()
        async with transaction(self._pool) as connection:
            customer_id = await connection.fetchval(
                "select customer_id from outgoing where claim = $1", claim
            )
            await installed().load_customers(connection, [customer_id] if customer_id else [])
            job = await queue.claimed(connection, claim)
            if job is None:
                return  # she was erased meanwhile
            await queue.end(connection, job, state, reason=reason, answer=answer, now=now)
            told = _TOLD.get(state)
            if told is not None and job.kind == queue.MESSAGE:
                why = reason or ""
                await house.tell(connection, job.brand, job.customer_id, job.id, told, why=why, now=now)
        log.info("outgoing.ended", line=str(job.id), state=state, reason=reason or "", answer=answer or "")


_TOLD = {
    "sent": MessageState.SENT,
    "refused": MessageState.REFUSED,
    "dead": MessageState.REFUSED,
    "bounced": MessageState.BOUNCED,
    "unsure": MessageState.UNSURE,
}


def _address(state: CustomerState, channel: ContactChannel) -> str | None:
    if channel is not ContactChannel.EMAIL:
        return phone_form(str(state.values.get("phone") or ""))
    try:
        return compose.mail_address(str(state.values.get("email") or ""))
    except compose.AddressInvalid:
        return None
