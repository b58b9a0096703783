"""What the oracle reads: the tables of the server as lines of JSON, and the files of the tablets."""

import sqlite3
from typing import Any

import msgspec

from tests.simulation.world import World


def dump(world: World) -> list[str]:
    """Return the server's tables as lines of JSON."""
    tables = world.house.memory.table
    scopes = {number: key for key, number in tables("scope").items()}
    lines: list[dict[str, Any]] = []
    for key, row in tables("customer").items():
        lines.append({"table": "customer", "id": key, "values": row["values"], "alias": row["alias_of"]})
    for mid, row in tables("receipt").items():
        lines.append(
            {
                "table": "receipt",
                "mid": mid,
                "record": row["record_id"],
                "status": row["status"],
                "code": row["code"],
            }
        )
    for row in tables("field_past").values():
        lines.append(
            {"table": "past", "record": row["record_id"], "field": row["field"], "value": row["value"]}
        )
    for mid, row in tables("held_edit").items():
        lines.append({"table": "held", "mid": mid, "record": row["record_id"], "args": row["args"]})
    for key, row in tables("conflict").items():
        lines.append(
            {
                "table": "conflict",
                "id": key,
                "mid": row["mutation_id"],
                "record": row["record_id"],
                "field": row["field"],
                "mine": row["mine"],
                "theirs": row["theirs"],
                "state": row["state"],
            }
        )
    for row in tables("member").values():
        lines.append(
            {
                "table": "member",
                "scope": scopes[row["scope"]],
                "record": row["record_id"],
                "state": row["state"],
            }
        )
    for device, associate, record in tables("erasure_ack"):
        lines.append({"table": "acknowledged", "device": device, "associate": associate, "record": record})
    return [msgspec.json.encode(line).decode() for line in lines]


def files(world: World) -> dict[str, tuple[sqlite3.Connection, bytes]]:
    """Return each tablet's file, open and as bytes."""
    return {replica.name: (replica.disk.real, replica.disk.content()) for replica in world.replicas}
