"""What a person has to decide: conflicts with both their authors, held edits, and what became of them later.

Locks: `conflict`, `held_edit` and `field_past` exclusively, while columns without a default and indexes are
added; milliseconds at the sizes they have.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.database.columns import Xid8

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("mine_stamp", "base"):
        op.add_column("conflict", sa.Column(name, postgresql.JSONB(), nullable=True))
    for name in ("store", "keep"):
        op.add_column("conflict", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("conflict", sa.Column("decided_by", sa.UUID(), nullable=True))
    op.create_index(
        "conflict_store", "conflict", ["store", "created_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.add_column("held_edit", sa.Column("decided_by", sa.UUID(), nullable=True))
    op.add_column("held_edit", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "held_edit_store", "held_edit", ["store", "created_at"], postgresql_where=sa.text("review = 'open'")
    )
    op.create_index("field_past_age", "field_past", ["created_at"])
    op.create_table(
        "late_verdict",
        sa.Column("mutation_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("mutation_id", name=op.f("pk_late_verdict")),
    )
    op.create_index("late_verdict_device", "late_verdict", ["device_id", "xid"])
    op.create_index("late_verdict_record", "late_verdict", ["record_id"])


def downgrade() -> None:
    op.drop_table("late_verdict")
    op.drop_index("field_past_age", "field_past")
    op.drop_index("held_edit_store", "held_edit")
    op.drop_column("held_edit", "decided_at")
    op.drop_column("held_edit", "decided_by")
    op.drop_index("conflict_store", "conflict")
    for name in ("decided_by", "keep", "store", "base", "mine_stamp"):
        op.drop_column("conflict", name)
