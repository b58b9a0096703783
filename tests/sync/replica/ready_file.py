"""A server of tests that has a first download ready."""

from copy import copy
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from schemas.protocol import Caller, PullRequest, encode
from schemas.snapshot import SnapshotOffer, SnapshotPart, SnapshotReply
from sync.snapshot_part import FileWriter
from tests.sync.replica.model_server import ModelServer


class ReadyFile:
    """A file of some parts, as a transport brings it."""

    def __init__(self, server: ModelServer, caller: Caller, *, device: UUID, parts: int = 2) -> None:
        page = server.pull(PullRequest(caller=caller, max_bytes=1 << 30))
        assert not page.more
        self._entitlement = page.entitlement
        writer = FileWriter(server.lens(device).levels)
        ends = [len(page.rows) * number // parts for number in range(parts + 1)]
        self.parts = [
            writer.part(page.rows[start:end], last=end == ends[-1]) for start, end in pairwise(ends)
        ]
        parts_told = tuple(SnapshotPart(size=len(part), digest=sha256(part).digest()) for part in self.parts)
        self._offer = SnapshotOffer(snapshot_id=UUID(int=5), token=page.token, parts=parts_told)

    def bringing(self, parts: list[bytes]) -> "ReadyFile":
        """Return this file with other parts than it offers."""
        other = copy(self)
        other.parts = parts
        return other

    async def exchange(self, path: str, body: bytes) -> bytes:
        return encode(SnapshotReply(entitlement=self._entitlement, offer=self._offer))

    async def fetch(self, path: str, into: bytearray, *, most: int) -> None:
        into += self.parts[int(path.rpartition("/")[2])][len(into) :]
