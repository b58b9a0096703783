"""The list by which promises are found across customers; what they say is on the customer's record alone."""

from sqlalchemy import Boolean, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.metadata import metadata

promise = Table(
    "promise",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("field", Text, nullable=False),  # tasks, appointments, cases
    Column("customer_id", UUID, primary_key=True),
    Column("state", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("day", Text, nullable=False),  # ISO date it is due or takes place (UTC); empty for none
    Column("owner", Text),
    Column("via", UUID),  # the id it was said under, when another of hers
    Index("promise_customer", "customer_id"),
    Index("promise_open", "field", "day", "id", postgresql_where=text("not ended")),
    Index("promise_owner", "owner", "field", "day", "id", postgresql_where=text("not ended")),
)
