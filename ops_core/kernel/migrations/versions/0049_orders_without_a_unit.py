"""Orders that reach no unit: who proposed not to accept them, and what they are merged into."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("proposer", "merged_into"):
        op.add_column("work_orders", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    merged = sa.text("merged_into <> ''")
    op.create_index(
        "ix_work_orders_merged_into",
        "work_orders",
        ["merged_into"],
        sqlite_where=merged,
        postgresql_where=merged,
    )


def downgrade() -> None:
    op.drop_index("ix_work_orders_merged_into", "work_orders")
    for name in ("merged_into", "proposer"):
        op.drop_column("work_orders", name)
