"""Showing a masked value for a minute: by the line when there is one, else from what was taken along sealed.

Without a line the record of it is in the outbox before anything is opened: who, what, when and why.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from mobile_app.account import AccountRefused
from mobile_app.online import Online
from mobile_app.sealed_values import SealedValues, value_in
from mobile_app.session import Session
from schemas.mutations import MalformedMutation, RevealValue, decode_mutation, encode_args, op_of
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Level
from sync.replica.store import Store
from sync.replica.transport import ServerUnreachable
from sync.sealed_box import BoxBroken

MOST_AT_ONCE = 100
EVERY_MS = 600_000
FILE = "sealed"


class NotTakenAlong(Exception):
    """Without a line this value cannot be had: it is not on this tablet, not even sealed."""


class Shown(Struct, frozen=True):
    """A value in clear. Whoever shows it hides it again after a minute, and keeps it nowhere."""

    value: Any
    as_of: int | None = None  # wall milliseconds when it was sealed; None: it is as it stands now


class Revealing:
    """One person's masked values on this tablet, while his store is open."""

    def __init__(
        self,
        session: Session,
        store: Store,
        online: Callable[[], Online],
        *,
        submit: Callable[[UUID, RevealValue], UUID],
        wall_ms: Callable[[], int],
    ) -> None:
        self._session = session
        self._store = store
        self._online = online
        self._submit = submit
        self._wall_ms = wall_ms
        self._asked_at = 0
        self._asking: asyncio.Task[None] | None = None
        self._sealed = SealedValues(session.database_path().parent / FILE, session.data_key())
        self.prune()

    async def reveal(self, record_id: UUID, field: str, reason: str, pin: str) -> Shown:
        """Return a masked value in clear.

        Raises:
            WrongPin, FullSignInNeeded: it is not he who is signed in.
            AccountRefused: the server says no.
            NotTakenAlong: there is no line, and the value is not here.
        """
        private = self._session.open_reveal_key(pin)
        try:
            return Shown(value=await self._online().reveal(record_id, field, reason))
        except ServerUnreachable:
            return self._from_here(record_id, field, reason, private)

    def _from_here(self, record_id: UUID, field: str, reason: str, private: bytes) -> Shown:
        lens, device, person = self._store.lens, self._session.device, self._session.person
        found = self._sealed.of(self._belongs(), record_id, field)
        masked = lens is not None and lens.levels.get(field) is Level.MASKED
        if found is None or not masked or device is None or person is None:
            raise NotTakenAlong
        box, at = found
        self._submit(record_id, _readable(RevealValue(field=field, reason=reason)))  # before it is opened
        try:
            value = value_in(
                box,
                private,
                customer_id=record_id,
                field=field,
                device_id=device.device_id,
                associate_id=person.associate_id,
            )
        except BoxBroken as broken:
            raise NotTakenAlong from broken
        return Shown(value=value, as_of=at)

    def prune(self) -> None:
        """Forget what this person may not open any more, and whom this tablet does not hold any more."""
        self._sealed.belong_to(self._belongs(), lambda each: self._store.summary(each) is not None)

    def take_along_soon(self) -> None:
        """Ask for what is missing of the people he works with, now and then, when the line is there."""
        now = self._wall_ms()
        if self._asking is not None or now - self._asked_at < EVERY_MS:
            return
        self._asked_at = now
        self._asking = asyncio.get_running_loop().create_task(self._take_along())
        self._asking.add_done_callback(self._asked)

    def stop(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _take_along(self) -> None:
        lens, public = self._store.lens, self._session.reveal_public()
        if lens is None or public is None or Level.MASKED not in lens.levels.values():
            return
        belongs = self._belongs()
        wanted = self._sealed.wanting(self._customers(), now=self._wall_ms())[:MOST_AT_ONCE]
        if not wanted:
            return
        with contextlib.suppress(ServerUnreachable, AccountRefused):
            answer = await self._online().sealed(public, wanted)
            if belongs == self._belongs():
                self._sealed.put(belongs, answer.values, at=answer.at)

    def _customers(self) -> list[UUID]:
        """Return whom he is likeliest to ask about: those he looked at last, then his own book."""
        mine = f"associate:{self._store.identity.author}"
        found = [*self._store.recent(MOST_AT_ONCE), *self._store.search("", [mine], MOST_AT_ONCE * 2)]
        return list(dict.fromkeys(each.record_id for each in found))

    def _belongs(self) -> bytes:
        entitlement = self._store.meta.entitlement
        return (entitlement.name if entitlement else b"") + (self._session.reveal_public() or b"")

    def _asked(self, task: "asyncio.Task[None]") -> None:
        self._asking = None


def _readable(said: RevealValue) -> RevealValue:
    """Return a record that the server will take: one it cannot read would open the value and tell nobody.

    Raises:
        AccountRefused: as the server would say to the same reason.
    """
    try:
        decode_mutation(op_of(said), encode_args(said))
    except MalformedMutation as malformed:
        raise AccountRefused(ErrorCode.INVALID) from malformed
    return said
