"""Who is away when, and who stands in for him.

Locks: nothing that is there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("associate_id", sa.UUID(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("stand_in", sa.UUID(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("hlc", sa.BigInteger(), nullable=False),
        sa.Column("said_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("absence_associate", "absence", ["associate_id", "last_day"])
    op.create_index("absence_stand_in", "absence", ["stand_in", "last_day"])


def downgrade() -> None:
    op.drop_table("absence")
