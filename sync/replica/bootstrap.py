"""The first download by a file made beforehand: its parts enter the store one by one, then the token.

Each part is one transaction, and how many have entered is kept with it: after a crash or a lost line the
download goes on where it stood. A part in transit is held in memory only, so that nothing lies on the disk
outside the encrypted store. Whatever is wrong with a file, the pages of a pull bring the same.
"""

import hashlib
from collections.abc import Awaitable
from typing import Protocol, runtime_checkable
from uuid import UUID

import msgspec

from schemas.protocol import Entitlement, encode
from schemas.snapshot import SNAPSHOT, SnapshotReply, SnapshotRequest
from sync.replica import records
from sync.replica.meta import Download
from sync.replica.pull import apply_erasures, entitle
from sync.replica.store import Store
from sync.replica.transport import RequestRejected, ServerUnreachable
from sync.snapshot_part import FORMAT, PartBroken, opened

BIGGEST_PART = 32 << 20  # bytes
MOST_INTERRUPTIONS = 5  # of one part, each after having received something


@runtime_checkable
class FileTransport(Protocol):
    """A transport that also fetches parts of files."""

    def exchange(self, path: str, body: bytes) -> Awaitable[bytes]:
        """Return the server's reply."""

    def fetch(self, path: str, into: bytearray, *, most: int) -> Awaitable[None]:
        """Append to ``into`` what of a file is missing there; what arrived before a failure stays."""


def is_wanted(store: Store) -> bool:
    """Whether the store is new, or in the midst of a file."""
    progress = store.meta.progress
    return progress.token is None and not progress.reconciling


async def bootstrap(store: Store, transport: FileTransport, *, wall_ms: int) -> frozenset[UUID]:
    """Bring a file into a new store if the server has one; return the records whose card may look different.

    Customers who were not here before and have no edit waiting are not among them.
    Returns with nothing done where there is no file, or none that can be used: pull then.

    Raises:
        ServerUnreachable: later; what has entered stays.
        RequestRejected: the server said no.
    """
    touched: set[UUID] = set()
    download = store.meta.download
    entitlement = store.meta.entitlement
    if download is None or entitlement is None:
        asked = encode(SnapshotRequest(caller=store.caller(wall_ms), format=FORMAT))
        try:
            reply = _decoded(await transport.exchange(SNAPSHOT, asked))
        except RequestRejected as rejected:
            if rejected.status == 404:  # an older server
                return frozenset()
            raise
        if reply.offer is None or not reply.offer.parts:
            return frozenset()
        entitlement, download = reply.entitlement, Download(offer=reply.offer)
        with store.change() as change:
            store.hear_time(entitlement, wall_ms)
            apply_erasures(store, entitlement, change)
            entitle(store, entitlement, change)
            store.customers.await_index()
            store.meta.download = download
    try:
        while download is not None and download.entered < len(download.offer.parts):
            part = await _fetched(transport, download)
            touched |= _enter(store, part, download, entitlement)
            download = store.meta.download
    except (_Unusable, PartBroken):
        with store.change():
            store.meta.download = None
        store.customers.forget_kept()
    except (ServerUnreachable, RequestRejected):
        store.customers.forget_kept()  # who has come in so far can be found meanwhile
        raise
    return frozenset(touched)


class _Unusable(Exception):
    """The file is gone, or is not what was offered."""


async def _fetched(transport: FileTransport, download: Download) -> bytes:
    """Return the next part, whole and as offered; a line that is lost in between is taken up again."""
    offered = download.offer.parts[download.entered]
    if offered.size > BIGGEST_PART:
        raise _Unusable
    path = f"{SNAPSHOT}/{download.offer.snapshot_id}/{download.entered}"
    received = bytearray()
    for interruption in range(MOST_INTERRUPTIONS + 1):
        before = len(received)
        try:
            await transport.fetch(path, received, most=offered.size)
        except RequestRejected as rejected:
            if rejected.status in (404, 416):
                raise _Unusable from rejected
            raise
        except ServerUnreachable:
            if len(received) == before or interruption == MOST_INTERRUPTIONS:
                raise
        if len(received) >= offered.size:
            break
    if len(received) != offered.size or hashlib.sha256(received).digest() != offered.digest:
        raise _Unusable
    return bytes(received)


def _enter(store: Store, part: bytes, download: Download, entitlement: Entitlement) -> set[UUID]:
    """Let one part into the store, with the place reached; after the last one the token."""
    progress, file = store.meta.progress, opened(part)
    with store.change() as change:
        change.take(
            records.load(store.connection, file, entitlement=entitlement, generation=progress.generation)
        )
        entered = download.entered + 1
        if entered == len(download.offer.parts):
            store.customers.adopt(file.light.index)
            store.meta.progress = msgspec.structs.replace(progress, token=download.offer.token)
            store.meta.download = None
        else:
            store.meta.download = msgspec.structs.replace(download, entered=entered)
    return change.touched


def _decoded(content: bytes) -> SnapshotReply:
    try:
        return msgspec.msgpack.decode(content, type=SnapshotReply)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ServerUnreachable("a reply that cannot be read") from error
