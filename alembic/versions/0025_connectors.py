"""Who may tell us things, what was told word for word, and what waits for its person.

Locks: purchase for an instant (a column with a constant default); the rest is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _work() -> list[sa.Column]:
    return [
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _written(name: str = "received_at") -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.add_column("purchase", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "connector",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("made_by", postgresql.UUID(), nullable=True),
        _written("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
    )
    op.create_index("connector_source", "connector", ["source"], unique=True)
    op.create_table(
        "delivery",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("connector_id", postgresql.UUID(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        *_work(),
        sa.Column("records", postgresql.ARRAY(postgresql.UUID()), server_default="{}", nullable=False),
        _written(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("delivery_reference", "delivery", ["connector_id", "reference"], unique=True)
    waiting, dead = sa.text("state = 'waiting'"), sa.text("state = 'dead'")
    op.create_index("delivery_due", "delivery", ["due_at", "id"], postgresql_where=waiting)
    op.create_index("delivery_dead", "delivery", ["connector_id", "id"], postgresql_where=dead)
    op.create_index("delivery_records", "delivery", ["records"], postgresql_using="gin")
    op.create_table(
        "visitor_link",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _written("created_at"),
        sa.PrimaryKeyConstraint("source", "visitor", name=op.f("pk_visitor_link")),
    )
    op.create_table(
        "awaiting",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        _written(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaiting")),
    )
    op.create_index("awaiting_age", "awaiting", ["received_at"])
    op.create_table(
        "awaiting_key",
        sa.Column("awaiting_id", postgresql.UUID(), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("awaiting_id", "rank", name=op.f("pk_awaiting_key")),
    )
    op.create_index("awaiting_key_digest", "awaiting_key", ["digest"])
    op.create_table(
        "awaiting_match",
        sa.Column("id", postgresql.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("awaiting_id", postgresql.UUID(), nullable=False),
        sa.Column("customer_id", postgresql.UUID(), nullable=False),
        *_work(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaiting_match")),
    )
    op.create_index("awaiting_match_pair", "awaiting_match", ["awaiting_id", "customer_id"], unique=True)
    op.create_index("awaiting_match_due", "awaiting_match", ["due_at", "id"], postgresql_where=waiting)


def downgrade() -> None:
    for table in ("awaiting_match", "awaiting_key", "awaiting", "visitor_link", "delivery", "connector"):
        op.drop_table(table)
    op.drop_column("purchase", "revision")
