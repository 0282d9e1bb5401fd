"""Who handles an incident stands on it, and what was restored today is found by an index.

The lists read the handler of every open incident; out of the events it was a whole time line each.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

_LAST_HANDLER = """
UPDATE incidents SET handler = (
    SELECT events.actor FROM events
    WHERE events.aggregate_type = 'incident' AND events.aggregate_id = incidents.number
      AND events.type IN ('IncidentAcknowledged', 'IncidentResponded')
    ORDER BY events.sequence DESC LIMIT 1
)
"""


def upgrade() -> None:
    op.add_column("incidents", sa.Column("handler", sa.Text(), nullable=True))
    op.execute(_LAST_HANDLER)
    op.create_index("ix_incidents_restored_at", "incidents", ["restored_at"])


def downgrade() -> None:
    op.drop_index("ix_incidents_restored_at", "incidents")
    op.drop_column("incidents", "handler")
