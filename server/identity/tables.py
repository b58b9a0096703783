"""Tables of identity: what sources told, the keys by which records meet, and pairs a person should judge."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database import queue
from server.database.columns import document, instant, written_at
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

# A customer as she was last compared: whether anything that tells people apart has changed since.
identity_seen = Table(
    "identity_seen",
    metadata,
    Column("customer_id", UUID, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # of her comparable forms
    Column(
        "counted", LargeBinary, nullable=False
    ),  # digests of the values she adds to the counts, eight bytes each
)

# Keys under which records that may be one person meet; keyed digests, never the value.
identity_key = Table(
    "identity_key",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("customer_id", UUID, primary_key=True),
    Index("identity_key_customer", "customer_id"),
)

# How common values are: what agreement on one is worth.
identity_count = Table(
    "identity_count",
    metadata,
    Column(
        "value", BigInteger, primary_key=True
    ),  # keyed digest of field and value; of the field alone, its sum
    Column("n", Integer, nullable=False),
)

# How far the feed of a brand has been read. One row for each brand's scope.
identity_cursor = Table(
    "identity_cursor",
    metadata,
    Column("scope", Integer, primary_key=True, autoincrement=False),
    Column("base", Text, nullable=False),  # pg_snapshot: everything visible in it has been compared
    Column("target", Text),  # of the walk under way
    Column("after", UUID),
)

# Two customers who may be one person; ``one`` is the smaller id.
identity_pair = Table(
    "identity_pair",
    metadata,
    Column("one", UUID, primary_key=True),
    Column("other", UUID, primary_key=True),
    Column("bits", Float, nullable=False),
    document("findings", empty="[]"),
    Column("state", Text, nullable=False, server_default="open"),  # open, merged, dismissed
    written_at("found_at"),
    Column("decided_by", UUID),
    instant("decided_at", nullable=True),
    Index("identity_pair_open", "state", "bits", "one", "other"),
    Index("identity_pair_other", "other"),
)

# What somebody did whom nobody could name then: a sale at the till, a look at the web shop.
awaiting = Table(
    "awaiting",
    metadata,
    Column("id", UUID, primary_key=True),  # of the purchase, the touchpoint, the wish
    Column("source", Text, nullable=False),
    document("said", empty="{}"),
    written_at("received_at"),
    Index("awaiting_age", "received_at"),
)

# By what she may be found later, the surest first: keyed digests, never the value.
awaiting_key = Table(
    "awaiting_key",
    metadata,
    Column("awaiting_id", UUID, primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Index("awaiting_key_digest", "digest"),
)

# Somebody who shares a key with what waits.
awaiting_match = Table(
    "awaiting_match",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("uuidv7()")),
    Column("awaiting_id", UUID, nullable=False),
    Column("customer_id", UUID, nullable=False),
    *queue.columns(),
    Index("awaiting_match_pair", "awaiting_id", "customer_id", unique=True),
    Index("awaiting_match_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
)

# Whether a brand's sure pairs are merged without a person.
identity_switch = Table(
    "identity_switch",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("automatic", Boolean, nullable=False),
    Column("changed_by", UUID),
    written_at("changed_at"),
)
