"""Tables of products and of where they are in stock."""

from sqlalchemy import ARRAY, BigInteger, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, written_at
from server.database.metadata import metadata

product = Table(
    "product",
    metadata,
    Column("id", UUID, primary_key=True),  # schemas.ids.record_id_of("product", sku)
    Column("sku", Text, nullable=False, unique=True),
    document("name", empty="{}"),  # language -> name
    Column("family", Text, nullable=False),
    Column("price", BigInteger, nullable=False),  # minor units
    Column("currency", Text, nullable=False),
    Column("colour", Text),
    Column("material", Text),
    Column("size_category", Text),
    Column("sizes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("launched", Text),  # ISO date
    Column("picture", Text),
    Column("complements", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("wear_months", Integer),
    written_at(),
    Index("product_family", "family", "sku"),
)

stock = Table(
    "stock",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("store", Text, primary_key=True),
    Column("size", Text, primary_key=True, server_default=""),
    Column("quantity", Integer, nullable=False),
    written_at("counted_at"),
)
