"""First downloads made beforehand: files, their parts, and which were asked for.

Locks: nothing that exists; the tables are new, empty and unlogged.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshot_file",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("channels", postgresql.BYTEA(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("token", postgresql.BYTEA(), nullable=False),
        sa.Column("sizes", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("digests", sa.ARRAY(postgresql.BYTEA()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_file")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("snapshot_file_channels", "snapshot_file", ["channels", "created_at"], unique=False)
    op.create_table(
        "snapshot_part",
        sa.Column("file_id", postgresql.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_snapshot_part")),
        prefixes=["UNLOGGED"],
    )
    # Compressed already; uncompressed by PostgreSQL, a range is read without reading the rest.
    op.execute("alter table snapshot_part alter column body set storage external")
    op.create_table(
        "snapshot_wish",
        sa.Column("channels", postgresql.BYTEA(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("channels", name=op.f("pk_snapshot_wish")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("snapshot_wish")
    op.drop_table("snapshot_part")
    op.drop_table("snapshot_file")
