"""What a day of a campaign cost, from advertisers' reports.

Locks: none; the table is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "advertising_cost",
        sa.Column("id", postgresql.UUID(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("brand", "source")),
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("utm_source", "utm_medium", "campaign", "campaign_id", "term", "content")
        ),
        sa.Column("currency", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("cost", "impressions", "clicks")),
        sa.Column("batch_id", postgresql.UUID(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advertising_cost")),
    )
    op.create_index("advertising_cost_day", "advertising_cost", ["brand", "day"])


def downgrade() -> None:
    op.drop_table("advertising_cost")
