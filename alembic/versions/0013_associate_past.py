"""What somebody was before: kept when a role changes, so that an edit made under it is told why it fails.

Locks: nothing that exists; the table is new and empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "associate_past",
        sa.Column("associate_id", sa.UUID(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("associate_id", "until", name=op.f("pk_associate_past")),
    )


def downgrade() -> None:
    op.drop_table("associate_past")
