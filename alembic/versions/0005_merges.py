"""Merges that can be undone: links, from which side each value came, and what each id had said.

Locks: briefly each table that gains the column ``via``; it is null everywhere, so no row is rewritten. The
table ``merge_record`` was never filled and is made anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FOLLOWING = (
    "conflict",
    "consent_event",
    "field_past",
    "held_edit",
    "loyalty_entry",
    "purchase",
    "source_record",
    "touchpoint",
)


def _document(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'{}'::jsonb"),
        nullable=False,
    )


def upgrade() -> None:
    op.drop_table("merge_record")
    op.create_table(
        "merge",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("loser", sa.UUID(), nullable=False),
        sa.Column("winner", sa.UUID(), nullable=False),
        _document("choices"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("merged_by", sa.UUID(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(
        "merge_loser", "merge", ["loser"], unique=True, postgresql_where=sa.text("undone_at is null")
    )
    op.create_index("merge_winner", "merge", ["winner"], unique=False)
    op.create_table(
        "merge_record",
        sa.Column("merge_id", sa.UUID(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loser_rev", sa.Integer(), nullable=False),
        sa.Column("kept_rev", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "path", name=op.f("pk_merge_record")),
    )
    op.create_table(
        "customer_part",
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("root", sa.UUID(), nullable=False),
        _document("values"),
        _document("stamps"),
        _document("turns"),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_part")),
    )
    op.create_index("customer_part_root", "customer_part", ["root"], unique=False)
    for table in FOLLOWING:
        op.add_column(table, sa.Column("via", sa.UUID(), nullable=True))


def downgrade() -> None:
    for table in FOLLOWING:
        op.drop_column(table, "via")
    op.drop_table("customer_part")
    op.drop_table("merge_record")
    op.drop_table("merge")
    op.create_table(
        "merge_record",
        sa.Column("loser", sa.UUID(), nullable=False),
        sa.Column("winner", sa.UUID(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loser_rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("loser", "winner", "field", name=op.f("pk_merge_record")),
    )
