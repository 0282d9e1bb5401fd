"""A try to reach a requester, recorded wrongly, stays with the instant of its withdrawal."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    withdrawn = sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("callback_attempts", withdrawn)


def downgrade() -> None:
    op.drop_column("callback_attempts", "withdrawn_at")
