"""What is promised to customers: tasks, appointments and cases on their records, and a list to find them by.

Locks: `customer` exclusively for a moment; the columns have no default, so no row is rewritten. The table is
new. Nobody sees the new fields until a policy grants them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FIELDS = ("tasks", "appointments", "cases")


def upgrade() -> None:
    for name in FIELDS:
        op.add_column("customer", sa.Column(name, postgresql.JSONB(none_as_null=True), nullable=True))
    op.create_table(
        "promise",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("customer_id", postgresql.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("via", postgresql.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("id", "customer_id", name=op.f("pk_promise")),
    )
    op.create_index("promise_customer", "promise", ["customer_id"], unique=False)
    op.create_index(
        "promise_open", "promise", ["field", "day", "id"], unique=False, postgresql_where=sa.text("not ended")
    )
    op.create_index(
        "promise_owner",
        "promise",
        ["owner", "field", "day", "id"],
        unique=False,
        postgresql_where=sa.text("not ended"),
    )


def downgrade() -> None:
    op.drop_table("promise")
    for name in FIELDS:
        op.drop_column("customer", name)
