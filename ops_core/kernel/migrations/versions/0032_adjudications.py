"""Matters that the purchaser's side decides before an indicator counts them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "adjudications",
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", instant, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("level", sa.Text()),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", instant, nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", instant),
        sa.Column("decision", sa.Text(), nullable=False),
    )
    index = op.create_index
    index("ix_adjudications_kind_occurred_at", "adjudications", ["kind", "occurred_at"])
    index("ix_adjudications_kind_state", "adjudications", ["kind", "state"])
    index("ix_adjudications_subject", "adjudications", ["subject"])
    index("ix_adjudications_order", "adjudications", ["order"])


def downgrade() -> None:
    op.drop_table("adjudications")
