"""The wall's own tables: by which names and keys it stands, and what each role may see of customers."""

from sqlalchemy import ARRAY, Column, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA

from server.database.metadata import metadata

# One row where the wall stands. Nobody but the owner of the database reads it.
wall = Table(
    "wall",
    metadata,
    Column("only", SmallInteger, primary_key=True, autoincrement=False),
    Column("prefix", Text, nullable=False),  # of the roles' names: a cluster may hold several databases
    Column("password", Text, nullable=False),  # of the application's login
    Column("key", BYTEA, nullable=False),  # seals what the application says about who is asking
    Column("inner_pad", BYTEA, nullable=False),  # the key as HMAC uses it (RFC 2104)
    Column("outer_pad", BYTEA, nullable=False),
    Column("stated", Text, nullable=False),  # digest of the statements by which it was raised
    Column("policies", Text, nullable=False),  # digest of the row policies and functions it then had
)

# The policy in force, as row policies and grants ask for it.
wall_lens = Table(
    "wall_lens",
    metadata,
    Column("role", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),  # read in clear
    Column("searchable", ARRAY(Text), nullable=False),  # also those seen masked
    Column("groups", ARRAY(Text), nullable=False),  # keys; notes are split further by audience
)
