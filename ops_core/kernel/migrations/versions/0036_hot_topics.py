"""Hot topics with their frozen rosters, and who was trained when."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0023"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hot_topics",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("declared_at", _AT, nullable=False),
        sa.Column("roster", sa.JSON(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_hot_topics")),
    )
    op.create_index(op.f("ix_hot_topics_declared_at"), "hot_topics", ["declared_at"])
    op.create_table(
        "hot_topic_people",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done_at", _AT),
        sa.Column("was_excused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic"], ["hot_topics.number"], name=op.f("fk_hot_topic_people_topic_hot_topics")
        ),
        sa.PrimaryKeyConstraint("topic", "person", name=op.f("pk_hot_topic_people")),
    )
    op.create_index("ix_hot_topic_people_person", "hot_topic_people", ["person"])


def downgrade() -> None:
    op.drop_table("hot_topic_people")
    op.drop_table("hot_topics")
