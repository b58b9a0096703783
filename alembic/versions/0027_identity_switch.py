"""Whether a brand's sure pairs are merged without a person.

Locks: none; the table is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_switch",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("changed_by", postgresql.UUID(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("brand", name=op.f("pk_identity_switch")),
    )


def downgrade() -> None:
    op.drop_table("identity_switch")
