"""Units: the government unit a handler answers for; tokens of programs beside sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("unit", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "sessions",
        sa.Column("for_program", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("sessions", "for_program")
    op.drop_column("users", "unit")
