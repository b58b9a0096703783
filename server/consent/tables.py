"""The consent ledger, never updated or deleted save by erasure; wordings; how much is too much."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, instant, written_at
from server.database.metadata import metadata

consent_event = Table(
    "consent_event",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("position", BigInteger, Identity(), nullable=False),
    Column("customer_id", UUID, nullable=False),
    Column("brand", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),  # granted, withdrawn
    Column("at_ms", BigInteger, nullable=False),  # wall milliseconds UTC, when she said it
    Column("knows", ARRAY(UUID), nullable=False, server_default=text("'{}'")),
    Column("wording", Text),
    Column("wording_hash", Text),  # of the text as it was shown
    document("signature"),  # strokes, see schemas.signature
    Column("language", Text),
    Column("how", Text),
    Column("author", Text),
    Column("store", Text),
    Column("device_id", UUID),
    Column("mutation_id", UUID),
    Column("confirms", UUID),  # the statement this says again, by the link written to her
    Column("via", UUID),  # the id it was said under, when another of hers
    written_at("received_at"),
    Index("consent_event_customer", "customer_id", "position"),
)

# What customers are shown before they say yes. A draft may change; what was published never does.
consent_wording = Table(
    "consent_wording",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    document("texts", empty="{}"),  # language -> text
    instant("published_at", nullable=True),  # null: a draft
    instant("until", nullable=True),  # what is said under it later counts for nothing
    Column("confirm", Boolean, nullable=False, server_default=text("false")),  # by a link written to her
    Column("written_by", UUID),
    written_at(),
)

# How much may be written to a customer: at most so many messages in so many days.
contact_pressure = Table(
    "contact_pressure",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("most", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("changed_by", UUID),
    written_at("changed_at"),
)
