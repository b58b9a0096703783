"""One tablet of tests with people on it, a clock that only moves when told, and a stand-in for the server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from mobile_app.facts import Fact
from mobile_app.strip import LineStatus
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.engagement import NoteLevel
from schemas.mutations import CreateCustomer, WriteNote
from tests.mobile_app.house import INES, PASSWORD, House

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"
CLAIRE = UUID(int=1)
SECRETS = (b"Vasseur", b"0612345678", b"+33612345678", b"dort mal", b"velours", b"Marc Duval")


class Clock:
    """The tablet's wall clock, in seconds."""

    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """One tablet, somebody signed in, and what it told."""

    def __init__(self, folder: Path, house: House | None = None) -> None:
        self.folder = folder
        self.clock = Clock()
        self.house = house or House()
        self.facts: list[Fact] = []
        self.tablet = self.open()

    def open(self) -> Tablet:
        return Tablet(
            self.folder,
            hear=self.facts.append,
            server="http://house",
            line=self.house.line(),
            stretch=QUICK,
            wall=self.clock,
        )

    async def begin(self) -> Tablet:
        await self.tablet.enrol("http://house", "482913", "Caisse")
        await self.tablet.sign_in("ines", PASSWORD)
        await self.tablet.choose_pin(PIN)
        return self.tablet

    async def again(self) -> Tablet:
        await self.tablet.close()
        self.tablet = self.open()
        await self.tablet.unlock(INES, PIN)
        return self.tablet

    @property
    def store_file(self) -> Path:
        return self.folder / "people" / str(INES) / "store.db"

    def line(self) -> LineStatus:
        return [fact for fact in self.facts if isinstance(fact, LineStatus)][-1]


def played(story: Callable[[], Awaitable[None]]) -> None:
    async def play() -> None:
        await story()

    asyncio.run(play())


def write_much(tablet: Tablet) -> None:
    tablet.submit(
        CLAIRE,
        CreateCustomer(values={"family_name": "Vasseur", "given_name": "Claire", "phone": "+33612345678"}),
    )
    note = "Elle dort mal et aime le velours; son mari Marc Duval: 0612345678."
    tablet.submit(CLAIRE, WriteNote(note_id=UUID(int=5), text=note, level=NoteLevel.STORE))
    tablet.card(CLAIRE)


def bytes_of(folder: Path) -> bytes:
    return b"".join(part.read_bytes() for part in sorted(folder.rglob("*")) if part.is_file())
