"""False alarms: what two people said of an incident, and the state to find it by."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("false_alarm_state", sa.Text(), nullable=True))
    op.add_column("incidents", sa.Column("false_alarm", sa.JSON(), nullable=True))
    op.create_index("ix_incidents_false_alarm_state", "incidents", ["false_alarm_state"])


def downgrade() -> None:
    op.drop_index("ix_incidents_false_alarm_state", "incidents")
    op.drop_column("incidents", "false_alarm")
    op.drop_column("incidents", "false_alarm_state")
