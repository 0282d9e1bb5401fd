"""Who replied, and when the reply passed its review.

Orders replied to before are under review from now on; completed ones keep their chains.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_REPLIERS = """
UPDATE work_orders SET replier = COALESCE((
    SELECT order_events.actor FROM order_events
    WHERE order_events."order" = work_orders.number AND order_events.step = 'reply'
    ORDER BY order_events.sequence DESC LIMIT 1
), '') WHERE replied_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("work_orders", sa.Column("approved_at", sa.DateTime(timezone=True)))
    op.add_column("work_orders", sa.Column("replier", sa.Text(), nullable=False, server_default=""))
    op.execute(_REPLIERS)


def downgrade() -> None:
    op.drop_column("work_orders", "replier")
    op.drop_column("work_orders", "approved_at")
