"""What changed in a fragment lately, so that a tablet need not be sent all of it.

Locks: fragment for a moment; a column with a constant default rewrites no row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fragment", sa.Column("recent", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("fragment", "recent")
