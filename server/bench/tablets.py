"""Tablets as small as can be: a token, a connection, no store."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import msgspec

from schemas.protocol import CONTENT_TYPE, Caller, PullReply, PullRequest, encode
from server.auth.access_token import KeyRing
from server.auth.principal import Principal
from server.bench.serving import Wire
from server.bench.world import manager_on_a_tablet
from server.database.pool import Pool

GOOD_S = 300.0  # that a token is used, of the ten minutes it lives


class OnWire:
    """A tablet behind a connection of its own."""

    def __init__(self, wire: Wire, bearer: Callable[[], str], caller: Caller) -> None:
        self.wire = wire
        self._bearer = bearer  # of this moment: one does not outlive a long run
        self._caller = caller
        self._token: bytes | None = None

    async def pull(self) -> PullReply:
        asked = encode(PullRequest(caller=self._caller, token=self._token))
        status = 503
        while status == 503:  # also a full server is asked again
            status, body = await self.wire.ask(
                "POST", "/v1/sync/pull", token=self._bearer(), content=asked, kind=CONTENT_TYPE
            )
        if status != 200:
            raise RuntimeError(f"status {status}")
        return msgspec.msgpack.decode(body, type=PullReply)

    async def another(self, server: str) -> OnWire:
        """Return one more that holds what this one holds."""
        caller = msgspec.structs.replace(self._caller, incarnation=uuid4())
        one = OnWire(await Wire.open(server), self._bearer, caller)
        one._token = self._token
        return one

    async def pull_all(self) -> None:
        more = True
        while more:
            reply = await self.pull()
            self._token, more = reply.token, reply.more
            self._caller = msgspec.structs.replace(self._caller, holds=reply.entitlement.name)

    async def pull_often(self, times: int) -> None:
        for _ in range(times):
            await self.pull()


async def tablet_over_http(pool: Pool, keys: KeyRing, store: str, server: str) -> OnWire:
    family = uuid4()
    async with pool.acquire() as lent:
        principal = await manager_on_a_tablet(lent, store)  # type: ignore[arg-type]
        await lent.execute(
            """
            insert into refresh_family (id, associate_id, device_id, expires_at)
            values ($1, $2, $3, now() + interval '1 day')
            """,
            family,
            principal.associate_id,
            principal.device_id,
        )
    held, until = "", 0.0

    def bearer() -> str:
        nonlocal held, until
        if time.monotonic() >= until:
            held = keys.issue(
                associate_id=principal.associate_id,
                family_id=family,
                device_id=principal.device_id,
                now=int(time.time()),
            )
            until = time.monotonic() + GOOD_S
        return held

    return OnWire(await Wire.open(server), bearer, caller_on(principal, uuid4()))


def caller_on(principal: Principal, incarnation: UUID, holds: bytes = b"") -> Caller:
    """Return what a tablet says of itself with each request."""
    return Caller(
        protocol=1,
        app_version="1.0.0",
        device_id=principal.device_id or UUID(int=0),
        incarnation=incarnation,
        fence=0,
        sent_at=int(time.time() * 1000),
        holds=holds,
    )
