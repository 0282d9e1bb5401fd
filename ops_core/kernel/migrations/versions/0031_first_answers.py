"""When and by whom the citizen was answered first, and when an order was dispatched first.

Both follow from the chains of orders stored before; a reply that passed its review, or an order
completed before replies were reviewed, was the first answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0036"
branch_labels = None
depends_on = None

_RELEASED = """
CREATE TEMPORARY TABLE released_replies AS
SELECT "order", MIN(sequence) AS sequence FROM order_events
WHERE step IN ('approve', 'complete') GROUP BY "order"
"""
_ANSWERED = """
UPDATE work_orders SET
  answered_at = (SELECT link.at FROM order_events link JOIN released_replies released
    ON released."order" = link."order" AND released.sequence = link.sequence
    WHERE link."order" = work_orders.number),
  answered_by = COALESCE((SELECT reply.actor FROM order_events reply JOIN released_replies released
    ON released."order" = reply."order" AND reply.sequence < released.sequence
    WHERE reply."order" = work_orders.number AND reply.step = 'reply'
    ORDER BY reply.sequence DESC LIMIT 1), ''),
  first_dispatched_at = (SELECT MIN(link.at) FROM order_events link
    WHERE link."order" = work_orders.number AND link.step = 'dispatch')
"""


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("work_orders", sa.Column("answered_at", instant))
    op.add_column(
        "work_orders", sa.Column("answered_by", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("work_orders", sa.Column("first_dispatched_at", instant))
    op.create_index("ix_work_orders_first_dispatched_at", "work_orders", ["first_dispatched_at"])
    op.create_index("ix_cases_channel_received_at", "cases", ["channel", "received_at"])
    op.execute(_RELEASED)
    op.execute('CREATE UNIQUE INDEX released_replies_order ON released_replies ("order")')
    op.execute(_ANSWERED)
    op.execute("DROP TABLE released_replies")


def downgrade() -> None:
    op.drop_index("ix_cases_channel_received_at", "cases")
    op.drop_index("ix_work_orders_first_dispatched_at", "work_orders")
    op.drop_column("work_orders", "first_dispatched_at")
    op.drop_column("work_orders", "answered_by")
    op.drop_column("work_orders", "answered_at")
