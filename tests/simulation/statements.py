"""The statements of replication, carried out in memory: a connection that the server's own code talks to.

Each statement is known by its words. The conditions of the feed's page are read from its text, so that a text
with another condition gives another page. A statement that nobody knows answers with nothing and is named in
``Connection.unknown``: a test asks that it stays empty.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import md5
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from tests.simulation.memory import Transaction, snapshot_parts, visible

Answer = Callable[["Connection", str, tuple[Any, ...]], Any]
Condition = Callable[[dict[str, Any], tuple[Any, ...]], bool]

UNKNOWN: set[str] = set()  # beginnings of statements that nothing here knows


class Connection:
    """What the server takes for its connection: one transaction of the memory."""

    def __init__(self, transaction: Transaction, unknown: set[str] = UNKNOWN) -> None:
        self.at = transaction
        self.unknown = unknown

    @asynccontextmanager
    async def transaction(self, **_options: Any) -> Any:
        """A savepoint: the transaction itself is opened and ended by the simulation."""
        point = self.at.savepoint()
        try:
            yield
        except BaseException:
            self.at.rollback_to(point)
            raise

    async def fetch(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """Return rows."""
        return list(self._answer(statement, arguments) or ())

    async def fetchrow(self, statement: str, *arguments: Any) -> dict[str, Any] | None:
        """Return the first row."""
        return next(iter(self._answer(statement, arguments) or ()), None)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """Return the first value of the first row."""
        row = next(iter(self._answer(statement, arguments) or ()), None)
        return next(iter(row.values())) if row else None

    async def execute(self, statement: str, *arguments: Any) -> str:
        """Carry out."""
        self._answer(statement, arguments)
        return ""

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out for each."""
        for row in rows:
            self._answer(statement, tuple(row))

    def _answer(self, statement: str, arguments: tuple[Any, ...]) -> Any:
        found = _FOUND.get(statement)
        if found is None:
            words = " ".join(statement.split())
            found = next((answer for beginning, answer in _KNOWN if beginning in words), _nothing)
            if found is _nothing:
                self.unknown.add(words[:100])
            _FOUND[statement] = found
        return found(self, statement, arguments)


_FOUND: dict[str, Answer] = {}


def _nothing(_connection: Connection, _statement: str, _arguments: tuple[Any, ...]) -> None:
    return None


# Scopes and members


