"""What incidents had missed before they were merged: from now on it stays missed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("missed_at", sa.DateTime(timezone=True)))
    op.create_index("ix_incidents_merged_into", "incidents", ["merged_into"])


def downgrade() -> None:
    op.drop_index("ix_incidents_merged_into", "incidents")
    op.drop_column("incidents", "missed_at")
