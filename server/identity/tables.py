"""The table of source records: one system's version of a person, kept verbatim."""

from sqlalchemy import Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, written_at
from server.database.metadata import metadata

source_record = Table(
    "source_record",
    metadata,
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("customer_id", UUID),
    Column("batch_id", UUID),
    Column("via", UUID),  # the id it was said under, when another of hers
    document("payload", empty="{}"),
    written_at("received_at"),
    Index("source_record_customer", "customer_id"),
)
