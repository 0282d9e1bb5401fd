"""Orders are given more time, are pressed by the operator and supervised by the purchaser."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0025"
branch_labels = None
depends_on = None

_COUNTS = ("extension_asked", "extended_by", "extensions", "nudges")


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column(
            "work_orders", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
    op.add_column("work_orders", sa.Column("supervised_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in ("supervised_at", *reversed(_COUNTS)):
        op.drop_column("work_orders", name)
