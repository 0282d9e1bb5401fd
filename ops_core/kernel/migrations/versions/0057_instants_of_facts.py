"""Since when a request's content, its requester, his name and a call's caller are what they are.

What was stored before has no instant: anything that is said later holds over it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_INSTANTS = (
    ("cases", "stated_at"),
    ("cases", "requester_stated_at"),
    ("case_corrections", "stated_at"),
    ("requesters", "named_at"),
)


def upgrade() -> None:
    for table, name in _INSTANTS:
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("contact_hash", sa.Text(), nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("calls", sa.Column("caller_sequence", number, nullable=True))


def downgrade() -> None:
    op.drop_column("calls", "caller_sequence")
    op.drop_column("cases", "contact_hash")
    for table, name in reversed(_INSTANTS):
        op.drop_column(table, name)
