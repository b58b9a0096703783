"""Tables of imports: what came in when, and the lines that were refused."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, instant, written_at
from server.database.metadata import metadata

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    document("mapping", empty="{}"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("position", BigInteger, nullable=False, server_default="0"),  # lines dealt with
    document("counts", empty="{}"),
    Column("started_by", UUID),
    written_at("started_at"),
    instant("ended_at", nullable=True),
    Index("import_batch_file", "source", "file_hash"),
)

import_refusal = Table(
    "import_refusal",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    document("original", empty="{}"),
    written_at(),
)
