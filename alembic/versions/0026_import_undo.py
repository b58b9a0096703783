"""What was there before an import, so that it can be taken back.

Locks: none; both tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_before",
        sa.Column("batch_id", postgresql.UUID(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "subject", "key", name=op.f("pk_import_before")),
    )
    op.create_table(
        "import_edit",
        sa.Column("batch_id", postgresql.UUID(), nullable=False),
        sa.Column("mutation_id", postgresql.UUID(), nullable=False),
        sa.Column("record_id", postgresql.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "mutation_id", name=op.f("pk_import_edit")),
    )
    op.create_index("import_edit_record", "import_edit", ["batch_id", "record_id"])


def downgrade() -> None:
    op.drop_table("import_edit")
    op.drop_table("import_before")
