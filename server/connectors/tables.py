"""Tables of connectors: who may tell us things, what was told word for word."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from server.database import queue
from server.database.columns import document, written_at
from server.database.metadata import metadata

connector = Table(
    "connector",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source", Text, nullable=False),  # the name under which its persons and tickets are known
    Column("kind", Text, nullable=False),
    Column("brand", Text, nullable=False),
    document("settings", empty="{}"),
    Column("sealed_secrets", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("made_by", UUID),
    written_at(),
    Index("connector_source", "source", unique=True),
)

# What came in, as it came. The body goes when it is done and no longer needed, or its person is erased.
delivery = Table(
    "delivery",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("connector_id", UUID, nullable=False),
    Column("reference", Text, nullable=False),  # the source's own number of the delivery, and its content's
    Column("topic", Text, nullable=False),
    Column("body", LargeBinary),
    *queue.columns(),
    Column("records", ARRAY(UUID), nullable=False, server_default="{}"),  # customers it told of
    written_at("received_at"),
    Index("delivery_reference", "connector_id", "reference", unique=True),
    Index("delivery_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    Index("delivery_dead", "connector_id", "id", postgresql_where=text("state = 'dead'")),
    Index("delivery_records", "records", postgresql_using="gin"),
)

# A visitor without a name, and the person who signed in there.
visitor_link = Table(
    "visitor_link",
    metadata,
    Column("source", Text, primary_key=True),
    Column("visitor", LargeBinary, primary_key=True),  # keyed digest
    Column("reference", Text, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=text("false")),  # a second signed in there
    written_at(),
)
