"""What a tablet is given of a record: its fragments, each with its revision."""

from typing import Any

from tests.simulation.memory import Transaction


def write_fragments(at: Transaction, statement: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    moved = []
    step = 1 if "rev = fragment.rev + 1" in statement else 0
    *columns, most = a
    for record_id, group, body, marks in zip(*columns, strict=True):
        before = at.get("fragment", (record_id, group))
        if before is not None and before["body"] == body:
            continue
        rev = before["rev"] + step if before else 1
        xid = at.number()
        recent = marks
        if before is not None:
            recent = f"{rev} {before['xid']} {marks}\n{before['recent']}"[:most]
            if "xid = pg_current_xact_id()" not in statement:
                xid = before["xid"]
        row = {"rev": rev, "xid": xid, "body": body, "recent": recent}
        at.put("fragment", (record_id, group), row)
        moved.append({"record_id": record_id, "grp": group, "rev": rev})
    return moved


def empty_fragments(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    record_ids, groups, body = a
    moved = []
    for record_id, group in zip(record_ids, groups, strict=True):
        before = at.get("fragment", (record_id, group))
        if before is not None and before["body"] != body:
            row = {**before, "rev": before["rev"] + 1, "xid": at.number(), "body": body}
            at.put("fragment", (record_id, group), row)
            moved.append({"record_id": record_id, "grp": group, "rev": row["rev"]})
    return moved


def rows_fragments(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    ids, groups = set(a[0]), set(a[1])
    found = [
        {"record_id": record_id, "grp": group, "rev": row["rev"], "body": row["body"]}
        for (record_id, group), row in at.rows("fragment")
        if record_id in ids and group in groups
    ]
    return sorted(found, key=lambda row: (row["record_id"], row["grp"]))
