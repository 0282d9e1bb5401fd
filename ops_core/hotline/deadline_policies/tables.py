"""Versions of the deadlines of orders as stored: each is what its last event says."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class DeadlinePolicyRow(Base):
    """A version; only what was decided of it ever changes."""

    __tablename__ = "deadline_policies"
    __table_args__ = (
        Index("ix_deadline_policies_state_effective_from", "state", "effective_from"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    """Of :meth:`ops_core.hotline.deadline_policies.rules.DeadlineRules.as_detail`."""
    effective_from: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    drafted_by: Mapped[str] = mapped_column(Text)
    drafted_side: Mapped[str] = mapped_column(Text)
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_text: Mapped[str] = mapped_column(Text)
