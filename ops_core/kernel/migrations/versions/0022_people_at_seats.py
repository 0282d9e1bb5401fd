"""Who is at which seat: sign-ins, by which an extension of a call's log means a person."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "seat_sign_ins",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_sign_ins")),
    )
    op.create_index("ix_seat_sign_ins_seat_at", "seat_sign_ins", ["seat", "at"])


def downgrade() -> None:
    op.drop_table("seat_sign_ins")
