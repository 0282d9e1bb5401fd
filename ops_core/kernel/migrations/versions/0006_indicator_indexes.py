"""Indexes that indicators 4 and 10 over a year are counted from without touching the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_attitude_ratings_at", "attitude_ratings")
    op.create_index("ix_attitude_ratings_at_score", "attitude_ratings", ["at", "score"])
    op.drop_index("ix_callback_tasks_opened_at", "callback_tasks")
    op.create_index(
        "ix_callback_tasks_opened_at_outcome", "callback_tasks", ["opened_at", "outcome"]
    )
    op.create_index(
        "ix_callback_tasks_done_at", "callback_tasks", ["done_at", "outcome", "attitude_score"]
    )
    again = sa.text("cycle > 1")
    op.create_index(
        "ix_work_orders_again", "work_orders", ["cycle"], sqlite_where=again, postgresql_where=again
    )


def downgrade() -> None:
    op.drop_index("ix_work_orders_again", "work_orders")
    op.drop_index("ix_callback_tasks_done_at", "callback_tasks")
    op.drop_index("ix_callback_tasks_opened_at_outcome", "callback_tasks")
    op.create_index("ix_callback_tasks_opened_at", "callback_tasks", ["opened_at"])
    op.drop_index("ix_attitude_ratings_at_score", "attitude_ratings")
    op.create_index("ix_attitude_ratings_at", "attitude_ratings", ["at"])
