"""A tablet of the simulation: the real store on a real SQLite, a round under way, a line that fails."""

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from schemas.record import Struct
from sync.replica.engine import Exchange, Round, Tally, decoded, sync_round
from sync.replica.store import Store
from sync.replica.transport import read_reply
from tests.simulation.disk import Disk, disk_of, new_disk

TEN_YEARS_MS = 10 * 365 * 86_400_000


class Sent(Struct):
    """A request, and the token that was held when it was made."""

    asked: Exchange
    token: bytes | None


class Held(Struct):
    """A reply that is on its way for long: what it answers, and its bytes."""

    sent: Sent
    content: bytes


class Replica:
    """One person's file on one tablet, and the round that is under way."""

    def __init__(
        self,
        name: str,
        *,
        code: str,
        device: str,
        author: UUID,
        device_id: UUID,
        shop: str,
        now: Callable[[], int],
        number: int,
    ) -> None:
        self.name = name
        self.code = code
        self.device = device
        self.disk: Disk = new_disk()
        self.skew_ms = 0
        self.asked: Exchange | None = None
        self.reply: bytes | None = None
        self.waiting = False  # the server holds the answer back: a transaction is open
        self.late: list[Held] = []
        self.sent: list[Sent] = []
        self.backups: list[bytes] = []
        self.app_version = "1.0"
        self._steps: Round | None = None
        self._now = now
        self._drawn = number << 64
        self._set_up = {"device_id": device_id, "author": str(author), "shop": shop}
        self.store = self._open()

    def wall_ms(self) -> int:
        """The tablet's own clock."""
        return max(0, self._now() + self.skew_ms)

    def entropy(self, length: int) -> bytes:
        """Bytes that are never the same twice, and the same in every run of a seed."""
        self._drawn += 1
        return blake2b(self._drawn.to_bytes(16, "big"), digest_size=length).digest()

    def ask(self) -> Exchange:
        """Return the request that is under way, beginning a round if none is."""
        if self.asked is None:
            self._steps = sync_round(self.store, Tally(), wall_ms=self.wall_ms, entropy=self.entropy)
            self.asked = next(self._steps)
            self._remember(self.asked)
        return self.asked

    def take(self, content: bytes, *, status: int = 200, kind: str = "application/msgpack") -> bool:
        """Let a reply arrive; return whether the round goes on.

        Raises:
            ServerUnreachable, RequestRejected: it is no reply of ours; the round is over.
            PowerCut, sqlite3.OperationalError: the disk failed; the round is over.
        """
        assert self._steps is not None and self.asked is not None
        asked = self.asked
        try:
            body = read_reply(status, {"content-type": kind, "content-length": str(len(content))}, content)
            self.asked = self._steps.send(decoded(body, asked.reply))
            self._remember(self.asked)
            self.reply = None
        except StopIteration:
            self.give_up()
            return False
        except BaseException:
            self.give_up()
            raise
        return True

    def give_up(self) -> None:
        """End the round where it stands: the line was cut, or the app stopped."""
        if self._steps is not None:
            self._steps.close()
        self._steps = self.asked = self.reply = None
        self.waiting = False

    def restart(self) -> None:
        """Stop at once and start again from the file."""
        self.give_up()
        self.disk.restart()
        self.store = self._open()

    def put_back(self, image: bytes) -> None:
        """Start from an old image of the disk."""
        self.give_up()
        self.disk.give_back()
        self.disk = disk_of(image)
        self.store = self._open()

    def outbox(self) -> dict[UUID, str]:
        """Return the state of every edit in the file."""
        rows = self.disk.real.execute("select mutation_id, state from outbox order by n")
        return {UUID(bytes=row[0]): row[1] for row in rows}

    def knows(self, record_id: UUID, field: str) -> bool:
        """Whether the server has told this file a value of a field, or that there was one."""
        rows = self.disk.real.execute("select body from fragment where record_id = ?", (record_id.bytes,))
        stamps = (json.loads(row[0]).get("stamps", {}) for row in rows)
        return any(each.get(field, {}).get("rev", 0) > 0 for each in stamps)

    def members(self) -> set[tuple[UUID, str]]:
        """Return who is in which scope, as the file says."""
        rows = self.disk.real.execute("select record_id, scope from member where state = 1")
        return {(UUID(bytes=row[0]), row[1]) for row in rows}

    def held(self) -> set[tuple[UUID, str, int]]:
        """Return record, group and revision of every fragment in the file."""
        rows = self.disk.real.execute("select record_id, grp, rev from fragment")
        return {(UUID(bytes=row[0]), row[1], row[2]) for row in rows}

    def _remember(self, asked: Exchange) -> None:
        self.sent = [*self.sent[-3:], Sent(asked=asked, token=self.store.meta.progress.token)]

    def _open(self) -> Store:
        connection: Any = self.disk
        store = Store(connection, app_version=self.app_version, entropy=self.entropy)
        store.set_up(**self._set_up)
        return store
