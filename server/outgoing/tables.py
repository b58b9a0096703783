"""What is to leave the house, and the texts it is written from."""

from sqlalchemy import ARRAY, Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, instant, written_at
from server.database.metadata import metadata

# The queue. It holds no address and no text: both are read from her record at the moment of sending.
outgoing = Table(
    "outgoing",
    metadata,
    Column("id", UUID, primary_key=True),  # of the message; of the yes that is to be confirmed
    Column("customer_id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),  # message, confirmation
    Column("brand", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("author", Text),
    # waiting, sending (nothing given away yet), leaving (being handed over); then
    # sent, refused (by the gate), bounced, cancelled, dead (nobody took it), unsure (no answer came)
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("reason", Text),  # a stable word, never a text of somebody else's
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("not_before"),
    Column("claim", UUID),  # who has it in hand
    instant("claimed_until", nullable=True),
    Column("answer", Text),  # the status that the other side answered with: "250", "550 5.1.1"
    written_at(),
    instant("ended_at", nullable=True),
    Column("via", UUID),  # the id it was said under, when another of hers
    Index("outgoing_next", "not_before", postgresql_where=text("state = 'waiting'")),
    Index("outgoing_in_hand", "claimed_until", postgresql_where=text("state in ('sending', 'leaving')")),
    Index("outgoing_dead", "created_at", "id", postgresql_where=text("state in ('dead', 'unsure')")),
    Index("outgoing_customer", "customer_id"),
)

# Every version of a text to write from. A version never changes.
message_template = Table(
    "message_template",
    metadata,
    Column("brand", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    document("texts", empty="{}"),  # language -> subject and text
    document("title", empty="{}"),  # language -> what it is chosen by
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("written_by", UUID),
    written_at(),
)
