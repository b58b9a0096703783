"""How much each person reads, how much a role may, alarms; keys of services; identities of head office.

Locks: nothing that exists; the tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extraction",
        sa.Column("person", postgresql.UUID(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "since", "place", name=op.f("pk_extraction")),
    )
    op.create_table(
        "extraction_person",
        sa.Column("person", postgresql.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_id", postgresql.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("person", "day", "customer_id", name=op.f("pk_extraction_person")),
    )
    op.create_index("extraction_person_customer", "extraction_person", ["customer_id"], unique=False)
    op.create_table(
        "extraction_cap",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reads_per_hour", sa.Integer()),
        sa.Column("people_per_day", sa.Integer()),
        sa.Column("export_rows", sa.Integer()),
        sa.Column("set_by", postgresql.UUID()),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_extraction_cap")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("brand", sa.Text()),
        sa.Column("associate_id", postgresql.UUID()),
        sa.Column("device_id", postgresql.UUID()),
        sa.Column("stores", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", postgresql.UUID()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("kind", "once", name=op.f("uq_alarm_kind_once")),
    )
    op.create_index("alarm_at", "alarm", ["at", "id"], unique=False)
    op.create_table(
        "service_account",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("stores", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("areas", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("made_by", postgresql.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_account")),
        sa.UniqueConstraint("brand", "name", name=op.f("uq_service_account_brand_name")),
    )
    op.create_table(
        "service_key",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("account_id", postgresql.UUID(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("made_by", postgresql.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_service_key_prefix")),
    )
    op.create_index("service_key_account", "service_key", ["account_id"], unique=False)
    op.create_table(
        "staff_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("associate_id", postgresql.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_staff_identity")),
    )
    op.create_index("staff_identity_associate", "staff_identity", ["associate_id"], unique=False)
    op.create_table(
        "oidc_attempt",
        sa.Column("state_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("browser_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("sealed", postgresql.BYTEA(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oidc_attempt")),
    )
    op.create_index("oidc_attempt_age", "oidc_attempt", ["expires_at"], unique=False)


def downgrade() -> None:
    for table in ("oidc_attempt", "staff_identity", "service_key", "service_account"):
        op.drop_table(table)
    for table in ("alarm", "extraction_cap", "extraction_person", "extraction"):
        op.drop_table(table)
