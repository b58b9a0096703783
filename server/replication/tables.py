"""Tables of replication: the feed and what is kept about every edit that arrived."""

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import Xid8, current_xid, document, instant, written_at
from server.database.metadata import metadata

scope = Table(
    "scope",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # store:lyon, own:<uuid>, pin:<device>, catalog
)

# The feed, the membership and the tombstone in one. A row leaves only by garbage collection.
member = Table(
    "member",
    metadata,
    Column("scope", Integer, primary_key=True),
    Column("record_id", UUID, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),  # 1 in, 0 out, 2 merged (into_id), 3 erased
    Column("rev", Integer, nullable=False, server_default="1"),  # grows on a change of state only
    current_xid("xid"),  # last transaction that touched the record
    current_xid("moved"),  # last transaction that changed the state
    Column("into_id", UUID),
    Index("member_feed", "scope", "xid", "record_id"),
    Index("member_record", "record_id"),
    Index("member_left", "xid", postgresql_where=text("state in (0, 3)")),
)

fragment = Table(
    "fragment",
    metadata,
    Column("record_id", UUID, primary_key=True),
    Column("grp", Text, primary_key=True),
    Column("rev", Integer, nullable=False, server_default="1"),
    current_xid("xid"),
    Column("body", Text, nullable=False),  # JSON, ready for the wire
    Column("recent", Text, nullable=False, server_default=""),  # what changed in it lately: recent.py
)

