"""What people ask for by right, and by when they are owed an answer.

Locks: none; the table is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_case",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("customer_id", postgresql.UUID(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_by", sa.Integer(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("opened_by", postgresql.UUID(), nullable=False),
        sa.Column("answered_by", postgresql.UUID(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_case")),
    )
    op.create_index("privacy_case_customer", "privacy_case", ["customer_id"])
    op.create_index(
        "privacy_case_due",
        "privacy_case",
        ["brand", "due_on", "id"],
        postgresql_where=sa.text("outcome is null"),
    )


def downgrade() -> None:
    op.drop_table("privacy_case")
