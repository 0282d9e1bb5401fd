"""Adjudications as stored: the replay of their events, kept for questions."""

from datetime import datetime

from sqlalchemy import JSON, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class AdjudicationRow(Base):
    """One matter; its text is masked before it is stored."""

    __tablename__ = "adjudications"
    __table_args__ = (
        Index("ix_adjudications_kind_occurred_at", "kind", "occurred_at"),
        Index("ix_adjudications_kind_state", "kind", "state"),
        Index("ix_adjudications_subject", "subject"),
        Index("ix_adjudications_order", "order"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The instant that puts it into a period."""
    text: Mapped[str] = mapped_column(Text)
    nature: Mapped[str] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(Text)
    order: Mapped[str] = mapped_column(Text)
    call: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(Text)
    parties: Mapped[list[str]] = mapped_column(JSON)
    """Who had a part in it and does not decide."""
    submitted_by: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(Text)
