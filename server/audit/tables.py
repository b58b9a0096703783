"""The table of audited events: who did what to whom, never with which values."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import document, written_at
from server.database.metadata import metadata

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    written_at("at"),
    Column("actor", UUID),
    Column("role", Text),
    Column("device_id", UUID),
    Column("store", Text),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", UUID),
    document("facts", empty="{}"),  # names of fields and counts; no values
    # Filled when the event is linked to the chain, moments after it is written.
    Column("link", BigInteger, unique=True),
    Column("prev_hash", BYTEA),
    Column("hash", BYTEA),
    Index("audit_event_subject", "subject_id", "id"),
    Index("audit_event_actor", "actor", "id"),
    Index("audit_event_unlinked", "id", postgresql_where=text("link is null")),
)
