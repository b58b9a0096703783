"""Housekeeping of the feed: what may be swept and since when, and replicas that were found to differ.

Locks: ``receipt``, ``member`` and ``held_edit`` against writing while their small indexes are built.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _written_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "gc_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system_identifier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gc_mark")),
    )
    op.execute("alter table gc_mark add column floor xid8 not null")
    op.create_table(
        "divergence",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("associate_id", sa.UUID(), nullable=False),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("buckets", sa.Integer(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        _written_at(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_divergence")),
    )
    op.create_index("receipt_age", "receipt", ["created_at"])
    op.execute("create index member_left on member (xid) where state in (0, 3)")
    op.execute(
        "create index held_edit_parked on held_edit (op) where code = 'unknown_op' and review = 'open'"
    )


def downgrade() -> None:
    op.execute("drop index held_edit_parked")
    op.execute("drop index member_left")
    op.drop_index("receipt_age", "receipt")
    op.drop_table("divergence")
    op.drop_table("gc_mark")
