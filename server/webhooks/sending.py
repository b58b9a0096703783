"""Sends what endpoints are to be told, in the shape of Standard Webhooks; what fails is tried for three days.

Source: Standard Webhooks 1.0.0. The id stays the same over all attempts; order is not promised.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
import structlog

from schemas.record import Struct
from server.audit.alarms import raise_alarm
from server.connectors.signatures import signature_of
from server.database import queue
from server.database.pool import Pool, transaction
from server.outside import HostRefused, way_to
from server.policy.in_force import Policies
from server.webhooks.endpoints import COLUMNS, Endpoint, of_row, stop
from server.webhooks.noticing import notice

AT_ONCE = 10
TIMEOUT_S = 20.0  # of one attempt, all of it
LEASE_S = 120
# After the first attempt, the second and so on: 75 hours in all.
PAUSES_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
LONGEST_WISH_S = 86_400  # of a Retry-After
STOPPED_AFTER = timedelta(days=5)  # of nothing but failures
KEPT_FOR = timedelta(days=30)
GONE = 410

log = structlog.get_logger()


class Answer(Struct):
    """What came of one attempt: a status of HTTP, or a code of ours; and how long to wait if they said so."""

    status: int = 0
    error: str | None = None
    wish_s: int = 0


def written(message: Any) -> bytes:
    """Return a message's body: what happened to which id, and nothing of her."""
    data = {"customer_id": str(message["record_id"])}
    if message["into_id"] is not None:
        data["into_id"] = str(message["into_id"])
    at = message["created_at"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode({"type": message["type"], "timestamp": at, "data": data})


def headers_of(message_id: UUID, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Return the headers that prove where a message comes from: one signature for each secret."""
    name, instant = f"msg_{message_id.hex}", str(int(now.timestamp()))
    signed = b".".join((name.encode(), instant.encode(), body))
    return {
        "content-type": "application/json",
        "user-agent": "Comptoir",
        "webhook-id": name,
        "webhook-timestamp": instant,
        "webhook-signature": " ".join(signature_of(each, signed) for each in secrets),
    }


async def post(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    inside: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Answer:
    """Make one attempt. No redirect is followed, nothing of the answer but its status is read."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            way = await way_to(url, inside=inside)
            async with (
                httpx.AsyncClient(
                    timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, transport=transport
                ) as client,
                client.stream(
                    "POST",
                    way.url,
                    content=body,
                    headers=headers | {"host": way.host},
                    extensions={"sni_hostname": way.name},
                ) as reply,
            ):
                return Answer(status=reply.status_code, wish_s=_wish(reply.headers.get("retry-after", "")))
    except HostRefused:
        return Answer(error="host_refused")
    except TimeoutError:
        return Answer(error="timeout")
    except (httpx.HTTPError, OSError) as error:
        return Answer(error=type(error).__name__)


async def work_through(
    pool: Pool,
    secret: bytes,
    policies: Policies,
    *,
    inside: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    most: int = AT_ONCE,
) -> int:
    """Notice what is to be told and make the attempts that are due; return how many there were.

    Args:
        inside: endpoints in our own network are good too.
    """
    await notice(pool, policies, now=clock())
    async with transaction(pool) as connection:
        messages = await queue.take(connection, "webhook_message", now=clock(), lease_s=LEASE_S, most=most)
        rows = await connection.fetch(
            f"select {COLUMNS} from webhook_endpoint where id = any($1::uuid[])",  # noqa: S608 (ours)
            list({message["endpoint_id"] for message in messages}),
        )
    endpoints = {row["id"]: of_row(row) for row in rows}

    async def attempt(message: Any) -> Answer:
        held = endpoints.get(message["endpoint_id"])
        if held is None or not held.active:
            return Answer(error="stopped")
        body = written(message)
        signed = headers_of(message["id"], body, held.secrets(secret, now=clock()), now=clock())
        return await post(held.url, body, signed, inside=inside)

    answers = await asyncio.gather(*(attempt(message) for message in messages))
    for message, answer in zip(messages, answers, strict=True):
        await _settle(pool, endpoints.get(message["endpoint_id"]), message, answer, now=clock())
    if messages:
        log.info("webhook.sent", attempts=len(messages), taken=sum(_is_taken(each) for each in answers))
    return len(messages)


async def forget_old(connection: Any, *, now: datetime) -> None:
    """Let go of messages that ended long ago."""
    await connection.execute(
        "delete from webhook_message where state <> 'waiting' and ended_at < $1", now - KEPT_FOR
    )


async def _settle(pool: Pool, held: Endpoint | None, message: Any, answer: Answer, *, now: datetime) -> None:
    async with transaction(pool) as connection:
        if _is_taken(answer):
            await queue.settle(connection, "webhook_message", message["id"], now=now)
            await connection.execute(
                "update webhook_endpoint set failing_since = null where id = $1", message["endpoint_id"]
            )
            return
        attempts = message["attempts"]
        pause_s = max(PAUSES_S[min(attempts, len(PAUSES_S)) - 1] * random.uniform(1, 1.2), answer.wish_s)
        await queue.put_off(
            connection,
            "webhook_message",
            message["id"],
            attempts=attempts,
            error=answer.error or str(answer.status),
            now=now,
            hopeless=answer.error == "stopped" or attempts > len(PAUSES_S),
            most=len(PAUSES_S) + 1,
            pause=timedelta(seconds=pause_s),
        )
        if held is None:
            return
        # Where one is not taken the others would not be either: they rest as long, and cost no attempt.
        await connection.execute(
            """
            update webhook_message set due_at = greatest(due_at, $2)
            where endpoint_id = $1 and state = 'waiting' and attempts = 0
            """,
            held.id,
            now + timedelta(seconds=pause_s),
        )
        since = await connection.fetchval(
            """
            update webhook_endpoint set failing_since = coalesce(failing_since, $2)
            where id = $1 and active returning failing_since
            """,
            held.id,
            now,
        )
        gone = answer.status == GONE
        if since is None or not (gone or now - since >= STOPPED_AFTER):
            return
        because = "gone" if gone else "failing"
        await stop(connection, held.id, because=because, now=now)
        await raise_alarm(
            connection,
            "webhook_stopped",
            once=f"{held.id} {now.isoformat()}",
            brand=held.brand,
            facts={"endpoint": str(held.id), "because": because},
        )


def _is_taken(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _wish(text: str) -> int:
    """Return the seconds of a Retry-After; dates are not read."""
    return min(int(text), LONGEST_WISH_S) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
