"""Leaks in answers to what is written over REST."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from schemas.mutations import CreateCustomer
from schemas.problem import ErrorCode
from server.customers import note_routes, queries, routes
from server.problems import Refusal
from server.rest import writing
from tests.twin_worlds.planting import LASTING, all_of, leak, secret, with_secret


@leak("writes", among=LASTING)
def uniqueness_told(patch: pytest.MonkeyPatch) -> None:
    honest = writing.Writer.write

    async def leaking(self: Any, record_id: Any, mutations: Any, **named: Any) -> None:
        for mutation in mutations:
            email = mutation.values.get("email") if isinstance(mutation, CreateCustomer) else None
            if email and await self._connection.fetchval("select true from customer where email = $1", email):
                raise Refusal(ErrorCode.ALREADY_EXISTS)
        await honest(self, record_id, mutations, **named)

    patch.setattr(writing.Writer, "write", leaking)


@leak("writes")
def error_that_echoes(patch: pytest.MonkeyPatch) -> None:
    with_secret(queries, "read_profile", lambda fields, held: fields)(patch)

    def leaking(code: ErrorCode, detail: str = "", **named: Any) -> Refusal:
        return Refusal(code, f"{detail} {secret.get().get('address')}", **named)

    patch.setattr(routes, "Refusal", leaking)


@leak("writes")
def replay_under_an_idempotency_key(patch: pytest.MonkeyPatch) -> None:
    honest = routes.claim

    async def leaking(connection: Any, *args: Any) -> Any:
        claimed = await honest(connection, *args)
        if claimed.repeated and claimed.record_id:
            held = await all_of(connection, claimed.record_id)
            raise Refusal(ErrorCode.IDEMPOTENCY_CONFLICT, f"edited {len(held)} times")
        if claimed.repeated:
            raise Refusal(
                ErrorCode.IDEMPOTENCY_CONFLICT, str(await connection.fetchval("select count(*) from receipt"))
            )
        return claimed

    patch.setattr(routes, "claim", leaking)


@leak("writes")
def note_of_another_acknowledged(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, principal: Any, lens: Any, customer_id: UUID) -> note_routes.Notes:
        held = (await all_of(connection, customer_id)).get("notes", [])
        return note_routes.Notes(data=msgspec.convert(held, list[note_routes.Note]))

    patch.setattr(note_routes, "_notes", leaking)
