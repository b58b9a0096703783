"""What a consent is proved by: the wordings that were published, the hash of what was shown, her signature.

Locks: ``consent_event`` for the moment it takes to add two empty columns; the table is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_event", sa.Column("wording_hash", sa.Text(), nullable=True))
    op.add_column("consent_event", sa.Column("signature", postgresql.JSONB(none_as_null=True), nullable=True))
    op.create_table(
        "consent_wording",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_by", postgresql.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("brand", "channel", "purpose", "version", name=op.f("pk_consent_wording")),
    )


def downgrade() -> None:
    op.drop_table("consent_wording")
    op.drop_column("consent_event", "signature")
    op.drop_column("consent_event", "wording_hash")
