"""The policy in force."""

from typing import Any

from tests.simulation.memory import Transaction


def policy_keys(at: Transaction, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    rows = sorted(at.rows("policy"))
    return [{"key": row["key"]} for _, row in rows[-1:]]


def policy_document(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"document": row["document"]} for _, row in at.rows("policy") if row["key"] == a[0]]
