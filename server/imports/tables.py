"""Tables of imports: what came in when, the lines that were refused, and what was there before."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, Table, Text, text
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

# A file that was brought over the API, until it is taken in; then only what became of it.
import_file = Table(
    "import_file",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    document("mapping", empty="{}"),
    Column("store", Text),
    document("dialect"),  # how it is written, with its header: what refused lines are given back under
    Column("body", LargeBinary),
    Column("lines", BigInteger, nullable=False),
    Column("brought_by", UUID, nullable=False),
    Column("state", Text, nullable=False, server_default="kept"),
    Column("wanted", Text),  # rehearse, apply, undo: what somebody is to do, or is doing
    Column("stop", Boolean, nullable=False, server_default=text("false")),
    instant("leased_until", nullable=True),
    Column("done", BigInteger, nullable=False, server_default="0"),  # lines of what is being done
    document("rehearsed"),
    document("result"),
    Column("batch_id", UUID),
    Column("error", Text),
    written_at(),
    Index("import_file_list", "brand", "created_at", "id"),
    Index("import_file_wanted", "created_at", postgresql_where=text("wanted is not null")),
)

import_mapping = Table(
    "import_mapping",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    document("document", empty="{}"),
    Column("saved_by", UUID),
    written_at("saved_at"),
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

# What a day of a campaign cost, as an advertiser's report says it: no word of any person.
advertising_cost = Table(
    "advertising_cost",
    metadata,
    Column("id", UUID, primary_key=True),  # of brand, source, day and campaign
    Column("brand", Text, nullable=False),
    Column("source", Text, nullable=False),  # whose report
    Column("day", Date, nullable=False),
    Column("utm_source", Text, nullable=False),
    Column("utm_medium", Text, nullable=False),
    Column("campaign", Text, nullable=False),  # empty: none
    Column("campaign_id", Text, nullable=False),
    Column("term", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("currency", Text),
    Column("cost", BigInteger),  # minor units
    Column("impressions", BigInteger),
    Column("clicks", BigInteger),
    Column("batch_id", UUID, nullable=False),  # that wrote it last
    instant("written_at"),
    Index("advertising_cost_day", "brand", "day"),
)
