"""Doors to the notes about a customer that this person may read."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.engagement import Note, NoteLevel
from schemas.mutations import NoteText, WithdrawNote, WriteNote
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import read_profile
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens, require_known, require_reachable, require_readable
from server.rest.idempotency import IdempotencyKey, claim
from server.rest.paging import known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes


class NewNote(Struct, forbid_unknown_fields=True):
    """What is written down, and who may read it."""

    text: NoteText
    level: NoteLevel


class Notes(Struct):
    """The notes this person may read, newest first. A withdrawn one has no text."""

    data: list[Note]


@get("/customers/{customer_id:uuid}/notes", opt={AS_CALLER: True})
async def read_notes(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Notes:
    """Notes for the brand, for his stores, and his own."""
    require_readable(lens, "notes")
    notes = await _notes(connection, principal, lens, customer_id)
    await chain.append(
        connection, principal, "customer.notes_read", subject_kind="customer", subject_id=customer_id
    )
    return notes


@post("/customers/{customer_id:uuid}/notes", status_code=201)
async def write_note(
    customer_id: FromPath[UUID],
    data: JSONBody[NewNote],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Notes:
    """Write a note: private, for the store, or for the brand."""
    require_known(level=data.level)
    await require_reachable(connection, principal, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    edit = WriteNote(note_id=claimed.new_id(), text=data.text, level=data.level)
    await writer.write(customer_id, [edit], claimed=claimed)
    return await _notes(connection, principal, lens, customer_id)


@delete("/customers/{customer_id:uuid}/notes/{note_id:uuid}", status_code=200)
async def withdraw_note(
    customer_id: FromPath[UUID],
    note_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Notes:
    """Take a note back. Only its author may; the line stays, its text goes."""
    notes = await _notes(connection, principal, lens, customer_id)
    note = next((each for each in notes.data if each.note_id == note_id), None)
    if note is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if not note.withdrawn:
        await writer.write(customer_id, [WithdrawNote(note_id=note_id)])
    return await _notes(connection, principal, lens, customer_id)


async def _notes(connection: Connection, principal: Principal, lens: Lens, customer_id: UUID) -> Notes:
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return Notes(data=msgspec.json.decode(fields.get("notes", b"[]"), type=list[Note]))


router = Router(
    "/v1",
    route_handlers=[read_notes, write_note, withdraw_note],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