def _scope_ids(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    wanted = set(a[0])
    return [{"key": key, "id": number} for key, number in c.at.rows("scope") if key in wanted]


def _new_scopes(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    made = []
    for key in a[0]:
        number = c.at.get("scope", key)
        if number is None:
            number = 1 + sum(1 for _ in c.at.rows("scope"))
            c.at.put("scope", key, number)
        made.append({"key": key, "id": number})
    return made


def scope_keys(at: Transaction) -> dict[int, str]:
    """Return the key of each scope by its number."""
    return {number: key for key, number in at.rows("scope")}


def members(at: Transaction) -> Iterable[dict[str, Any]]:
    """Return the rows of the feed that a transaction sees."""
    return (row for _, row in at.rows("member"))


def _reachable(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, keys = set(a[0]), set(a[1])
    names = scope_keys(c.at)
    found = {
        row["record_id"]
        for row in members(c.at)
        if row["record_id"] in ids and row["state"] == 1 and names[row["scope"]] in keys
    }
    return [{"record_id": record_id} for record_id in sorted(found)]


def _enter(c: Connection, statement: str, a: tuple[Any, ...]) -> None:
    kind, scopes, record_ids = a
    for scope, record_id in zip(scopes, record_ids, strict=True):
        before = c.at.get("member", (scope, record_id))
        if before is None:
            rev = 1
        elif before["state"] != 1:
            rev = before["rev"] + 1
        else:
            continue
        xid = c.at.number()
        moved = xid
        if before is not None and "moved = pg_current_xact_id()" not in statement:
            moved = before["moved"]
        c.at.put("member", (scope, record_id), _member(scope, record_id, kind, 1, rev, xid, moved, None))


def _leave(c: Connection, statement: str, a: tuple[Any, ...]) -> None:
    for scope, record_id in zip(*a, strict=True):
        before = c.at.get("member", (scope, record_id))
        if before is None or before["state"] != 1:
            continue
        xid = c.at.number()
        moved = xid if "moved = pg_current_xact_id()" in statement else before["moved"]
        row = {**before, "state": 0, "rev": before["rev"] + 1, "xid": xid, "moved": moved}
        c.at.put("member", (scope, record_id), row)


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


def _touch(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    ids = set(a[0])
    xid = c.at.number()
    for key, row in list(c.at.rows("member")):
        if row["record_id"] in ids:
            c.at.put("member", key, {**row, "xid": xid})


def turn(c: Connection, record_id: UUID, *, state: int, into: UUID | None = None) -> None:
    """Turn every row that the feed has of a record into another state: merged, erased."""
    xid = c.at.number()
    for key, row in list(c.at.rows("member")):
        if row["record_id"] == record_id:
            changed = {"state": state, "into_id": into, "rev": row["rev"] + 1, "xid": xid, "moved": xid}
            c.at.put("member", key, {**row, **changed})


# Fragments


def _write_fragments(c: Connection, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    moved = []
    step = 1 if "rev = fragment.rev + 1" in statement else 0
    *columns, most = a
    for record_id, group, body, marks in zip(*columns, strict=True):
        before = c.at.get("fragment", (record_id, group))
        if before is not None and before["body"] == body:
            continue
        rev = before["rev"] + step if before else 1
        xid = c.at.number()
        recent = marks
        if before is not None:
            recent = f"{rev} {before['xid']} {marks}\n{before['recent']}"[:most]
            if "xid = pg_current_xact_id()" not in statement:
                xid = before["xid"]
        row = {"rev": rev, "xid": xid, "body": body, "recent": recent}
        c.at.put("fragment", (record_id, group), row)
        moved.append({"record_id": record_id, "grp": group, "rev": rev})
    return moved


def _empty_fragments(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    record_ids, groups, body = a
    moved = []
    for record_id, group in zip(record_ids, groups, strict=True):
        before = c.at.get("fragment", (record_id, group))
        if before is not None and before["body"] != body:
            row = {**before, "rev": before["rev"] + 1, "xid": c.at.number(), "body": body}
            c.at.put("fragment", (record_id, group), row)
            moved.append({"record_id": record_id, "grp": group, "rev": row["rev"]})
    return moved


def _rows_members(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, keys = set(a[0]), set(a[1])
    names = scope_keys(c.at)
    found = [
        {**row, "key": names[row["scope"]]}
        for row in members(c.at)
        if row["record_id"] in ids and names[row["scope"]] in keys
    ]
    return sorted(found, key=lambda row: (row["record_id"], row["state"] != 1, row["scope"]))


def _rows_fragments(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, groups = set(a[0]), set(a[1])
    found = [
        {"record_id": record_id, "grp": group, "rev": row["rev"], "body": row["body"]}
        for (record_id, group), row in c.at.rows("fragment")
        if record_id in ids and group in groups
    ]
    return sorted(found, key=lambda row: (row["record_id"], row["grp"]))


# The page of the feed

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


def _page(c: Connection, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    text = _read(statement)
    selected = _select(c, text, a)
    groups = set(a[5])
    since, device = a[6], a[7]
    late = [row for _, row in c.at.rows("late_verdict") if row["device_id"] == device]
    head = {
        "snapshot": c.at.memory.snapshot(),
        "standby": c.at.memory.standby,
        "boot_id": c.at.get("boot_marker", 1),
        "gc_floor": str(c.at.memory.gc_floor) if c.at.memory.gc_floor else None,
        "lsn": c.at.memory.lsn,
        "erased": sorted(key for key, row in c.at.rows("erasure") if not visible(row["xid"], since)) or None,
        "verdicts": [_late_words(row) for row in late if not visible(row["xid"], since)] or None,
    }
    nobody = dict.fromkeys(("scope", "record_id", "kind", "state", "rev", "into_id", "moved"))
    empty = {"grp": None, "fragment_rev": None, "body": None, "recent": None}
    if not selected:
        return [{**head, **nobody, **empty}]
    fragments: dict[UUID, list[tuple[str, dict[str, Any]]]] = {m["record_id"]: [] for m in selected}
    for (record_id, group), row in c.at.rows("fragment"):
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


def _select(c: Connection, text: _Read, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    scopes, limit = a[0], a[4]
    after = c.at.get("member", (a[3], a[2])) if text.moving else None
    position = (after["xid"], after["record_id"]) if after else (0, a[2])

    def order(m: dict[str, Any]) -> Any:
        return (m["xid"], m["record_id"]) if text.moving else (m["record_id"], m["scope"])

    by_scope: dict[int, list[dict[str, Any]]] = {}
    for m in members(c.at):
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


# Boots


def _boot(c: Connection, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"boot_id": c.at.get("boot_marker", 1)}]


def _floor(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    mine = c.at.get("boot", a[0])
    later = [row for _, row in c.at.rows("boot") if mine is not None and row["place"] > mine["place"]]
    return [
        {
            "floor": min((row["floor"] for row in later), default=None),
            "log_end": min((row["start_lsn"] for row in later), default=None),
            "same": all(mine is not None and row["system"] == mine["system"] for row in later),
        }
    ]


# What is kept of edits, tablets and the erased


def _known(c: Connection, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    mutation_ids, named, states, keys = a
    nothing = {"record_id": None, "status": None, "code": None}
    receipts = [c.at.get("receipt", mutation_id) for mutation_id in mutation_ids]
    found = [
        {"what": "receipt", "id": row["mutation_id"], **{name: row[name] for name in nothing}}
        for row in receipts
        if row is not None
    ]
    erased = {key for key, _ in c.at.rows("erasure")}.intersection(named)
    found += [{**nothing, "what": "erased", "id": key} for key in sorted(erased)]
    reached = _reachable(c, statement, (states, keys))
    found += [{**nothing, "what": "reach", "id": row["record_id"]} for row in reached]
    policies = _policy_keys(c, statement, ())
    return found + [{**nothing, "what": "group", "id": row["key"]} for row in policies]


def _keep_verdicts(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    device, incarnation, *columns = a
    for mid, record_id, seq, status, code in zip(*columns[:5], strict=True):
        if c.at.get("receipt", mid) is not None:
            raise asyncpg.UniqueViolationError("receipt")
        c.at.put(
            "receipt",
            mid,
            {
                "mutation_id": mid,
                "record_id": record_id,
                "device_id": device,
                "incarnation": incarnation,
                "seq": seq,
                "status": status,
                "code": code,
                "detail": None,
            },
        )
    names = ("record_id", "field", "value", "stamp", "lost_to")
    for lost in zip(*columns[5:10], strict=True):
        number = sum(1 for _ in c.at.rows("field_past"))
        c.at.put("field_past", (number, c.at.number()), dict(zip(names, lost, strict=True)))


def _bind_receipts(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    for mid in a[0]:
        row = c.at.get("receipt", mid)
        if row is not None and row["incarnation"] is None:
            c.at.put("receipt", mid, {**row, "incarnation": a[1]})


def _was_judged(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = c.at.get("receipt", a[0])
    judged = row is not None and (row["device_id"], row["incarnation"], row["seq"]) == tuple(a[1:4])
    return [{"exists": judged}]


def _note_seen(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    key = (a[0], a[1], a[2])
    if c.at.get("device_incarnation", key) is None:
        c.at.put("device_incarnation", key, {"watermark": 0, "fence": 0})


def _lock_standing(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    device, associate, _, incarnation = a
    key = (device, incarnation, associate)
    row = c.at.get("device_incarnation", key)
    if row is None:
        return []
    c.at.lock(("device_incarnation", *key))
    erased = [each["record_id"] for each in _to_forget(c, _s, a[:3])]
    return [{**row, "erased": erased}]


def _move_standing(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    c.at.put("device_incarnation", tuple(a[:3]), {"watermark": a[3], "fence": a[4]})


def _forgot_pushes(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = c.at.get("device_incarnation", tuple(a[:3]))
    return [{"exists": row is not None and row["fence"] < a[3]}]


def _tell_later(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    mid, status, code = a
    row = c.at.get("receipt", mid)
    if row is None:
        return
    c.at.put("receipt", mid, {**row, "status": status, "code": code})
    if row["device_id"] is not None:
        late = {"mutation_id": mid, "record_id": row["record_id"], "device_id": row["device_id"]}
        c.at.put("late_verdict", mid, {**late, "status": status, "code": code, "xid": c.at.number()})


def _acknowledge(c: Connection, statement: str, a: tuple[Any, ...]) -> None:
    device, associate, record_ids = a[:3]
    if "where record_id = any($3)" not in statement:
        return
    for record_id in record_ids:
        if c.at.get("erasure", record_id) is not None:
            c.at.put("erasure_ack", (device, associate, record_id), True)


def _to_forget(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    device, associate, most = a
    acknowledged = {key[2] for key, _ in c.at.rows("erasure_ack") if key[:2] == (device, associate)}
    found = sorted(key for key, _ in c.at.rows("erasure") if key not in acknowledged)
    return [{"record_id": key} for key in found[:most]]


def _conflict(c: Connection, statement: str, a: tuple[Any, ...]) -> None:
    c.at.put(
        "conflict", a[0], {"via": None, **_named(statement, a), "base": None, "state": "open", "keep": None}
    )


def _conflict_named(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = c.at.get("conflict", a[0])
    return [row] if row is not None else []


def _conflicts_about(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    wanted = set(a[0])
    return [row for _, row in c.at.rows("conflict") if row["mutation_id"] in wanted]


def _decided(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    row = c.at.get("conflict", a[0])
    c.at.put("conflict", a[0], {**row, "theirs": a[1], "theirs_stamp": a[2], "state": a[3], "keep": a[4]})


def _hold(c: Connection, statement: str, a: tuple[Any, ...]) -> None:
    if c.at.get("held_edit", a[0]) is None:
        row = {**_named(statement, a), "review": "open", "created_at": datetime.fromtimestamp(0, UTC)}
        c.at.put("held_edit", a[0], row)


def _held_named(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = c.at.get("held_edit", a[0])
    return [row] if row is not None and row["store"] in a[1] else []


def _reviewed(c: Connection, _s: str, a: tuple[Any, ...]) -> None:
    c.at.put("held_edit", a[0], {**c.at.get("held_edit", a[0]), "review": a[1]})


# Comparing sums


def _settled(c: Connection, a: tuple[Any, ...]) -> tuple[set[UUID], list[tuple[UUID, str, int]]]:
    scopes, base = set(a[0]), a[1]
    inside = [m for m in members(c.at) if m["scope"] in scopes]
    unsettled = {m["record_id"] for m in inside if not visible(m["xid"], base)}
    settled = {m["record_id"] for m in inside if m["state"] == 1} - unsettled
    held = [
        (record_id, group, row["rev"])
        for (record_id, group), row in c.at.rows("fragment")
        if record_id in settled and group in a[2]
    ]
    return unsettled, sorted(held)


def _unsettled(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"record_id": each} for each in sorted(_settled(c, a)[0])]


def _sums(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    buckets: dict[int, int] = {}
    for record_id, group, rev in _settled(c, a)[1]:
        said = md5(record_id.bytes + rev.to_bytes(8, "big") + group.encode(), usedforsecurity=False)
        bucket = record_id.bytes[0]
        buckets[bucket] = buckets.get(bucket, 0) ^ int.from_bytes(said.digest()[:8], "big")
    return [{"bucket": bucket, "sum": total} for bucket, total in buckets.items()]


def _listed(c: Connection, _s: str, a: tuple[Any, ...]) -> list[tuple[UUID, str, int]]:
    return [each for each in _settled(c, a)[1] if each[0].bytes[0] in a[3]]


def _named(statement: str, a: tuple[Any, ...]) -> dict[str, Any]:
    """Return the values of an insert by the names of its columns."""
    columns = re.search(r"insert into \w+ \((.*?)\)", " ".join(statement.split()))
    assert columns is not None
    return dict(zip((each.strip() for each in columns.group(1).split(",")), a, strict=False))


def _ignored(_c: Connection, _s: str, _a: tuple[Any, ...]) -> None:
    return None


# Looking


def _of_the_brand(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    found = _reachable(c, "", (a[0], a[1]))
    for row in found:
        c.at.lock(row["record_id"])
    return [{"id": row["record_id"]} for row in found if c.at.get("customer", row["record_id"])]


def _pinned_longest(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    key, keep, most = a
    names = scope_keys(c.at)
    held = [
        row
        for row in members(c.at)
        if names[row["scope"]] == key and row["state"] == 1 and row["record_id"] not in keep
    ]
    held.sort(key=lambda row: row["moved"], reverse=True)
    return [{"record_id": row["record_id"]} for row in held[most:]]


def _policy_keys(c: Connection, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    rows = sorted(c.at.rows("policy"))
    return [{"key": row["key"]} for _, row in rows[-1:]]


def _policy_document(c: Connection, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"document": row["document"]} for _, row in c.at.rows("policy") if row["key"] == a[0]]


_KNOWN: tuple[tuple[str, Answer], ...] = (
    ("select 'receipt' as what", _known),  # asks for the policies too
    ("select role from associate_past", lambda *_: []),
    ("select key from policy", _policy_keys),
    ("select document from policy where key", _policy_document),
    ("with p as (", _page),
    ("select record_id from unsettled order by", _unsettled),
    ("as sum from held group by 1", _sums),
    ("select record_id, grp, rev from held where", _listed),
    ("insert into divergence", _ignored),
    ("insert into promise", _ignored),
    ("insert into extraction_person", _ignored),  # nobody reads so much here
    ("from held_edit h where h.mutation_id = $1", _held_named),
    ("update held_edit set review", _reviewed),
    ("select key, id from scope", _scope_ids),
    ("insert into scope (key)", _new_scopes),
    ("select distinct m.record_id from member m join scope s", _reachable),
    ("insert into member (scope, record_id, kind, state)", _enter),
    ("update member m set state = 0", _leave),
    ("update member set xid = pg_current_xact_id() where record_id = any", _touch),
    ("insert into fragment (record_id, grp, body, recent)", _write_fragments),
    ("update fragment f set rev", _empty_fragments),
    ("select s.key, m.record_id, m.kind, m.state, m.rev", _rows_members),
    ("select record_id, grp, rev, body from fragment", _rows_fragments),
    ("select name_life()", _boot),
    ("from boot mine join boot later", _floor),
    ("with kept as ( insert into receipt (", _keep_verdicts),
    ("update receipt set incarnation", _bind_receipts),
    ("select exists (select 1 from receipt where mutation_id = $1", _was_judged),
    ("insert into device_incarnation", _note_seen),
    ("select watermark, fence, array(", _lock_standing),
    ("update device_incarnation set watermark", _move_standing),
    ("select exists (select 1 from device_incarnation", _forgot_pushes),
    ("with told as ( update receipt set status", _tell_later),
    ("from conflict where id = $1", _conflict_named),
    ("from conflict where mutation_id = any($1)", _conflicts_about),
    ("update conflict set theirs", _decided),
    ("insert into erasure_ack", _acknowledge),
    ("select e.record_id from erasure e join device d", _to_forget),
    ("select exists (select from erasure_fingerprint)", _ignored),
    ("insert into conflict", _conflict),
    ("insert into held_edit", _hold),
    ("insert into audit_event", _ignored),
    ("insert into product (", _ignored),
    ("insert into pin (", _ignored),
    ("delete from pin where scope = $1", _ignored),  # nobody pins so many here
    ("with recursive up as ( select loser as said_under", _ignored),
    (" t set via = said.under", _ignored),
    ("select c.id from customer c", _of_the_brand),
    ("order by m.moved desc offset $3", _pinned_longest),
)
