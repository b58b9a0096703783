"""Since which version of the policy there is a field, so that no earlier one speaks of it.

Locks: none; the table is new. The server fills it when it starts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_field",
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("field", name=op.f("pk_policy_field")),
    )


def downgrade() -> None:
    op.drop_table("policy_field")
