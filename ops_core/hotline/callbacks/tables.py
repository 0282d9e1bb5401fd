"""Callbacks and their attempts as stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class CallbackTaskRow(Base):
    """The callback of one closing cycle: the key allows no second one (invariant 5)."""

    __tablename__ = "callback_tasks"
    __table_args__ = (
        Index("ix_callback_tasks_state_opened_at", "state", "opened_at"),
        Index("ix_callback_tasks_opened_at_outcome", "opened_at", "outcome"),
        Index("ix_callback_tasks_done_at", "done_at", "outcome", "attitude_score"),
    )

    order: Mapped[str] = mapped_column(Text, ForeignKey("work_orders.number"), primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the order was completed in this cycle."""
    assignee: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    resolved: Mapped[str | None] = mapped_column(Text)
    result_score: Mapped[int | None]
    attitude_score: Mapped[int | None]
    remark: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]


class CallbackAttemptRow(Base):
    """One try to reach the requester; ``recording`` names the recording of the call."""

    __tablename__ = "callback_attempts"

    order: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    recording: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When whoever recorded it took it back; it counts as no try then."""
