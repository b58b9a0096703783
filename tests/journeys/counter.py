"""One tablet against the real server, in one process."""

import time
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from mobile_app.facts import Fact
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from tests.server.people import PASSWORD, bearer, sign_in

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"


class Clock:
    """The tablet's clock, ahead of the real one by as much as a test wants."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Counter:
    """One tablet of Lyon against the real server."""

    def __init__(self, folder: Path, app: Litestar, client: httpx.AsyncClient) -> None:
        self.folder, self.app, self.client = folder, app, client
        self.told: list[Fact] = []
        self.clock = Clock()
        self.tablet = self.open()

    def open(self) -> Tablet:
        line = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        return Tablet(
            self.folder,
            hear=self.told.append,
            server="http://comptoir.test",
            line=line,
            stretch=QUICK,
            wall=self.clock,
        )

    async def begin(self, code: str) -> None:
        manager = await sign_in(self.client, "adam")
        wanted = {"store": "lyon"}
        reply = await self.client.post("/v1/devices/enrolment-codes", json=wanted, headers=bearer(manager))
        await self.tablet.enrol("http://comptoir.test", reply.json()["code"], "Counter")
        await self.tablet.sign_in(code, PASSWORD)
        await self.tablet.choose_pin(PIN)
        await self.sync()

    async def sync(self) -> Any:
        report = await self.tablet.sync_now()
        assert report is not None
        return report
