"""Availability: intervals of state of circuits, devices and seats."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "state_intervals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_intervals")),
    )
    op.create_index("ix_state_intervals_element", "state_intervals", ["kind", "name", "started_at"])
    op.create_index("ix_state_intervals_open", "state_intervals", ["ended_at"])
    op.create_table(
        "state_recorder_beats",
        sa.Column("recorder", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recorder", name=op.f("pk_state_recorder_beats")),
    )


def downgrade() -> None:
    op.drop_table("state_recorder_beats")
    op.drop_table("state_intervals")
