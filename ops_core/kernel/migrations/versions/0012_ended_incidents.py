"""The newest incidents of a state are found by an index, without sorting all that ever ended."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_incidents_state_detected_at", "incidents", ["state", "detected_at", "number"]
    )
    op.drop_index("ix_incidents_state", "incidents")


def downgrade() -> None:
    op.create_index("ix_incidents_state", "incidents", ["state"])
    op.drop_index("ix_incidents_state_detected_at", "incidents")
