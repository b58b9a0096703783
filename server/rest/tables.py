"""The table of idempotency keys: which request a key was used for, and nothing of its content."""

from sqlalchemy import Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import written_at
from server.database.metadata import metadata

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("associate_id", UUID, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", BYTEA, nullable=False),
    Column("record_id", UUID),  # what the request made or changed
    written_at(),
    Index("idempotency_key_age", "created_at"),
)
