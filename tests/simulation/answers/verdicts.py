"""What became of edits: verdicts, what they took the place of, conflicts, what waits for a manager."""

import re
from datetime import UTC, datetime
from typing import Any

import asyncpg

from tests.simulation.answers.membership import reachable
from tests.simulation.answers.policy import policy_keys
from tests.simulation.memory import Transaction


def known(at: Transaction, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    mutation_ids, named, states, keys = a
    nothing = {"record_id": None, "status": None, "code": None}
    receipts = [at.get("receipt", mutation_id) for mutation_id in mutation_ids]
    found = [
        {"what": "receipt", "id": row["mutation_id"], **{name: row[name] for name in nothing}}
        for row in receipts
        if row is not None
    ]
    erased = {key for key, _ in at.rows("erasure")}.intersection(named)
    found += [{**nothing, "what": "erased", "id": key} for key in sorted(erased)]
    reached = reachable(at, statement, (states, keys))
    found += [{**nothing, "what": "reach", "id": row["record_id"]} for row in reached]
    policies = policy_keys(at, statement, ())
    return found + [{**nothing, "what": "group", "id": row["key"]} for row in policies]


def keep_verdicts(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    device, incarnation, *columns = a
    for mid, record_id, seq, status, code in zip(*columns[:5], strict=True):
        if at.get("receipt", mid) is not None:
            raise asyncpg.UniqueViolationError("receipt")
        at.put(
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
        number = 1 + max((key[0] for key, _ in at.rows("field_past")), default=0)  # some rows were erased
        at.put("field_past", (number, at.number()), dict(zip(names, lost, strict=True)))


def bind_receipts(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    for mid in a[0]:
        row = at.get("receipt", mid)
        if row is not None and row["incarnation"] is None:
            at.put("receipt", mid, {**row, "incarnation": a[1]})


def was_judged(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = at.get("receipt", a[0])
    judged = row is not None and (row["device_id"], row["incarnation"], row["seq"]) == tuple(a[1:4])
    return [{"exists": judged}]


def tell_later(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    mid, status, code = a
    row = at.get("receipt", mid)
    if row is None:
        return
    at.put("receipt", mid, {**row, "status": status, "code": code})
    if row["device_id"] is not None:
        late = {"mutation_id": mid, "record_id": row["record_id"], "device_id": row["device_id"]}
        at.put("late_verdict", mid, {**late, "status": status, "code": code, "xid": at.number()})


def conflict(at: Transaction, statement: str, a: tuple[Any, ...]) -> None:
    at.put("conflict", a[0], {"via": None, **_named(statement, a), "state": "open", "keep": None})


def value_of_a_revision(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    record_id, field, rev = a
    of_field = [
        row for _, row in at.rows("field_past") if (row["record_id"], row["field"]) == (record_id, field)
    ]
    found = [row["value"] for row in of_field if row["stamp"] and str(row["stamp"].get("rev")) == rev]
    return [{"value": value} for value in found[-1:]]


def conflict_named(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = at.get("conflict", a[0])
    return [row] if row is not None else []


def conflicts_about(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    wanted = set(a[0])
    return [row for _, row in at.rows("conflict") if row["mutation_id"] in wanted]


def decided(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    row = at.get("conflict", a[0])
    at.put("conflict", a[0], {**row, "theirs": a[1], "theirs_stamp": a[2], "state": a[3], "keep": a[4]})


def hold(at: Transaction, statement: str, a: tuple[Any, ...]) -> None:
    if at.get("held_edit", a[0]) is None:
        row = {**_named(statement, a), "review": "open", "created_at": datetime.fromtimestamp(0, UTC)}
        at.put("held_edit", a[0], row)


def held_named(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    row = at.get("held_edit", a[0])
    return [row] if row is not None and row["store"] in a[1] else []


def reviewed(at: Transaction, _s: str, a: tuple[Any, ...]) -> None:
    at.put("held_edit", a[0], {**at.get("held_edit", a[0]), "review": a[1]})


def _named(statement: str, a: tuple[Any, ...]) -> dict[str, Any]:
    """Return the values of an insert by the names of its columns."""
    columns = re.search(r"insert into \w+ \((.*?)\)", " ".join(statement.split()))
    assert columns is not None
    return dict(zip((each.strip() for each in columns.group(1).split(",")), a, strict=False))
