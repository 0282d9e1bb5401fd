"""Which terminals were in service when: indicator 13 counts those of each instant.

The declaration, which is read at the next start, says what was in service since terminals are
recorded; no figure of before changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_services",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("displays", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_services")),
    )
    op.create_index("ix_seat_services_at", "seat_services", ["at"])


def downgrade() -> None:
    op.drop_table("seat_services")
