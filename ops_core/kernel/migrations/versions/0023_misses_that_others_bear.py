"""Misses of merged incidents that the survivor bears: they count where it is left out."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("carried_miss_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("incidents", "carried_miss_at")
