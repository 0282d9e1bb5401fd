"""Co-units of an order, and its long holds."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None
_TEXTS = ("co_units", "co_waiting", "hold_until")


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("work_orders", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("work_orders", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "work_orders", sa.Column("held_days", sa.Integer(), nullable=False, server_default="0")
    )
    waiting = sa.text("co_waiting <> ''")
    op.create_index(
        "ix_work_orders_co_waiting",
        "work_orders",
        ["co_waiting"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_index("ix_work_orders_co_waiting", "work_orders")
    for name in ("held_days", "held_at", *reversed(_TEXTS)):
        op.drop_column("work_orders", name)
