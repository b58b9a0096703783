"""Doors to what is written to a customer: write to her, see what became of it, take it back in time."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.consent import ContactChannel, Purpose
from schemas.messages import TYPED, Message, MessageState, MessageText, Subject, TemplateCode
from schemas.mutations import MoveMessage, SendMessage
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import read_profile, revisions
from server.database.pool import Connection
from server.outgoing import gate
from server.problems import Refusal
from server.replication.workspace import installed
from server.rest.access import provide_lens, require_known, require_reachable, require_readable
from server.rest.idempotency import IdempotencyKey, claim
from server.rest.paging import known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes


class NewMessage(Struct, forbid_unknown_fields=True):
    """Something to be written to her, as she will read it."""

    channel: ContactChannel
    purpose: Purpose
    text: MessageText
    subject: Subject = ""
    template: TemplateCode | None = None
    version: int = 0
    language: str = ""


class CalledOff(Struct, forbid_unknown_fields=True):
    """A message taken back before it left."""

    state: Literal["cancelled"]


class Messages(Struct):
    """What was written to a customer, by id, the latest first."""

    data: dict[str, Message]


@get("/customers/{customer_id:uuid}/messages", opt={AS_CALLER: True})
async def read_messages(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Messages:
    """What was written to her, and what became of it."""
    require_readable(lens, "messages")
    messages = await _messages(connection, principal, lens, customer_id)
    await chain.append(
        connection, principal, "customer.messages_read", subject_kind="customer", subject_id=customer_id
    )
    return messages


@post("/customers/{customer_id:uuid}/messages", status_code=201)
async def write_message(
    customer_id: FromPath[UUID],
    data: JSONBody[NewMessage],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Messages:
    """Write to her: it leaves after some seconds, if it may then too.

    Whether it may is asked at once, for whoever may know: the reason is in ``detail``.
    """
    require_known(channel=data.channel, purpose=data.purpose)
    if data.channel not in TYPED:
        raise Refusal(ErrorCode.INVALID, "nothing can be typed to her by this channel")
    await require_reachable(connection, principal, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    if not claimed.repeated and lens.writes("messages"):
        await _require_open(connection, principal, lens, customer_id, data)
    message = SendMessage(
        message_id=claimed.new_id(),
        brand=principal.brand,
        channel=data.channel,
        purpose=data.purpose,
        text=data.text,
        subject=data.subject,
        template=data.template,
        version=data.version,
        language=data.language,
    )
    await writer.write(customer_id, [message], claimed=claimed)
    return await _messages(connection, principal, lens, customer_id)


@patch("/customers/{customer_id:uuid}/messages/{message_id:uuid}")
async def call_off(
    customer_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[CalledOff],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Messages:
    """Take a message back that has not left."""
    require_readable(lens, "messages")
    if str(message_id) not in (await _messages(connection, principal, lens, customer_id)).data:
        raise Refusal(ErrorCode.NOT_FOUND)
    move = MoveMessage(message_id=message_id, to=MessageState(data.state))
    await writer.write(customer_id, [move], seen=await revisions(connection, customer_id))
    return await _messages(connection, principal, lens, customer_id)


# Why she may not be written to: the word of ``may-contact`` -> the same for people.
CLOSED = {
    "withdrawn": "she said no",
    "never_asked": "she was never asked",
    "unproven": "nothing proves her yes",
    "pending": "she has not confirmed by e-mail",
    "pressure": "enough was written to her for now",
    "restricted": "her data may be used for nothing",
}


async def _require_open(
    connection: Connection, principal: Principal, lens: Lens, customer_id: UUID, data: NewMessage
) -> None:
    """Ask the gate. Whoever may not read what it goes by is told that it is closed, and not why.

    Raises:
        Refusal: PRECONDITION.
    """
    states = await installed().load_customers(connection, [customer_id])
    state = states.get(customer_id)
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    answer = await gate.ask(
        connection,
        state.values,
        own_brand=state.brand,
        brand=principal.brand,
        channel=data.channel,
        purpose=data.purpose,
        now_ms=int(datetime.now(UTC).timestamp() * 1000),
    )
    told = all(lens.reads(field) for field in ("consents", "limits", "purchases", "messages"))
    if not told:
        return  # what he may not see must not show in what he is refused: the sender asks, and says so later
    if not answer.allowed:
        said = CLOSED.get(answer.reason)
        raise Refusal(ErrorCode.PRECONDITION, f"{answer.reason}: {said}" if said else answer.reason)


async def _messages(connection: Connection, principal: Principal, lens: Lens, customer_id: UUID) -> Messages:
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    held = msgspec.json.decode(fields.get("messages", b"{}"), type=dict[str, Message])
    return Messages(data=dict(sorted(held.items(), key=lambda each: (each[1].at, each[0]), reverse=True)))


router = Router(
    "/v1",
    route_handlers=[read_messages, write_message, call_off],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["messages"],
)
