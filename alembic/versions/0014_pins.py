"""When a customer that a tablet pinned was last asked for, so that the least used go first.

Locks: nothing that exists; the table is new. Customers pinned before count as asked for now.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pin",
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_id", postgresql.UUID(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "record_id", name=op.f("pk_pin")),
    )
    op.create_index("pin_used", "pin", ["used_at"], unique=False)
    op.execute(
        "insert into pin (scope, record_id, used_at) select m.scope, m.record_id, now() "
        "from member m join scope s on s.id = m.scope where s.key like 'pin:%' and m.state = 1"
    )


def downgrade() -> None:
    op.drop_table("pin")
