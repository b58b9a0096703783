"""The rescue file: the edits a tablet could not send, sealed so that only the server opens them."""

import zlib

import msgspec

from schemas.mutations import Envelope
from schemas.rescue import MAGIC, PURPOSE, RescueContent, RescuedEdit
from sync.replica.store import Store
from sync.sealed_box import seal_for

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
ERASED = "erased"  # nothing is left in such an edit


def write_rescue(store: Store, *, server_key: bytes, device_secret: str, wall_ms: int) -> bytes:
    """Return the file of every edit that waits or that the server did not take; empty when there is none.

    Args:
        server_key: the server's public key for rescue files, as the tablet was given it.
    """
    edits = [RescuedEdit(envelope=each.envelope, at=each.at) for each in store.pending()]
    for problem in store.problems():
        if problem.state != ERASED:
            envelope = Envelope(
                seq=0,
                mutation_id=problem.mutation_id,
                record_id=problem.record_id,
                op=problem.op,
                args=problem.args,
            )
            edits.append(
                RescuedEdit(envelope=envelope, at=problem.at, state=problem.state, code=problem.code)
            )
    if not edits:
        return b""
    identity = store.identity
    content = RescueContent(
        device_id=identity.device_id,
        device_secret=device_secret,
        author=identity.author,
        made_at=wall_ms,
        app_version=store.app_version,
        edits=tuple(edits),
    )
    packed = zlib.compress(_encoder.encode(content), 6)
    return MAGIC + seal_for(server_key, packed, purpose=PURPOSE)
