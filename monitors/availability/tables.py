"""Tables of recorded state intervals."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class StateIntervalRow(Base):
    """How long an element was in one state; ``ended_at`` is empty while it lasts."""

    __tablename__ = "state_intervals"
    __table_args__ = (
        Index("ix_state_intervals_element", "kind", "name", "started_at"),
        Index("ix_state_intervals_open", "ended_at"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecorderHeartbeatRow(Base):
    """When the recorder was last alive: what comes after it and before its return is unknown."""

    __tablename__ = "state_recorder_beats"

    recorder: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
