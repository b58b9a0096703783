"""Privacy: erasures as cases with fingerprints, acknowledged by each copy, and limits of processing.

Locks: `erasure` and `erasure_ack` exclusively for a moment; both are small. An acknowledgement that names no
person's copy counts for none: the tablets are told again, and say so again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _written_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.add_column("erasure", sa.Column("case_id", sa.UUID(), nullable=True))
    op.create_index("erasure_case_id", "erasure", ["case_id"])
    op.execute("delete from erasure_ack")
    op.add_column("erasure_ack", sa.Column("associate_id", sa.UUID(), nullable=False))
    op.drop_constraint("pk_erasure_ack", "erasure_ack")
    op.create_primary_key("pk_erasure_ack", "erasure_ack", ["device_id", "associate_id", "record_id"])
    op.create_index("erasure_ack_record", "erasure_ack", ["record_id"])
    op.create_table(
        "erasure_case",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ids", sa.Integer(), nullable=False),
        sa.Column("sales_kept", sa.Integer(), nullable=False),
        _written_at(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_case")),
    )
    op.create_table(
        "erasure_fingerprint",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        _written_at(),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_erasure_fingerprint")),
    )
    op.create_index("erasure_fingerprint_case", "erasure_fingerprint", ["case_id"])
    op.create_table(
        "processing_limit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("lifted_by", sa.UUID(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("via", sa.UUID(), nullable=True),
        _written_at(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_limit")),
    )
    op.create_index("processing_limit_customer", "processing_limit", ["customer_id"])


def downgrade() -> None:
    op.drop_table("processing_limit")
    op.drop_table("erasure_fingerprint")
    op.drop_table("erasure_case")
    op.drop_index("erasure_ack_record", "erasure_ack")
    op.drop_constraint("pk_erasure_ack", "erasure_ack")
    op.execute("delete from erasure_ack")
    op.drop_column("erasure_ack", "associate_id")
    op.create_primary_key("pk_erasure_ack", "erasure_ack", ["device_id", "record_id"])
    op.drop_index("erasure_case_id", "erasure")
    op.drop_column("erasure", "case_id")
