"""Tables of the people who may ask, the devices they ask on, and what proves it."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from server.database.columns import instant, written_at
from server.database.metadata import metadata

store = Table(
    "store",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("country", Text, nullable=False, server_default="FR"),
    Index("store_zone", "brand", "zone"),
)

associate = Table(
    "associate",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("code", Text, nullable=False, unique=True),  # what is typed at sign-in
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("stores", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("zone", Text),
    Column("brand", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="fr"),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("epoch", Integer, nullable=False, server_default="1"),  # grows when role, stores or zone change
    written_at(),
)

# What somebody was before: an edit made then is judged by today's rights, and told why it did not pass.
associate_past = Table(
    "associate_past",
    metadata,
    Column("associate_id", UUID, nullable=False),
    instant("until"),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("associate_id", "until"),
)

# Who is away when, and who stands in for him.
absence = Table(
    "absence",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("associate_id", UUID, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),  # away on it too
    Column("stand_in", UUID),
    Column("cancelled", Boolean, nullable=False),
    Column("hlc", BigInteger, nullable=False),  # of the word that stands
    Column("said_by", UUID, nullable=False),
    written_at(),
    Index("absence_associate", "associate_id", "last_day"),
    Index("absence_stand_in", "stand_in", "last_day"),
)

device = Table(
    "device",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("store", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", BYTEA, nullable=False),
    Column("enrolled_by", UUID, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="1"),  # grows when the store changes
    written_at("enrolled_at"),
    instant("revoked_at", nullable=True),
    instant("seen_at", nullable=True),
)

enrolment_code = Table(
    "enrolment_code",
    metadata,
    Column("code_hash", BYTEA, primary_key=True),
    Column("store", Text, nullable=False),
    Column("made_by", UUID, nullable=False),
    instant("expires_at"),
    instant("used_at", nullable=True),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("sealed_private", BYTEA, nullable=False),
    Column("public", BYTEA, nullable=False),
    written_at(),
    instant("retired_at", nullable=True),
)

refresh_family = Table(
    "refresh_family",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("associate_id", UUID, nullable=False),
    Column("device_id", UUID),
    written_at(),
    instant("expires_at"),
    instant("ended_at", nullable=True),
    Column("end_reason", Text),
    # Digests of who and of which session he is at the identity provider, where he signed in there.
    Column("provider_person", BYTEA),
    Column("provider_session", BYTEA),
    Index("refresh_family_associate", "associate_id"),
    Index(
        "refresh_family_provider",
        "provider_person",
        postgresql_where=text("provider_person is not null and ended_at is null"),
    ),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_hash", BYTEA, primary_key=True),
    Column("family_id", UUID, nullable=False),
    written_at(),
    instant("used_at", nullable=True),
    Column("sealed_successor", BYTEA),  # opened only with the token it replaces
    Index("refresh_token_family", "family_id"),
)

# Counts per keyed digest of account, device or network: no address is kept.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("subject", BYTEA, primary_key=True),
    Column("failures", Integer, nullable=False),
    instant("window_start"),
)

# How often a person read in an hour, and how many people for the first time that day. Several places, so
# that two requests of one person do not wait for one another.
extraction = Table(
    "extraction",
    metadata,
    Column("person", UUID, nullable=False),
    instant("since"),
    Column("place", SmallInteger, nullable=False),
    Column("reads", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    PrimaryKeyConstraint("person", "since", "place"),
)

extraction_person = Table(
    "extraction_person",
    metadata,
    Column("person", UUID, nullable=False),
    Column("day", Date, nullable=False),
    Column("customer_id", UUID, nullable=False),
    PrimaryKeyConstraint("person", "day", "customer_id"),
    Index("extraction_person_customer", "customer_id"),
)

extraction_cap = Table(
    "extraction_cap",
    metadata,
    Column("role", Text, primary_key=True),
    Column("reads_per_hour", Integer),
    Column("people_per_day", Integer),
    Column("export_rows", Integer),
    Column("set_by", UUID),
    written_at("set_at"),
)

service_account = Table(
    "service_account",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("role", Text, nullable=False),  # whose lens its keys have
    Column("stores", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # empty: as its role reaches
    Column("areas", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("made_by", UUID, nullable=False),
    written_at(),
    UniqueConstraint("brand", "name"),
)

service_key = Table(
    "service_key",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, nullable=False),
    Column("prefix", Text, nullable=False, unique=True),  # the part that is shown again
    Column("key_hash", BYTEA, nullable=False),
    Column("made_by", UUID, nullable=False),
    written_at(),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    instant("used_at", nullable=True),
    Index("service_key_account", "account_id"),
)

# Who somebody is at the identity provider of head office.
staff_identity = Table(
    "staff_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("associate_id", UUID, nullable=False),
    written_at(),
    Index("staff_identity_associate", "associate_id"),
)

# A sign-in at the identity provider that was begun: used once, within minutes.
oidc_attempt = Table(
    "oidc_attempt",
    metadata,
    Column("state_hash", BYTEA, primary_key=True),
    Column("browser_hash", BYTEA, nullable=False),
    Column("sealed", BYTEA, nullable=False),  # nonce and code verifier
    instant("expires_at"),
    Index("oidc_attempt_age", "expires_at"),
)
