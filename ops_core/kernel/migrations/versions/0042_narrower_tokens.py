"""Tokens that allow less than their user may."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("permissions", sa.Text()))


def downgrade() -> None:
    op.drop_column("sessions", "permissions")
