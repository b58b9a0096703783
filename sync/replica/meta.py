"""What the replica knows of itself: who it is, how far it has read, what it may hold, what time it is."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from schemas.protocol import Entitlement
from schemas.record import Struct
from schemas.snapshot import SnapshotOffer
from sync.replica.driver import Connection

T = TypeVar("T")


class Identity(Struct):
    """Whose store this is. ``incarnation`` and ``fence`` tell this file from its clones and old copies."""

    device_id: UUID
    incarnation: UUID
    author: str  # the associate's id
    shop: str | None  # the store the tablet stands in
    fence: int = 0
    answered: int = 0  # the highest number of an edit that the server has judged in this incarnation


class Progress(Struct):
    """How far the replica has read."""

    token: bytes | None = None
    generation: int = 1  # grows when history was lost and everything is walked again
    reconciling: bool = False
    erase_ack: tuple[UUID, ...] = ()  # erasures done here that the server has not heard of
    looked: UUID | None = None  # life of the server in which rows came that the token does not know
    last_contact: int | None = None  # wall milliseconds of the last reply
    last_full_sync: int | None = None  # wall milliseconds of the last walk that reached its end
    last_checked: int | None = None  # wall milliseconds of the last digest that was compared to its end


class ClockState(Struct):
    """The last reading given out, and how far the tablet's clock is behind the server's."""

    reading: int = 0
    offset_ms: int = 0


class Download(Struct):
    """A file of a first download, kept until its last part is in."""

    offer: SnapshotOffer
    entered: int = 0  # parts


class Meta:
    """The named facts of a store, read once and kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[str, Any] = {}

    @property
    def identity(self) -> Identity | None:
        """Whose store this is; None in a new file."""
        return self._get("identity", Identity)

    @identity.setter
    def identity(self, value: Identity) -> None:
        self._put("identity", value)

    @property
    def entitlement(self) -> Entitlement | None:
        """What may be held, as the last pull said."""
        return self._get("entitlement", Entitlement)

    @entitlement.setter
    def entitlement(self, value: Entitlement) -> None:
        self._put("entitlement", value)

    @property
    def progress(self) -> Progress:
        """How far the replica has read."""
        return self._get("progress", Progress) or Progress()

    @progress.setter
    def progress(self, value: Progress) -> None:
        self._put("progress", value)

    @property
    def clock(self) -> ClockState:
        """The clock's state."""
        return self._get("clock", ClockState) or ClockState()

    @clock.setter
    def clock(self, value: ClockState) -> None:
        self._put("clock", value)

    @property
    def download(self) -> Download | None:
        """The file that is coming in; None when there is none."""
        return self._get("download", Download)

    @download.setter
    def download(self, value: Download | None) -> None:
        if value is None:
            self._connection.execute("delete from meta where name = 'download'")
            self._kept["download"] = None
        else:
            self._put("download", value)

    def forget_kept(self) -> None:
        """Read again from the file: what was kept in memory was rolled back."""
        self._kept.clear()

    def _get(self, name: str, kind: type[T]) -> T | None:
        if name not in self._kept:
            row = self._connection.execute("select value from meta where name = ?", (name,)).fetchone()
            self._kept[name] = msgspec.msgpack.decode(row[0], type=kind) if row else None
        value: T | None = self._kept[name]
        return value

    def _put(self, name: str, value: Struct) -> None:
        self._connection.execute(
            "insert into meta (name, value) values (?, ?)"
            " on conflict (name) do update set value = excluded.value",
            (name, msgspec.msgpack.encode(value)),
        )
        self._kept[name] = value
