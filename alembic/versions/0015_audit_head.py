"""Where the audit chain ends, signed.

The chain is linked anew from its first event, because no head was signed until now.

Locks: rewrites ``audit_event`` once; about a second for 100,000 events, during which none can be written.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("link", sa.BigInteger(), nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breaks", sa.Integer(), nullable=False),
        sa.Column("signature", postgresql.BYTEA(), nullable=False),
        sa.CheckConstraint("place = 1", name=op.f("ck_audit_head_there_is_one")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_audit_head")),
    )
    op.execute("update audit_event set link = null, prev_hash = null, hash = null where link is not null")


def downgrade() -> None:
    op.drop_table("audit_head")
