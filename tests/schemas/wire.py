"""Structs as a replica sees them: JSON-shaped."""

from typing import Any

import msgspec


def as_json(fact: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(fact))
