"""Tables of purchases, whole; a customer's record carries only the latest ones."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import written_at
from server.database.metadata import metadata

purchase = Table(
    "purchase",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID),  # null: an anonymous sale at the till
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=False),  # the source's own number
    Column("kind", Text, nullable=False),  # sale, return, cancelled
    Column("channel", Text, nullable=False),
    Column("store", Text),
    Column("author", Text),  # the associate who sold
    Column("at_ms", BigInteger, nullable=False),  # wall milliseconds UTC
    Column("total", BigInteger, nullable=False),  # minor units, signed
    Column("currency", Text, nullable=False),
    Column("mutation_id", UUID),
    Column("revision", BigInteger, nullable=False, server_default="0"),  # wall ms: a later word replaces it
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at("received_at"),
    Index("purchase_source", "source", "reference", unique=True),
    Index("purchase_customer", "customer_id", "at_ms", "id"),
    Index("purchase_store", "store", "at_ms", "id"),
)

purchase_line = Table(
    "purchase_line",
    metadata,
    Column("purchase_id", UUID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),  # minor units of the whole line, signed
    Column("unit_price", Text),  # decimal text, as the source wrote it
    Column("size", Text),
    Column("size_category", Text),
    Column("colour", Text),
    Column("family", Text),
    Index("purchase_line_sku", "sku"),
)
