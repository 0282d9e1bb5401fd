"""Registers of planned work: items, their chains, and who acknowledged which document."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_items",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("due_day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("handed_in", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("proposed_due_on", sa.Text()),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("takers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_register_items")),
    )
    op.create_index("ix_register_items_kind_due_day", "register_items", ["kind", "due_day"])
    op.create_table(
        "register_events",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"], ["register_items.number"], name=op.f("fk_register_events_item_register_items")
        ),
        sa.PrimaryKeyConstraint("item", "sequence", name=op.f("pk_register_events")),
    )
    op.create_table(
        "register_acknowledgements",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"],
            ["register_items.number"],
            name=op.f("fk_register_acknowledgements_item_register_items"),
        ),
        sa.PrimaryKeyConstraint("item", "person", name=op.f("pk_register_acknowledgements")),
    )


def downgrade() -> None:
    op.drop_table("register_acknowledgements")
    op.drop_table("register_events")
    op.drop_table("register_items")
