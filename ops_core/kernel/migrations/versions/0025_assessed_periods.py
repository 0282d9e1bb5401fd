"""Periods of the assessment and the values that were sealed of them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "assessed_periods",
        sa.Column("month", sa.Text(), primary_key=True),
        sa.Column("indicator", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", _INSTANT),
        sa.Column("objected_by", sa.Text(), nullable=False),
        sa.Column("objected_at", _INSTANT),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", _INSTANT),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "assessment_seals",
        sa.Column("sequence", row_number, primary_key=True, autoincrement=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.UniqueConstraint("month", "indicator", "revision"),
    )


def downgrade() -> None:
    op.drop_table("assessment_seals")
    op.drop_table("assessed_periods")
