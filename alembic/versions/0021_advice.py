"""What a customer said to suggestions, how she likes to be reached, and how long an article usually lasts.

Locks: customer and product for an instant; the columns are empty where they are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("advice", postgresql.JSONB()))
    op.add_column("customer", sa.Column("contact_preference", sa.Text()))
    op.add_column("product", sa.Column("wear_months", sa.Integer()))


def downgrade() -> None:
    op.drop_column("product", "wear_months")
    op.drop_column("customer", "contact_preference")
    op.drop_column("customer", "advice")
