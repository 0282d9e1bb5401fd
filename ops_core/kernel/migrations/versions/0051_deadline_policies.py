"""Versions of the deadlines of orders, and how urgent a dispatched order is."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "deadline_policies",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("effective_from", _AT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_side", sa.Text(), nullable=False),
        sa.Column("drafted_at", _AT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", _AT, nullable=True),
        sa.Column("decided_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index(
        "ix_deadline_policies_state_effective_from",
        "deadline_policies",
        ["state", "effective_from"],
    )
    op.add_column("work_orders", sa.Column("urgency", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("work_orders", "urgency")
    op.drop_index("ix_deadline_policies_state_effective_from", "deadline_policies")
    op.drop_table("deadline_policies")
