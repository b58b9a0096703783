"""Keys, counts and pairs of identity resolution.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_seen",
        sa.Column("customer_id", postgresql.UUID(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "identity_key",
        sa.Column("key", sa.BigInteger(), primary_key=True),
        sa.Column("customer_id", postgresql.UUID(), primary_key=True),
    )
    op.create_index("identity_key_customer", "identity_key", ["customer_id"])
    op.create_table(
        "identity_count",
        sa.Column("value", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_table(
        "identity_cursor",
        sa.Column("scope", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("after", postgresql.UUID()),
    )
    op.create_table(
        "identity_pair",
        sa.Column("one", postgresql.UUID(), primary_key=True),
        sa.Column("other", postgresql.UUID(), primary_key=True),
        sa.Column("bits", sa.Float(), nullable=False),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", postgresql.UUID()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )
    op.create_index("identity_pair_open", "identity_pair", ["state", "bits", "one", "other"])
    op.create_index("identity_pair_other", "identity_pair", ["other"])


def downgrade() -> None:
    for table in ("identity_pair", "identity_cursor", "identity_count", "identity_key", "identity_seen"):
        op.drop_table(table)
