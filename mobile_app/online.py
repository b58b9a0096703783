"""What a tablet asks of the server beyond sync, with a line only: held edits, what a field held before."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import msgspec

from mobile_app.account import AccountRefused
from mobile_app.screens.card.past import PastValue
from mobile_app.screens.outbox.model import HeldEdit
from schemas.record import Stamp, Struct
from schemas.sealed import SealedValue
from sync.replica.transport import RequestRejected, ServerUnreachable

TIMEOUT_S = 10.0
MOST = 100

Reply = TypeVar("Reply")


class _Name(Struct, frozen=True):
    given_name: str | None = None
    family_name: str | None = None


class _Held(Struct, frozen=True):
    mutation_id: UUID
    record_id: UUID
    customer: _Name
    op: str
    author: UUID
    at: int
    code: str
    said: dict[str, Any] = {}
    standing: dict[str, Any] = {}


class _HeldPage(Struct, frozen=True):
    data: tuple[_Held, ...]


class _Past(Struct, frozen=True):
    entry_id: int
    path: str
    value: Any
    ended_at: int
    undo_until: int
    said: Stamp | None = None


class _PastPage(Struct, frozen=True):
    data: tuple[_Past, ...]


class _Revealed(Struct, frozen=True):
    value: Any


class SealedAnswer(Struct, frozen=True):
    """Values sealed for one reader, and when."""

    values: tuple[SealedValue, ...]
    at: int  # wall milliseconds UTC


class _Problem(Struct, frozen=True):
    code: str = "unknown"


class Online:
    """Asks as the person signed in; keeps nothing.

    Every question may raise ``AccountRefused`` (the server says no, with a stable code) and
    ``ServerUnreachable``.
    """

    def __init__(self, client: httpx.AsyncClient, *, bearer: Callable[[], Awaitable[str]]) -> None:
        self._client = client
        self._bearer = bearer

    async def held_edits(self) -> tuple[HeldEdit, ...]:
        """Return the edits of colleagues that did not pass and wait for a manager."""
        page = await self._ask("GET", f"/v1/held-edits?limit={MOST}", _HeldPage)
        return tuple(
            HeldEdit(
                mutation_id=each.mutation_id,
                record_id=each.record_id,
                customer=" ".join(
                    word for word in (each.customer.given_name, each.customer.family_name) if word
                ),
                op=each.op,
                author=str(each.author),
                at_ms=each.at,
                code=each.code,
                said=each.said,
                standing=each.standing,
            )
            for each in page.data
        )

    async def review(self, mutation_id: UUID, *, apply: bool) -> None:
        """Let a colleague's edit stand, or let it go."""
        await self._send("POST", f"/v1/held-edits/{mutation_id}/{'apply' if apply else 'dismiss'}")

    async def past(self, record_id: UUID, field: str) -> tuple[PastValue, ...]:
        """Return what a field of a customer held before, newest first."""
        page = await self._ask("GET", f"/v1/customers/{record_id}/history?field={field}&limit=20", _PastPage)
        return tuple(
            PastValue(
                entry_id=each.entry_id,
                path=each.path,
                value=each.value,
                ended_at=each.ended_at,
                undo_until=each.undo_until,
                said=each.said,
            )
            for each in page.data
        )

    async def restore(self, record_id: UUID, entry_id: int) -> None:
        """Let a value stand again."""
        await self._send(
            "POST",
            f"/v1/customers/{record_id}/history/{entry_id}/restore",
            headers={"Idempotency-Key": str(uuid4())},
        )

    async def reveal(self, record_id: UUID, field: str, reason: str) -> Any:
        """Return a masked value in clear; the server has written down who wanted it, and why."""
        body = {"field": field, "reason": reason}
        return (await self._ask("POST", f"/v1/customers/{record_id}/reveal", _Revealed, body)).value

    async def sealed(self, public_key: bytes, customers: Sequence[UUID]) -> SealedAnswer:
        """Return masked values sealed for a key, as many as the house lets a tablet take along."""
        body = {"public_key": public_key.hex(), "customers": [str(each) for each in customers]}
        return await self._ask("POST", "/v1/sealed-values", SealedAnswer, body)

    async def _ask(
        self, method: str, path: str, kind: type[Reply], body: dict[str, Any] | None = None
    ) -> Reply:
        reply = await self._send(method, path, body=body)
        try:
            return msgspec.json.decode(reply.content, type=kind)
        except msgspec.MsgspecError as strange:  # a hotel's sign-in page answers 200 too
            raise ServerUnreachable(kind.__name__) from strange

    async def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            bearer = {"Authorization": f"Bearer {await self._bearer()}"}
            reply = await self._client.request(
                method, path, json=body, headers=bearer | (headers or {}), timeout=TIMEOUT_S
            )
        except RequestRejected as rejected:
            raise AccountRefused(str(rejected.code or "not_signed_in")) from rejected
        except httpx.HTTPError as failure:
            raise ServerUnreachable(path) from failure
        if reply.status_code >= 500:
            raise ServerUnreachable(path)
        if reply.is_error:
            try:
                raise AccountRefused(msgspec.json.decode(reply.content, type=_Problem).code)
            except msgspec.MsgspecError as strange:
                raise ServerUnreachable(path) from strange
        return reply
