"""How far each tablet is with its edits, and whom it has still to forget."""

from typing import Any

from tests.simulation.memory import Transaction


def note_seen(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    key = (a[0], a[1], a[2])
    if at.get("device_incarnation", key) is None:
        at.put("device_incarnation", key, {"watermark": 0, "fence": 0})


def lock_standing(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    device, associate, _, incarnation = a
    key = (device, incarnation, associate)
    row = at.get("device_incarnation", key)
    if row is None:
        return []
    at.lock(("device_incarnation", *key))
    erased = [each["record_id"] for each in to_forget(at, _s, a[:3])]
    return [{**row, "life": at.get("boot_marker", 1), "erased": erased}]


def move_on(at: Transaction, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Move on where the numbers are the next ones."""
    row = at.get("device_incarnation", (a[0], a[3], a[1]))
    if row is None or row["fence"] != a[8] or row["watermark"] < a[9] - 1:
        return []
    (before,) = lock_standing(at, statement, a[:4])
    moved = {"watermark": max(row["watermark"], a[4]), "fence": row["fence"] + 1}
    at.put("device_incarnation", (a[0], a[3], a[1]), moved)
    return [{**before, **moved}]


def move_standing(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    at.put("device_incarnation", tuple(a[:3]), {"watermark": a[3], "fence": a[4]})


def forgot_pushes(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = at.get("device_incarnation", tuple(a[:3]))
    return [{"exists": row is not None and row["fence"] < a[3]}]


def acknowledge(at: Transaction, statement: str, a: tuple[Any, ...]) -> None:
    device, associate, record_ids = a[:3]
    if "where record_id = any($3)" not in statement:
        return
    for record_id in record_ids:
        if at.get("erasure", record_id) is not None:
            at.put("erasure_ack", (device, associate, record_id), True)


def to_forget(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    device, associate, most = a
    acknowledged = {key[2] for key, _ in at.rows("erasure_ack") if key[:2] == (device, associate)}
    found = sorted(key for key, _ in at.rows("erasure") if key not in acknowledged)
    return [{"record_id": key} for key in found[:most]]
