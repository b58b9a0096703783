"""Points that tablets set aside, as lines of the ledger.

Locks: loyalty_entry for an instant; the default of ``held`` rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("loyalty_entry", sa.Column("holder", sa.Text()))
    op.add_column("loyalty_entry", sa.Column("held", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("loyalty_entry", "held")
    op.drop_column("loyalty_entry", "holder")
