"""How much of a rule's waiting does not count, because the collector was late itself."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "alert_rule_states",
        sa.Column("doubted_s", sa.Double(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("alert_rule_states", "doubted_s")
