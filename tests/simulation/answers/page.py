"""The page of the feed: the conditions are read from its text, so that another text gives another page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from tests.simulation.answers.membership import members
from tests.simulation.memory import Transaction, snapshot_parts, visible

Condition = Callable[[dict[str, Any], tuple[Any, ...]], bool]

_S = "$2::text::pg_snapshot"
CONDITIONS: dict[str, Condition] = {
    "m.scope = s.scope": lambda m, a: True,
    "m.state = 1": lambda m, a: m["state"] == 1,
    f"m.xid >= pg_snapshot_xmin({_S})": lambda m, a: m["xid"] >= snapshot_parts(a[1])[0],
    f"m.xid >= pg_snapshot_xmax({_S})": lambda m, a: m["xid"] >= snapshot_parts(a[1])[1],
    f"m.xid > pg_snapshot_xmin({_S})": lambda m, a: m["xid"] > snapshot_parts(a[1])[0],
    f"not pg_visible_in_snapshot(m.xid, {_S})": lambda m, a: not visible(m["xid"], a[1]),
    f"not pg_visible_in_snapshot(m.moved, {_S})": lambda m, a: not visible(m["moved"], a[1]),
    "(m.record_id, m.scope) > ($3::uuid, $4::int)": lambda m, a: (m["record_id"], m["scope"]) > (a[2], a[3]),
    "(m.record_id, m.scope) >= ($3::uuid, $4::int)": lambda m, a: (
        (m["record_id"], m["scope"]) >= (a[2], a[3])
    ),
    "m.record_id > $3::uuid": lambda m, a: m["record_id"] > a[2],
    "m.record_id >= $3::uuid": lambda m, a: m["record_id"] >= a[2],
}
_PAGE = re.compile(r"from member m where (.*?) (?:offset 0|order by)", re.S)
_PARTS = re.compile(r"from fragment held where (.*?) offset 0", re.S)
_MOVED = re.compile(r"p\.rev, p\.into_id, (.*?) as moved,", re.S)

BY_XID = "(m.xid, m.record_id) > (xid of the key, $3::uuid)"  # paging by a position that moves


class StatementNotUnderstood(Exception):
    """The page's text has a condition that this file does not know: teach it."""


@dataclass(frozen=True)
class _Read:
    """What a page's text says."""

    conditions: tuple[Condition, ...]
    moving: bool  # paged by a position that moves
    whole_row: bool
    changed: bool
    moved_of: str


@cache
def _read(statement: str) -> _Read:
    words = " ".join(statement.split())
    conditions = [each.strip() for each in _search(_PAGE, words).split(" and ")]
    moving = BY_XID in conditions
    for each in conditions:
        if each != BY_XID and each not in CONDITIONS:
            raise StatementNotUnderstood(each)
    parts = _search(_PARTS, words)
    return _Read(
        conditions=tuple(CONDITIONS[each] for each in conditions if each != BY_XID),
        moving=moving,
        whole_row="not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot) or" in parts,
        changed="not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot)" in parts,
        moved_of=_search(_MOVED, words),
    )


def page(at: Transaction, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    text = _read(statement)
    selected = _select(at, text, a)
    groups = set(a[5])
    since, device = a[6], a[7]
    late = [row for _, row in at.rows("late_verdict") if row["device_id"] == device]
    head = {
        "snapshot": at.memory.snapshot(),
        "standby": at.memory.standby,
        "boot_id": at.get("boot_marker", 1),
        "gc_floor": str(at.memory.gc_floor) if at.memory.gc_floor else None,
        "lsn": at.memory.lsn,
        "erased": sorted(key for key, row in at.rows("erasure") if not visible(row["xid"], since)) or None,
        "verdicts": [_late_words(row) for row in late if not visible(row["xid"], since)] or None,
    }
    nobody = dict.fromkeys(("scope", "record_id", "kind", "state", "rev", "into_id", "moved"))
    empty = {"grp": None, "fragment_rev": None, "body": None, "recent": None}
    if not selected:
        return [{**head, **nobody, **empty}]
    fragments: dict[UUID, list[tuple[str, dict[str, Any]]]] = {m["record_id"]: [] for m in selected}
    for (record_id, group), row in at.rows("fragment"):
        if record_id in fragments and group in groups:
            fragments[record_id].append((group, row))
    found = []
    for m in selected:
        moved = not visible(m["moved"], a[1])
        told = moved if "p.moved" in text.moved_of else not visible(m["xid"], a[1])
        line = {**head, **{name: m[name] for name in nobody if name != "moved"}, "moved": told}
        sent = False
        for group, row in sorted(fragments[m["record_id"]], key=itemgetter(0)):
            due = (text.whole_row and moved) or (text.changed and not visible(row["xid"], a[1]))
            if m["state"] == 1 and due:
                held = {name: row[name] for name in ("body", "recent")}
                found.append({**line, "grp": group, "fragment_rev": row["rev"], **held})
                sent = True
        if not sent:
            found.append({**line, **empty})
    return found


def _late_words(row: dict[str, Any]) -> str:
    return " ".join(
        str(each) for each in (row["mutation_id"], row["status"], row["code"]) if each is not None
    )


def _select(at: Transaction, text: _Read, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    scopes, limit = a[0], a[4]
    after = at.get("member", (a[3], a[2])) if text.moving else None
    position = (after["xid"], after["record_id"]) if after else (0, a[2])

    def order(m: dict[str, Any]) -> Any:
        return (m["xid"], m["record_id"]) if text.moving else (m["record_id"], m["scope"])

    by_scope: dict[int, list[dict[str, Any]]] = {}
    for m in members(at):
        further = not text.moving or (m["xid"], m["record_id"]) > position
        if m["scope"] in scopes and further and all(check(m, a) for check in text.conditions):
            by_scope.setdefault(m["scope"], []).append(m)
    rows = [m for held in by_scope.values() for m in sorted(held, key=order)[:limit]]
    return sorted(rows, key=order)[:limit]


def _search(pattern: re.Pattern[str], words: str) -> str:
    found = pattern.search(words)
    if found is None:
        raise StatementNotUnderstood(pattern.pattern)
    return found.group(1)
