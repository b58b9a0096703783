"""What is written to customers: on their records, in a queue, from templates, within limits.

Locks: `customer`, `consent_event` and `consent_wording` exclusively for a moment; the new columns have no
default or a constant one, so no row is rewritten. The tables are new. Nobody sees the new field until a
policy grants it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("customer", sa.Column("messages", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("consent_event", sa.Column("confirms", postgresql.UUID(), nullable=True))
    op.add_column(
        "consent_wording", sa.Column("confirm", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "outgoing",
        sa.Column("id", postgresql.UUID(), nullable=False),
        sa.Column("customer_id", postgresql.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", postgresql.UUID(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("via", postgresql.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("id", "customer_id", name=op.f("pk_outgoing")),
    )
    for name, columns, where in (
        ("outgoing_next", ["not_before"], "state = 'waiting'"),
        ("outgoing_in_hand", ["claimed_until"], "state in ('sending', 'leaving')"),
        ("outgoing_dead", ["created_at", "id"], "state in ('dead', 'unsure')"),
    ):
        op.create_index(name, "outgoing", columns, unique=False, postgresql_where=sa.text(where))
    op.create_index("outgoing_customer", "outgoing", ["customer_id"], unique=False)
    op.create_table(
        "message_template",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("texts", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("title", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("written_by", postgresql.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("brand", "code", "version", name=op.f("pk_message_template")),
    )
    op.create_table(
        "contact_pressure",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_by", postgresql.UUID(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("brand", "purpose", name=op.f("pk_contact_pressure")),
    )


def downgrade() -> None:
    for name in ("contact_pressure", "message_template", "outgoing"):
        op.drop_table(name)
    op.drop_column("consent_wording", "confirm")
    op.drop_column("consent_event", "confirms")
    op.drop_column("customer", "messages")
