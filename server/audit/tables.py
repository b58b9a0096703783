"""The tables of audited events (who did what to whom, never with which values) and of their chain's head."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import document, instant, written_at
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

# One row: where the chain ends, signed with a key that the database does not hold.
audit_head = Table(
    "audit_head",
    metadata,
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("link", BigInteger, nullable=False),
    Column("hash", BYTEA, nullable=False),
    instant("at"),
    Column("breaks", Integer, nullable=False),
    Column("signature", BYTEA, nullable=False),
    CheckConstraint("place = 1", name="there_is_one"),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("once", Text, nullable=False),
    written_at("at"),
    Column("brand", Text),  # null: of the whole installation
    Column("associate_id", UUID),
    Column("device_id", UUID),
    Column("stores", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    document("facts", empty="{}"),
    instant("acknowledged_at", nullable=True),
    Column("acknowledged_by", UUID),
    UniqueConstraint("kind", "once"),
    Index("alarm_at", "at", "id"),
)
