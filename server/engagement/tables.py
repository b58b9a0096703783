"""The table of touchpoints, whole; a customer's record carries only the latest ones."""

from sqlalchemy import BigInteger, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import written_at
from server.database.metadata import metadata

touchpoint = Table(
    "touchpoint",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # wall milliseconds UTC
    Column("summary", Text, nullable=False, server_default=""),
    Column("store", Text),
    Column("author", Text),  # associate id, or a source system
    Column("sku", Text),
    Column("mutation_id", UUID),
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at("received_at"),
    Index("touchpoint_customer", "customer_id", "at_ms", "id"),
)
