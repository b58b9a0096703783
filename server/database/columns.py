"""Column kinds our tables share: instants, JSON documents, transaction numbers."""

from typing import Any

from sqlalchemy import Column, DateTime, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[str]):
    """A 64-bit transaction number; travels as text, cast in SQL."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in PostgreSQL."""
        return "xid8"


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column holding an aware instant that the caller must state."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def written_at(name: str = "created_at") -> Column[Any]:
    """Return a column holding the instant the row was written, by the database's clock."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("now()"))


def current_xid(name: str) -> Column[Any]:
    """Return a column holding the top-level transaction that wrote it."""
    return Column(name, Xid8, nullable=False, server_default=text("pg_current_xact_id()"))


def document(name: str, *, empty: str | None = None) -> Column[Any]:
    """Return a JSON column; ``empty`` is the JSON text a new row starts with, else it may be null."""
    if empty is None:
        return Column(name, JSONB(none_as_null=True))
    return Column(name, JSONB, nullable=False, server_default=text(f"'{empty}'::jsonb"))
