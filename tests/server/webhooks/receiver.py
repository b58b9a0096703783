"""A receiver of webhooks on a port of this machine, and a service that has an endpoint there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from server.connectors.signatures import standard
from server.policy.in_force import Policies
from server.webhooks.sending import work_through
from tests.server.rest.house import Asking

SECRET = b"a secret of tests, never of anyone else"


class Receiver:
    """Keeps what it is posted, and answers as it is told to: with the next of ``answers``, then 204."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[str] = []

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it was told, the bodies alone."""
        return [msgspec.json.decode(body) for _, body in self.got]

    def holds(self, place: int, secret: str) -> bool:
        """Whether a post is signed with this secret, by the check we use ourselves."""
        headers, body = self.got[place]
        return standard([secret], headers, body, float(headers["webhook-timestamp"]))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")[1:]
        headers = {
            name.strip().casefold(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        said = self.answers.pop(0) if self.answers else "204 No Content"
        status, _, more = said.partition("\n")
        writer.write(f"HTTP/1.1 {status}\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """Open a receiver."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told"
    async with server:
        yield receiver


async def service(
    client: httpx.AsyncClient,
    adam: Asking,
    *,
    role: str = "integration",
    stores: list[str] | None = None,
    name: str = "shop",
) -> Asking:
    """Make a service that may keep webhooks, and return it asking."""
    said = {"name": name, "role": role, "areas": ["webhooks:read", "webhooks:write"], "stores": stores or []}
    account = await adam.send("POST", "/service-accounts", said)
    assert account.status_code == 201, account.text
    key = await adam.send("POST", f"/service-accounts/{account.json()['account_id']}/keys", {})
    return Asking(client, {"Authorization": f"Bearer {key.json()['key']}"})


async def send(app: Litestar, **more: Any) -> int:
    """Let the server notice and send, once."""
    return await work_through(app.state.pool, SECRET, Policies(), inside=True, **more)
