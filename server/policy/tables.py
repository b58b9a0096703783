"""Tables of the policy: what was published, the one draft, the fields that were there."""

from sqlalchemy import Column, DateTime, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import Xid8, document, instant, written_at
from server.database.metadata import metadata

# The highest version that is ready is in force; a version is never changed.
policy = Table(
    "policy",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    document("document", empty="{}"),
    Column("note", Text, nullable=False, server_default=""),
    Column("published_by", UUID),  # null: shipped with the product
    written_at("published_at"),
    Column("key", UUID, nullable=False, server_default=text("gen_random_uuid()")),  # of this very document
    # Null while customers are being cut into its groups; nobody reads by it before.
    Column("ready_at", DateTime(timezone=True), server_default=text("now()")),
    Column("cut_fence", Xid8),  # writers below this number may not have known of it
    Column("cut_after", UUID),  # the last customer done
    Column("cut_done", Integer, nullable=False, server_default="0"),
    Column("cut_total", Integer, nullable=False, server_default="0"),
    instant("swept_at", nullable=True),  # when what its groups alone held was emptied
)

policy_draft = Table(
    "policy_draft",
    metadata,
    Column("only", SmallInteger, primary_key=True, autoincrement=False),
    Column("base", Integer, nullable=False),  # the version it starts from
    document("changes", empty="{}"),  # role -> field -> level
    Column("edited_by", UUID, nullable=False),
    written_at("edited_at"),
)

# Which fields there are, and since which version: an earlier one spoke of another field of that name.
policy_field = Table(
    "policy_field",
    metadata,
    Column("field", Text, primary_key=True),
    Column("since", Integer, nullable=False),
)
