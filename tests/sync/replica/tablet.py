"""A tablet of tests: the real store and the real order of a sync, over a line the test holds in hand."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from uuid import UUID

from schemas.mutations import Envelope, Mutation
from schemas.staff import Role
from sync.replica.database import open_store
from sync.replica.engine import Exchange, Tally, decoded, sync_round
from sync.replica.pages import Pages
from sync.replica.records import every_fragment
from sync.replica.store import Store
from tests.sync.replica.model_server import ModelServer, Person

Carry = Callable[[Exchange], bytes]


class LineCut(Exception):
    """The test cut the line."""


class Tablet:
    """One person on one tablet."""

    def __init__(
        self,
        path: Path | str,
        server: ModelServer,
        *,
        device: UUID,
        role: Role = Role.SELLER,
        stores: tuple[str, ...] = ("lyon",),
        durable: bool = True,
        key: bytes | None = None,
    ) -> None:
        self.path = path
        self.server = server
        self.device = device
        self.durable = durable
        self.key = key
        self.author = str(UUID(int=device.int + 1000))
        self.now = server.now
        self._numbers = count(device.int << 32)
        server.people[device] = Person(author=self.author, role=role, stores=stores)
        self.store = self._open()

    def reopen(self) -> None:
        """Stop at once and start again from the file."""
        self.store.close()
        self.store = self._open()

    def edit(self, record_id: UUID, mutation: Mutation) -> Envelope:
        self.now += 1000
        return self.store.submit(record_id, mutation, wall_ms=self.now)

    def sync(self, carry: Carry | None = None) -> Tally:
        """Do one whole round; ``carry`` stands for the line and may cut it."""
        tally = Tally()
        steps = sync_round(self.store, tally, wall_ms=lambda: self.now, entropy=self.entropy)
        try:
            asked = next(steps)
            while True:
                content = (carry or self.deliver)(asked)
                asked = steps.send(decoded(content, asked.reply))
        except StopIteration:
            return tally

    def deliver(self, asked: Exchange) -> bytes:
        return self.server.handle(asked.path, asked.body)

    def entropy(self, length: int) -> bytes:
        """Bytes that are never the same twice, and the same in every run."""
        return next(self._numbers).to_bytes(16, "big")[-length:].rjust(length, b"\x01")

    def fragments(self) -> set[tuple[UUID, str, int, bytes]]:
        return set(every_fragment(self.store.connection))

    def _open(self) -> Store:
        connection = open_store(self.path, self.key)
        if not self.durable:
            connection.execute("pragma synchronous = off")
        store = Store(connection, app_version="1.0", entropy=self.entropy)
        store.set_up(device_id=self.device, author=self.author, shop="lyon")
        return store


def in_clear(tablet: Tablet, folder: Path) -> bytes:
    """Every byte in the tablet's files, as its key shows them."""
    raw = b"".join(part.read_bytes() for part in sorted(folder.iterdir()))
    if tablet.key is None:
        return raw
    pages = Pages(Path(str(tablet.path)), tablet.key)
    assert pages.damaged == 0
    return raw + b"".join(page for versions in pages.versions.values() for page in versions)
