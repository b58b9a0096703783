"""The only gate: asked of every message when it is taken in hand, and again when it leaves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from schemas.consent import ConsentState, ContactChannel, Purpose, consent_key
from schemas.contact import ContactAnswer, is_pending, may_contact
from schemas.details_link import CHANNELS, is_link
from schemas.messages import COUNTED, DAY_MS, MessageState, pressed
from server.consent import wordings
from server.consent.pressure import pressure_rules
from server.database.pool import Connection
from server.outgoing.queue import CONFIRMATION, Job
from server.replication.workspace import CustomerState
from sync.reducer import value_at

MOST_DETAILS_LINKS = 3  # in a day
MOST_CONFIRMATIONS = 3  # mails in a day that ask her to confirm: nobody is pestered by a mistyped address


async def ask(
    connection: Connection,
    values: Mapping[str, Any],
    *,
    own_brand: str,
    brand: str,
    channel: ContactChannel,
    purpose: Purpose,
    now_ms: int,
    asked: UUID | None = None,
) -> ContactAnswer:
    """Return whether a customer may be written to now, from all that is known of her, and the reason.

    Args:
        own_brand: the customer's; what she bought is that brand's.
        asked: the message this is asked for.
    """
    rules = await pressure_rules(connection, brand)
    return may_contact(
        values.get("consents") or {},
        brand=brand,
        channel=channel,
        purpose=purpose,
        now=now_ms,
        wordings=await wordings.published(connection, brand),
        limits=values.get("limits") or {},
        purchases=(values.get("purchases") or ()) if brand == own_brand else (),
        pressure=pressed(
            values.get("messages") or {},
            brand=brand,
            purpose=purpose,
            now=now_ms,
            rules=rules,
            asked=str(asked) if asked is not None else None,
        ),
    )


async def judge(connection: Connection, state: CustomerState, job: Job, *, now_ms: int) -> ContactAnswer:
    """Return whether a line of the queue may leave now, with the reason.

    Besides those of ``may_contact``: "cancelled" by its author, "moot" for a confirmation nobody waits for.
    """
    if job.kind == CONFIRMATION:
        return await _judge_confirmation(connection, state, job, now_ms=now_ms)
    message = value_at(state.values, f"messages/{job.id}")
    if message is None or message["state"] in (
        MessageState.CANCELLED,
        MessageState.SENT,
        MessageState.BOUNCED,
    ):
        return ContactAnswer(allowed=False, reason="cancelled")
    if is_link(message):
        return _judge_details_link(state, job, now_ms=now_ms)
    return await ask(
        connection,
        state.values,
        own_brand=state.brand,
        brand=job.brand,
        channel=ContactChannel(job.channel),
        purpose=Purpose(job.purpose),
        now_ms=now_ms,
        asked=job.id,
    )


def _judge_details_link(state: CustomerState, job: Job, *, now_ms: int) -> ContactAnswer:
    """Return whether the link she asked for at the counter may leave: asking for it is her word.

    What she said no to stands, and so does a limit; a few such links in a day are enough. What is written is
    the house's own text, so nothing else can be said under its name.
    """
    if set(state.values.get("limits") or {}) - {"profiling"}:
        return ContactAnswer(allowed=False, reason="restricted")
    channel = ContactChannel(job.channel)
    if channel not in CHANNELS or job.purpose != Purpose.SERVICE:
        return ContactAnswer(allowed=False, reason="never_asked")
    standing = (state.values.get("consents") or {}).get(consent_key(job.brand, channel, Purpose.SERVICE))
    if standing is not None and standing["state"] != ConsentState.GRANTED:
        return ContactAnswer(allowed=False, reason="withdrawn")
    others = [
        each
        for key, each in (state.values.get("messages") or {}).items()
        if key != str(job.id) and is_link(each) and each["state"] in (*COUNTED, MessageState.BOUNCED)
    ]
    if sum(1 for each in others if each["at"] > now_ms - DAY_MS) >= MOST_DETAILS_LINKS:
        return ContactAnswer(allowed=False, reason="pressure")
    return ContactAnswer(allowed=True, reason="granted")


async def _judge_confirmation(
    connection: Connection, state: CustomerState, job: Job, *, now_ms: int
) -> ContactAnswer:
    if set(state.values.get("limits") or {}) - {"profiling"}:
        return ContactAnswer(allowed=False, reason="restricted")
    channel, purpose = ContactChannel(job.channel), Purpose(job.purpose)
    standing = (state.values.get("consents") or {}).get(consent_key(job.brand, channel, purpose))
    published = await wordings.published(connection, job.brand)
    if standing is None or not is_pending(standing, published, job.brand, channel, purpose):
        return ContactAnswer(allowed=False, reason="moot")
    sent = await connection.fetchval(
        """
        select count(*) from outgoing
        where customer_id = $1 and kind = $2 and id <> $3 and state in ('sent', 'leaving', 'unsure')
          and coalesce(ended_at, claimed_until) > to_timestamp($4::float8 / 1000) - interval '1 day'
        """,
        job.customer_id,
        CONFIRMATION,
        job.id,
        float(now_ms),
    )
    if sent >= MOST_CONFIRMATIONS:
        return ContactAnswer(allowed=False, reason="pressure")
    return ContactAnswer(allowed=True, reason="granted")


def text_of(state: CustomerState, job: Job) -> Mapping[str, Any]:
    """Return the message of a line, as it stands on her record; empty when it is not there."""
    return value_at(state.values, f"messages/{job.id}") or {}
