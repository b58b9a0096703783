"""Which sessions began at the identity provider, so that it can end them.

Locks: refresh_family for an instant; the columns are empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refresh_family", sa.Column("provider_person", postgresql.BYTEA(), nullable=True))
    op.add_column("refresh_family", sa.Column("provider_session", postgresql.BYTEA(), nullable=True))
    op.create_index(
        "refresh_family_provider",
        "refresh_family",
        ["provider_person"],
        postgresql_where=sa.text("provider_person is not null and ended_at is null"),
    )


def downgrade() -> None:
    op.drop_index("refresh_family_provider", table_name="refresh_family")
    op.drop_column("refresh_family", "provider_session")
    op.drop_column("refresh_family", "provider_person")
