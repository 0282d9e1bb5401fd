"""Exemptions from the assessment: who asked for what, and what the purchaser decided."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0044"
branch_labels = None
depends_on = None

_ROW_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "exemptions",
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("indicators", sa.JSON(), nullable=False),
        sa.Column("start_at", _ROW_INSTANT, nullable=False),
        sa.Column("end_at", _ROW_INSTANT, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", _ROW_INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", _ROW_INSTANT),
        sa.Column("decided_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_exemptions_state_start_at", "exemptions", ["state", "start_at"])


def downgrade() -> None:
    op.drop_table("exemptions")
