"""Tables of privacy: erasures, their fingerprints, and what customers do not want done with their data."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import document, instant, written_at
from server.database.metadata import metadata

# What was done, when, by whom and why; of the person nothing but ids. It never expires.
erasure_case = Table(
    "erasure_case",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("asked_by", UUID, nullable=False),  # the officer
    Column("reason", Text, nullable=False),
    Column("ids", Integer, nullable=False),  # how many ids the person had
    Column("sales_kept", Integer, nullable=False),  # anonymous now
    written_at(),
)

# Keyed digests of an erased person's contacts: they recognise her if an import brings her back, and tell
# nothing.
erasure_fingerprint = Table(
    "erasure_fingerprint",
    metadata,
    Column("fingerprint", BYTEA, primary_key=True),
    Column("case_id", UUID, nullable=False),
    written_at(),
    Index("erasure_fingerprint_case", "case_id"),
)

# Restriction of processing (GDPR 18) and objection to profiling (GDPR 21), each as long as it is not lifted.
processing_limit = Table(
    "processing_limit",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID, nullable=False),
    Column("kind", Text, nullable=False),  # restriction, profiling
    Column("reason", Text, nullable=False),
    Column("asked_by", UUID, nullable=False),
    Column("lifted_by", UUID),
    instant("lifted_at", nullable=True),
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at(),
    Index("processing_limit_customer", "customer_id"),
)

# What a person asked for by right, by when the answer is due, and what it was. It outlives an erasure: of her
# it holds the id alone.
privacy_case = Table(
    "privacy_case",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID, nullable=False),
    Column("brand", Text, nullable=False),
    Column("kind", Text, nullable=False),  # see server.privacy.cases.CaseKind
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("extended_by", Integer),  # months
    Column("extension_reason", Text),
    Column("outcome", Text),  # none while it is open
    Column("outcome_reason", Text),
    document("facts", empty="[]"),  # what was done: [[what, about]], without values
    Column("opened_by", UUID, nullable=False),
    Column("answered_by", UUID),
    instant("answered_at", nullable=True),
    written_at(),
    Index("privacy_case_customer", "customer_id"),
    Index("privacy_case_due", "brand", "due_on", "id", postgresql_where=text("outcome is null")),
)

# How long what is kept in a brand, as head office changed it; the former word stays.
retention_rule = Table(
    "retention_rule",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("months", Integer, nullable=False),
    Column("changed_by", UUID, nullable=False),
    written_at(),
)

# How far each letting-go has come; of people nothing but how many.
retention_run = Table(
    "retention_run",
    metadata,
    Column("id", UUID, primary_key=True),
    instant("as_of"),
    Column("erased", Integer, nullable=False, server_default="0"),
    document("traces", empty="{}"),  # rule -> rows
    instant("finished_at", nullable=True),
    written_at(),
)
