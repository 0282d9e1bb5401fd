"""Deadlines of orders in hours, where the version in force says hours."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("sign_hours", "handle_hours"):
        op.add_column(
            "work_orders", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    op.drop_column("work_orders", "handle_hours")
    op.drop_column("work_orders", "sign_hours")
