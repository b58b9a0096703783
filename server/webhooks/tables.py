"""Tables of webhooks: who is told of changes, and what is on its way to him."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from server.database import queue
from server.database.columns import instant, written_at
from server.database.metadata import metadata

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, nullable=False),  # the service that is told: no more than it may see
    Column("brand", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("sealed_secrets", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("seen", Text, nullable=False),  # the snapshot up to which it was told
    instant("failing_since", nullable=True),
    Column("stopped_because", Text),  # a code; null while it is active, or was stopped by hand
    Column("made_by", UUID),
    written_at(),
    Index("webhook_endpoint_account", "account_id"),
)

# The id of a customer and what happened to it; never what is said of her.
webhook_message = Table(
    "webhook_message",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("endpoint_id", UUID, nullable=False),
    Column("record_id", UUID, nullable=False),
    Column("type", Text, nullable=False),
    Column("into_id", UUID),  # of a merge: who she is now
    *queue.columns(),
    written_at(),
    Index("webhook_message_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    Index("webhook_message_list", "endpoint_id", "state", "created_at", "id"),
    Index("webhook_message_record", "record_id"),
)
