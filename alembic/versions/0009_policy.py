"""Publications of the policy that may take a while, and masked groups as rows of their own.

Locks: `policy` for an instant. Writes one row of `fragment` for every customer and group that some role sees
masked; the table stays readable and writable, and so do customers: writers of the build before keep no
masked rows, so the servers are to be stopped. About ten seconds for 100,000 customers.
"""

import msgspec
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from schemas.visibility import NOTES, Policy, field_groups, mask
from server.database.columns import Xid8

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
FILL = sa.text(
    """
    insert into fragment (record_id, grp, body) select record, :grp, body
    from unnest(cast(:records as uuid[]), cast(:bodies as text[])) as each (record, body)
    on conflict do nothing
    """
)


def upgrade() -> None:
    op.add_column(
        "policy",
        sa.Column("key", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    )
    op.add_column(
        "policy",
        sa.Column("ready_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
    )
    op.add_column("policy", sa.Column("cut_fence", Xid8(), nullable=True))
    op.add_column("policy", sa.Column("cut_after", sa.UUID(), nullable=True))
    for name in ("cut_done", "cut_total"):
        op.add_column("policy", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("policy", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "policy_draft",
        sa.Column("only", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("edited_by", sa.UUID(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_policy_draft")),
    )
    _fill_masked_groups()


def _fill_masked_groups() -> None:
    connection = op.get_bind()
    document = connection.scalar(sa.text("select document from policy order by version desc limit 1"))
    if document is None:
        return
    for group in field_groups(msgspec.convert(document, Policy)):
        if not group.masked or group.key == NOTES:
            continue
        after = None
        while True:
            rows = connection.execute(
                sa.text(
                    "select record_id, body from fragment where grp = :grp"
                    " and (cast(:after as uuid) is null or record_id > :after) order by record_id limit :many"
                ),
                {"grp": group.key, "after": after, "many": AT_ONCE},
            ).all()
            if not rows:
                break
            after = rows[-1].record_id
            shown = [(row.record_id, msgspec.json.decode(row.body)["values"]) for row in rows]
            filled = [(record_id, _masked(values)) for record_id, values in shown if values]
            connection.execute(
                FILL,
                {
                    "grp": f"{group.key}#masked",
                    "records": [record_id for record_id, _ in filled],
                    "bodies": [body for _, body in filled],
                },
            )


def _masked(values: dict[str, object]) -> str:
    masked = {"values": {field: mask(field, value) for field, value in values.items()}}
    return msgspec.json.encode(masked).decode()


def downgrade() -> None:
    op.execute("delete from fragment where grp like '%#masked'")
    op.drop_table("policy_draft")
    for name in ("swept_at", "cut_total", "cut_done", "cut_after", "cut_fence", "ready_at", "key"):
        op.drop_column("policy", name)
