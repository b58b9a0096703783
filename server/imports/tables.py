"""Tables of imports: what came in when, the lines that were refused, and what was there before."""

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

# A row as it was when an import first touched it; null where there was none.
import_before = Table(
    "import_before",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("subject", Text, primary_key=True),  # customer, part, source
    Column("key", Text, primary_key=True),
    document("before"),
)

import_edit = Table(
    "import_edit",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("mutation_id", UUID, primary_key=True),
    Column("record_id", UUID, nullable=False),
    Index("import_edit_record", "batch_id", "record_id"),
)
