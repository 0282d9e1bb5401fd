"""Work orders as stored: an order is the replay of its events; its row is kept for questions."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class WorkOrderRow(Base):
    """The replay of an order's events; ``version`` counts them and guards against two at once."""

    __tablename__ = "work_orders"
    __table_args__ = (
        Index("ix_work_orders_state_unit", "state", "unit"),
        Index("ix_work_orders_completed_at", "completed_at"),
        Index(
            "ix_work_orders_again",
            "cycle",
            sqlite_where=text("cycle > 1"),
            postgresql_where=text("cycle > 1"),
        ),
        Index(
            "ix_work_orders_co_waiting",
            "co_waiting",
            sqlite_where=text("co_waiting <> ''"),
            postgresql_where=text("co_waiting <> ''"),
        ),
        Index(
            "ix_work_orders_merged_into",
            "merged_into",
            sqlite_where=text("merged_into <> ''"),
            postgresql_where=text("merged_into <> ''"),
        ),
        Index(
            "ix_work_orders_returned",
            "first_dispatched_at",
            "number",
            sqlite_where=text("returns > 0"),
            postgresql_where=text("returns > 0"),
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    case_number: Mapped[str] = mapped_column(Text, ForeignKey("cases.number"), unique=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    cycle: Mapped[int]
    version: Mapped[int]
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dispatcher: Mapped[str] = mapped_column(Text)
    objector: Mapped[str] = mapped_column(Text)
    replier: Mapped[str] = mapped_column(Text)
    returns: Mapped[int]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(Text, server_default="")
    first_dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    extension_asked: Mapped[int] = mapped_column(server_default="0")
    extended_by: Mapped[int] = mapped_column(server_default="0")
    extensions: Mapped[int] = mapped_column(server_default="0")
    nudges: Mapped[int] = mapped_column(server_default="0")
    supervised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposer: Mapped[str] = mapped_column(Text, server_default="")
    merged_into: Mapped[str] = mapped_column(Text, server_default="")
    urgency: Mapped[str] = mapped_column(Text, server_default="")
    co_units: Mapped[str] = mapped_column(Text, server_default="")
    co_waiting: Mapped[str] = mapped_column(Text, server_default="")
    hold_until: Mapped[str] = mapped_column(Text, server_default="")
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_days: Mapped[int] = mapped_column(server_default="0")
    policy_version: Mapped[int]
    sign_within: Mapped[int]
    """Working days, as they were in force when the running cycle was first dispatched."""
    handle_within: Mapped[int]
    sign_hours: Mapped[int] = mapped_column(server_default="0")
    """Hours, where these were in force; then the working days are none."""
    handle_hours: Mapped[int] = mapped_column(server_default="0")
    callback_within: Mapped[int]
    """Working days, as they stood when the order was accepted."""


IS_MERGED = WorkOrderRow.merged_into != literal_column("''")
CAME_BACK = WorkOrderRow.returns > literal_column("0")
"""As their indexes say it: SQLite goes by an index of some rows for the same words alone."""


class OrderEventRow(Base):
    """One link of an order's chain; appended only."""

    __tablename__ = "order_events"

    order: Mapped[str] = mapped_column(Text, ForeignKey("work_orders.number"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
