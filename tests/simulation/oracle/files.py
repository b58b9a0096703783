"""What a tablet's file says, as the file alone tells."""

import json
import sqlite3
from typing import Any


def outbox_of(store: sqlite3.Connection) -> dict[str, str]:
    """Return the state of every edit in the file."""
    rows = store.execute("select mutation_id, state from outbox").fetchall()
    return {_uuid(row[0]): row[1] for row in rows}


def values_held(store: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return the values of every customer in a tablet's file, by record and field."""
    found: dict[str, dict[str, Any]] = {}
    rows = store.execute(
        "select distinct record_id, body from fragment where record_id in"
        " (select record_id from member where kind = 'customer')"
    )
    for key, body in rows:
        values = found.setdefault(_uuid(key), {})
        for field, value in json.loads(body)["values"].items():
            if field == "notes" and isinstance(value, list):
                both = [*values.get("notes", ()), *value]
                values["notes"] = sorted(both, key=lambda note: str(note["note_id"]))
            else:
                values[field] = value
    return found


def _uuid(key: bytes) -> str:
    text = key.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
