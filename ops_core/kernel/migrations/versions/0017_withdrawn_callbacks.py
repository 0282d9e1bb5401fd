"""Callbacks of orders that were taken up again before anybody called are withdrawn.

They stood open, and a requester would have been called about an answer that no longer stands.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WITHDRAW = """
UPDATE callback_tasks SET state = 'withdrawn', version = version + 1
WHERE state = 'open' AND cycle < (
    SELECT work_orders.cycle FROM work_orders WHERE work_orders.number = callback_tasks."order"
)
"""


def upgrade() -> None:
    op.execute(_WITHDRAW)


def downgrade() -> None:
    op.execute("UPDATE callback_tasks SET state = 'open' WHERE state = 'withdrawn'")
