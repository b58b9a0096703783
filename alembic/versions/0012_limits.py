"""What a customer does not want done with her data, on her record, so that tablets know it too.

Locks: `customer` exclusively for a moment; the column has no default, so no row is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("limits", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("customer", "limits")
