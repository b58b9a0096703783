"""A real server in a process of its own, and the smallest client that can ask it fast."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import psutil

from server.commands.answer import CommandFailed
from server.commands.child import Child
from server.commands.database import environment_for
from server.commands.demo import HOST, free_port

__all__ = ["Wire", "answers", "api", "call", "cpu_s", "postmaster_of", "resident", "signed_in"]

START_TIMEOUT_S = 60


@contextmanager
def api(arguments: argparse.Namespace, url: str, *, workers: int = 1) -> Iterator[str]:
    """Serve the API on a database in a child process and yield its URL once it is ready."""
    port = free_port(0)
    server = f"http://{HOST}:{port}"
    with TemporaryDirectory(prefix="comptoir-bench-") as folder:
        log = Path(folder) / "api.log"
        command = ["-m", "server.cli", "serve", "--host", HOST, "--port", str(port)]
        command += ["--workers", str(workers)] if workers > 1 else []
        # Comparing the customers of a fresh world takes minutes of a core that are not what is measured.
        # One associate reads here what a thousand do.
        environment = environment_for(arguments, url)
        environment |= {"COMPTOIR_FOLLOW_IDENTITY_S": "0", "COMPTOIR_EXTRACTION_CAPS": "off"}
        with Child(command, environment=environment, log=log) as child:
            deadline = time.monotonic() + START_TIMEOUT_S
            while not answers(server, "/ready"):
                if child.exit_code is not None or time.monotonic() > deadline:
                    raise CommandFailed(f"the API does not start: {child.last_words()}")
                time.sleep(0.05)
            yield server


def answers(server: str, path: str) -> bool:
    """Whether a server is there and answers well."""
    try:
        status, _body = asyncio.run(call(server, "GET", path))
    except OSError:
        return False
    return status == 200


async def signed_in(server: str, *, code: str, password: str, **device: str) -> str:
    """Return an access token.

    Raises:
        CommandFailed: the server does not let us in.
    """
    status, body = await call(
        server, "POST", "/v1/auth/sign-in", body={"code": code, "password": password, **device}
    )
    if status != 200:
        raise CommandFailed(f"the server refused the sign-in: {status}")
    return str(msgspec.json.decode(body)["access_token"])


async def call(
    server: str, method: str, path: str, *, token: str | None = None, body: Any = None
) -> tuple[int, bytes]:
    """Return the status and the body of one request on a connection of its own."""
    wire = await Wire.open(server)
    try:
        content = b"" if body is None else msgspec.json.encode(body)
        return await wire.ask(method, path, token=token, content=content)
    finally:
        wire.close()


class Wire:
    """One kept HTTP/1.1 connection, one request at a time, replies of a stated length.

    A general HTTP client would use up more of the machine than the server that is measured.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def open(cls, server: str) -> Wire:
        """Connect to a server."""
        parts = urlsplit(server)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, parts.netloc)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        content: bytes = b"",
        kind: str = "application/json",
    ) -> tuple[int, bytes]:
        """Send one request and return the status and the body of its reply."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if content:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
        self._writer.write(head.encode() + b"\r\n" + content)
        reply = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in reply.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(reply[9:12]), await self._reader.readexactly(length)


def _serving(server: str) -> list[psutil.Process]:
    """Return the processes of the API that serve this address."""
    port = str(urlsplit(server).port)
    for process in psutil.process_iter(["cmdline"]):
        if port in (process.info["cmdline"] or []) and "serve" in (process.info["cmdline"] or []):
            return [each for each in process.children() if "spawn_main" in " ".join(each.cmdline())] or [
                process
            ]
    return []


def resident(server: str) -> list[float]:
    """Return the memory of each process that serves this address, in megabytes."""
    return [each.memory_info().rss / 1e6 for each in _serving(server)]


def cpu_s(postmaster: psutil.Process | None, server: str) -> float:
    """Return the processor time that the API, and PostgreSQL where it runs here, have taken so far."""
    took = 0.0
    beneath = [postmaster, *postmaster.children()] if postmaster else []
    for process in (*_serving(server), *beneath):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            took += times.user + times.system
            if process is postmaster:
                took += times.children_user + times.children_system
    return took


async def postmaster_of(url: str) -> psutil.Process | None:
    """Return the process that is PostgreSQL; None when it runs elsewhere."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("select host(inet_server_addr()) = host(inet_client_addr())"):
            return None
        parent: psutil.Process | None = psutil.Process(
            await connection.fetchval("select pg_backend_pid()")
        ).parent()
        return parent
    finally:
        await connection.close()
