"""Reports that are owed, the chain of each, and the data they were drafted on (indicator 9)."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("owed_at", INSTANT, nullable=False),
        sa.Column("due_working_day", sa.Integer(), nullable=True),
        sa.Column("due_within_s", sa.Integer(), nullable=True),
        sa.Column("assessed", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("writers", sa.JSON(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("whole_at", INSTANT, nullable=True),
        sa.Column("found_incomplete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_owed_at", "reports", ["owed_at", "key"])
    op.create_index(op.f("ix_reports_state"), "reports", ["state"])
    op.create_table(
        "report_events",
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report"], ["reports.key"], name=op.f("fk_report_events_report_reports")
        ),
        sa.PrimaryKeyConstraint("report", "sequence", name=op.f("pk_report_events")),
    )
    op.create_table(
        "report_snapshots",
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report"], ["reports.key"], name=op.f("fk_report_snapshots_report_reports")
        ),
        sa.PrimaryKeyConstraint("report", "revision", name=op.f("pk_report_snapshots")),
    )


def downgrade() -> None:
    op.drop_table("report_snapshots")
    op.drop_table("report_events")
    op.drop_table("reports")
