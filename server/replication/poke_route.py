"""The door of pokes: a WebSocket that says who it is once, and then only listens."""

import asyncio
import contextlib
import time
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.datastructures import State
from litestar.exceptions import WebSocketDisconnect

from schemas.poke import Farewell
from schemas.problem import ErrorCode
from server.auth.access_token import Claims
from server.auth.guard import PUBLIC, bearer_of
from server.auth.principal import Principal, principal_of
from server.problems import Refusal
from server.replication.poke import Pokes, Seat, SeatsTaken, farewell_of

INTRODUCTION_S = 5.0  # for the first message
LONGEST_INTRODUCTION = 4096


@websocket("/v1/sync/poke", opt={PUBLIC: True})
async def poke(socket: WebSocket[Any, Any, State]) -> None:
    """Tell a tablet, again and again, that something of its person's changed.

    Who is asking comes with the header of every other door, or as the first message where a client cannot
    set one; never in the address, which is logged on the way.
    """
    pokes: Pokes = socket.app.state.pokes
    await socket.accept()
    try:
        with pokes.introducing():
            claims, principal = await _introduced(socket)
            seat = await pokes.take_seat(claims, principal)
    except (WebSocketDisconnect, TimeoutError) as gone:
        await _close(socket, Farewell.NOT_SIGNED_IN if isinstance(gone, TimeoutError) else None)
        return
    except Refusal as refusal:
        await _close(socket, farewell_of(refusal))
        return
    except SeatsTaken:
        await _close(socket, Farewell.FULL)
        return
    try:
        await _tell(socket, seat)
    finally:
        pokes.leave(seat)


async def _introduced(socket: WebSocket[Any, Any, State]) -> tuple[Claims, Principal]:
    if "authorization" in socket.headers:
        token = bearer_of(socket)
    else:
        async with asyncio.timeout(INTRODUCTION_S):
            token = await socket.receive_text()
    if len(token) > LONGEST_INTRODUCTION:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    claims = await socket.app.state.key_ring.verify(token, now=int(time.time()))
    principal = await principal_of(socket.app.state.pool, claims)
    if principal.device_id is None:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    return claims, principal


async def _tell(socket: WebSocket[Any, Any, State], seat: Seat) -> None:
    """Send what the seat is told until either side has had enough."""
    hearing = asyncio.create_task(_hear(socket))
    try:
        while True:
            telling = asyncio.create_task(seat.next())
            await asyncio.wait({hearing, telling}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                telling.cancel()
                return
            said = telling.result()
            if isinstance(said, Farewell):
                await _close(socket, said)
                return
            await socket.send_text(msgspec.json.encode(said).decode())
    except WebSocketDisconnect:
        return
    finally:
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await hearing


async def _hear(socket: WebSocket[Any, Any, State]) -> None:
    """Return when the tablet is gone, or says anything: it has nothing to say."""
    with contextlib.suppress(WebSocketDisconnect):
        await socket.receive_data(mode="binary")


async def _close(socket: WebSocket[Any, Any, State], why: Farewell | None) -> None:
    if why is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(int(why))
