"""The sums that a tablet compares."""

from hashlib import md5
from typing import Any
from uuid import UUID

from tests.simulation.answers.membership import members
from tests.simulation.memory import Transaction, visible


def _settled(at: Transaction, a: tuple[Any, ...]) -> tuple[set[UUID], list[tuple[UUID, str, int]]]:
    scopes, base = set(a[0]), a[1]
    inside = [m for m in members(at) if m["scope"] in scopes]
    unsettled = {m["record_id"] for m in inside if not visible(m["xid"], base)}
    settled = {m["record_id"] for m in inside if m["state"] == 1} - unsettled
    held = [
        (record_id, group, row["rev"])
        for (record_id, group), row in at.rows("fragment")
        if record_id in settled and group in a[2]
    ]
    return unsettled, sorted(held)


def unsettled(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"record_id": each} for each in sorted(_settled(at, a)[0])]


def sums(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    buckets: dict[int, int] = {}
    for record_id, group, rev in _settled(at, a)[1]:
        said = md5(record_id.bytes + rev.to_bytes(8, "big") + group.encode(), usedforsecurity=False)
        bucket = record_id.bytes[0]
        buckets[bucket] = buckets.get(bucket, 0) ^ int.from_bytes(said.digest()[:8], "big")
    return [{"bucket": bucket, "sum": total} for bucket, total in buckets.items()]


def listed(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[tuple[UUID, str, int]]:
    return [each for each in _settled(at, a)[1] if each[0].bytes[0] in a[3]]
