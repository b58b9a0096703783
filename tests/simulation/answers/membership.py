"""Who is in which scope: the rows of the feed."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tests.simulation.memory import Transaction


def scope_ids(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    wanted = set(a[0])
    return [{"key": key, "id": number} for key, number in at.rows("scope") if key in wanted]


def new_scopes(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    made = []
    for key in a[0]:
        number = at.get("scope", key)
        if number is None:
            number = 1 + sum(1 for _ in at.rows("scope"))
            at.put("scope", key, number)
        made.append({"key": key, "id": number})
    return made


def scope_keys(at: Transaction) -> dict[int, str]:
    """Return the key of each scope by its number."""
    return {number: key for key, number in at.rows("scope")}


def members(at: Transaction) -> Iterable[dict[str, Any]]:
    """Return the rows of the feed that a transaction sees."""
    return (row for _, row in at.rows("member"))


def reachable(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, keys = set(a[0]), set(a[1])
    names = scope_keys(at)
    found = {
        row["record_id"]
        for row in members(at)
        if row["record_id"] in ids and row["state"] == 1 and names[row["scope"]] in keys
    }
    return [{"record_id": record_id} for record_id in sorted(found)]


def enter(at: Transaction, statement: str, a: tuple[Any, ...]) -> None:
    kind, scopes, record_ids = a
    for scope, record_id in zip(scopes, record_ids, strict=True):
        before = at.get("member", (scope, record_id))
        if before is None:
            rev = 1
        elif before["state"] != 1:
            rev = before["rev"] + 1
        else:
            continue
        xid = at.number()
        moved = xid
        if before is not None and "moved = pg_current_xact_id()" not in statement:
            moved = before["moved"]
        at.put("member", (scope, record_id), _member(scope, record_id, kind, 1, rev, xid, moved, None))


def leave(at: Transaction, statement: str, a: tuple[Any, ...]) -> None:
    for scope, record_id in zip(*a, strict=True):
        before = at.get("member", (scope, record_id))
        if before is None or before["state"] != 1:
            continue
        xid = at.number()
        moved = xid if "moved = pg_current_xact_id()" in statement else before["moved"]
        row = {**before, "state": 0, "rev": before["rev"] + 1, "xid": xid, "moved": moved}
        at.put("member", (scope, record_id), row)


def _member(
    scope: int, record_id: UUID, kind: int, state: int, rev: int, xid: int, moved: int, into: UUID | None
) -> dict[str, Any]:
    return {
        "scope": scope,
        "record_id": record_id,
        "kind": kind,
        "state": state,
        "rev": rev,
        "xid": xid,
        "moved": moved,
        "into_id": into,
    }


def touch(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    ids = set(a[0])
    xid = at.number()
    for key, row in list(at.rows("member")):
        if row["record_id"] in ids:
            at.put("member", key, {**row, "xid": xid})


def turn(at: Transaction, record_id: UUID, *, state: int, into: UUID | None = None) -> None:
    """Turn every row that the feed has of a record into another state: merged, erased."""
    xid = at.number()
    for key, row in list(at.rows("member")):
        if row["record_id"] == record_id:
            changed = {"state": state, "into_id": into, "rev": row["rev"] + 1, "xid": xid, "moved": xid}
            at.put("member", key, {**row, **changed})


def rows_members(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, keys = set(a[0]), set(a[1])
    names = scope_keys(at)
    found = [
        {**row, "key": names[row["scope"]]}
        for row in members(at)
        if row["record_id"] in ids and names[row["scope"]] in keys
    ]
    return sorted(found, key=lambda row: (row["record_id"], row["state"] != 1, row["scope"]))


def of_the_brand(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    found = reachable(at, "", (a[0], a[1]))
    for row in found:
        at.lock(row["record_id"])
    return [{"id": row["record_id"]} for row in found if at.get("customer", row["record_id"])]


def pinned_longest(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    key, keep, most = a
    names = scope_keys(at)
    held = [
        row
        for row in members(at)
        if names[row["scope"]] == key and row["state"] == 1 and row["record_id"] not in keep
    ]
    held.sort(key=lambda row: row["moved"], reverse=True)
    return [{"record_id": row["record_id"]} for row in held[most:]]
