"""The loyalty ledger: every movement of points, by whom and why."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import written_at
from server.database.metadata import metadata

loyalty_entry = Table(
    "loyalty_entry",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID, nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # wall milliseconds UTC
    Column("points", Integer, nullable=False),  # signed
    Column("reason", Text, nullable=False),
    Column("reference", Text),
    Column("author", Text),
    Column("mutation_id", UUID),
    Column("via", UUID),  # the id it was said under, when another of hers
    Column("holder", Text),  # schemas.loyalty.holder_of: whose tablet redeemed, or set points aside
    Column("held", Integer, nullable=False, server_default="0"),
    written_at("received_at"),
    Index("loyalty_entry_customer", "customer_id", "at_ms", "id"),
)
