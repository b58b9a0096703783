"""The table of published policies; the highest version is in force."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, written_at
from server.database.metadata import metadata

policy = Table(
    "policy",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    document("document", empty="{}"),
    Column("note", Text, nullable=False, server_default=""),
    Column("published_by", UUID),  # null: shipped with the product
    written_at("published_at"),
)