# One installation of the app; a restored or cloned tablet becomes a new one.
device_incarnation = Table(
    "device_incarnation",
    metadata,
    Column("device_id", UUID, primary_key=True),
    Column("incarnation", UUID, primary_key=True),
    Column("associate_id", UUID, primary_key=True),
    Column("watermark", BigInteger, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    instant("lease_until", nullable=True),
    instant("seen_at", nullable=True),
    Column("app_version", Text),
)

receipt = Table(
    "receipt",
    metadata,
    Column("mutation_id", UUID, primary_key=True),
    Column("record_id", UUID, nullable=False),
    Column("device_id", UUID),
    Column("incarnation", UUID),
    Column("seq", BigInteger),
    Column("status", Text, nullable=False),
    Column("code", Text),
    document("detail"),
    written_at(),
    Index("receipt_record", "record_id"),
    Index("receipt_age", "created_at"),
)

held_edit = Table(
    "held_edit",
    metadata,
    Column("mutation_id", UUID, primary_key=True),
    Column("record_id", UUID, nullable=False),
    Column("op", Text, nullable=False),
    document("args"),
    document("base"),
    Column("code", Text, nullable=False),
    Column("author", UUID, nullable=False),
    Column("device_id", UUID),
    Column("store", Text),
    Column("policy_version", Integer, nullable=False),
    Column("hlc", BigInteger, nullable=False),
    Column("review", Text, nullable=False, server_default="open"),  # open, applied, dismissed
    Column("decided_by", UUID),
    instant("decided_at", nullable=True),
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at(),
    Index("held_edit_record", "record_id"),
    Index("held_edit_store", "store", "created_at", postgresql_where=text("review = 'open'")),
    Index("held_edit_parked", "op", postgresql_where=text("code = 'unknown_op' and review = 'open'")),
)

# What became of an edit after its tablet was told that it is refused, parked or contested.
late_verdict = Table(
    "late_verdict",
    metadata,
    Column("mutation_id", UUID, primary_key=True),
    Column("record_id", UUID, nullable=False),
    Column("device_id", UUID, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text),
    current_xid("xid"),
    written_at(),
    Index("late_verdict_device", "device_id", "xid"),
    Index("late_verdict_record", "record_id"),
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("record_id", UUID, nullable=False),
    Column("field", Text, nullable=False),
    document("mine"),
    document("theirs"),
    document("theirs_stamp"),
    document("mine_stamp"),
    document("base"),  # what the author had in front of him, if it is still known
    Column("mutation_id", UUID, nullable=False, unique=True),
    Column("owner", UUID, nullable=False),
    Column("store", Text),
    Column("state", Text, nullable=False, server_default="open"),  # open, decided
    Column("keep", Text),  # mine, theirs
    Column("decided_by", UUID),
    Column("hlc", BigInteger, nullable=False),
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at(),
    instant("decided_at", nullable=True),
    Index("conflict_record", "record_id"),
    Index("conflict_owner", "owner", "state"),
    Index("conflict_store", "store", "created_at", postgresql_where=text("state = 'open'")),
)

field_past = Table(
    "field_past",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("record_id", UUID, nullable=False),
    Column("field", Text, nullable=False),
    document("value"),
    document("stamp"),
    Column("lost_to", UUID, nullable=False),  # the mutation that replaced the value
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at(),
    Index("field_past_record", "record_id", "id"),
    Index("field_past_age", "created_at"),
)

# One link between two ids of one person. ``winner`` is the id it was merged into, then and there; the
# survivor of a chain is ``customer.alias_of``.
merge = Table(
    "merge",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("loser", UUID, nullable=False),
    Column("winner", UUID, nullable=False),
    document("choices", empty="{}"),  # field -> "loser" or "winner", where a person chose
    Column("reason", Text),
    Column("merged_by", UUID, nullable=False),
    Column("turn", Integer, nullable=False),  # its place in the order of edits and merges of this person
    written_at(),
    instant("undone_at", nullable=True),
    Column("undone_by", UUID),
    Index("merge_loser", "loser", unique=True, postgresql_where=text("undone_at is null")),
    Index("merge_winner", "winner"),
)

# From which side each value of the survivor came, with the revisions that later edits are judged by.
merge_record = Table(
    "merge_record",
    metadata,
    Column("merge_id", UUID, primary_key=True),
    Column("path", Text, primary_key=True),  # field or field/entry
    Column("source", Text, nullable=False),  # winner, loser, both
    Column("loser_rev", Integer, nullable=False),
    Column("kept_rev", Integer, nullable=False),  # of the survivor's value right after the merge
)

# Ids only; never expires.
erasure = Table(
    "erasure",
    metadata,
    Column("record_id", UUID, primary_key=True),
    current_xid("xid"),
    Column("case_id", UUID),
    written_at(),
    Index("erasure_xid", "xid"),
    Index("erasure_case_id", "case_id"),
)

erasure_ack = Table(
    "erasure_ack",
    metadata,
    Column("device_id", UUID, primary_key=True),
    Column("associate_id", UUID, primary_key=True),  # each person's copy on a tablet is a file of its own
    Column("record_id", UUID, primary_key=True),
    written_at(),
    Index("erasure_ack_record", "record_id"),
)

# One row per life of the database: a crash, a promotion or a restore starts another.
boot = Table(
    "boot",
    metadata,
    Column("boot_id", UUID, primary_key=True),
    Column("floor", Xid8, nullable=False),
    Column("system_identifier", Text, nullable=False),
    Column("timeline", Integer, nullable=False),
    written_at(),
    Column("start_lsn", BigInteger),  # where the log of earlier lives ended: what lay behind it is lost
    Column("gc_floor", Xid8),
    Column("place", BigInteger, Identity(), nullable=False),  # lives in their order
)

# Unlogged on purpose: empty after crash recovery or promotion.
boot_marker = Table(
    "boot_marker",
    metadata,
    Column("only", SmallInteger, primary_key=True, autoincrement=False),
    Column("boot_id", UUID, nullable=False),
    instant("started"),  # when the postmaster of this life started
    Column("database", Text, nullable=False),  # its name: a copied database lives a life of its own
    Column("gc_floor", Xid8),  # departures below it may have been swept
    prefixes=["UNLOGGED"],
)

# First downloads made beforehand. Unlogged: in no log, on no standby, gone after a crash.
snapshot_file = Table(
    "snapshot_file",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("channels", BYTEA, nullable=False),  # digest of what it holds and so of who may have it
    Column("base", Text, nullable=False),  # the snapshot it was read in
    Column("token", BYTEA, nullable=False),  # where the feed goes on; sealed when it is given to somebody
    Column("sizes", ARRAY(Integer), nullable=False),  # of its parts, in order
    Column("digests", ARRAY(BYTEA), nullable=False),
    written_at(),
    Index("snapshot_file_channels", "channels", "created_at"),
    prefixes=["UNLOGGED"],
)

snapshot_part = Table(
    "snapshot_part",
    metadata,
    Column("file_id", UUID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", BYTEA, nullable=False),
    prefixes=["UNLOGGED"],
)

# Files that somebody asked for and that are missing or stale.
snapshot_wish = Table(
    "snapshot_wish",
    metadata,
    Column("channels", BYTEA, primary_key=True),
    document("document"),
    written_at("asked_at"),
    prefixes=["UNLOGGED"],
)


# Which transactions were over at an instant: what they took away may be swept once the instant is old enough.
gc_mark = Table(
    "gc_mark",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    instant("at"),
    Column("system_identifier", Text, nullable=False),
    Column("floor", Xid8, nullable=False),
)

# Replicas whose digest was not ours: an alarm, counted. Ids of devices only, no record.
divergence = Table(
    "divergence",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("device_id", UUID, nullable=False),
    Column("associate_id", UUID, nullable=False),
    Column("store", Text),
    Column("buckets", Integer, nullable=False),  # of 256 times the groups held
    Column("app_version", Text, nullable=False),
    written_at(),
)

# When a customer pinned to a tablet was last asked for there.
pin = Table(
    "pin",
    metadata,
    Column("scope", Integer, primary_key=True, autoincrement=False),
    Column("record_id", UUID, primary_key=True),
    instant("used_at"),
    Index("pin_used", "used_at"),
)
