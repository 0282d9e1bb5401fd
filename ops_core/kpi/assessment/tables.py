"""Exemptions, periods and seals, as stored."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class ExemptionRow(Base):
    """An exemption; [start_at, end_at), ``record`` empty for a window."""

    __tablename__ = "exemptions"
    __table_args__ = (Index("ix_exemptions_state_start_at", "state", "start_at"),)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    indicators: Mapped[list[int]] = mapped_column(JSON)
    start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    record: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]


class AssessedPeriodRow(Base):
    """A month of one indicator that somebody submitted."""

    __tablename__ = "assessed_periods"

    month: Mapped[str] = mapped_column(Text, primary_key=True)
    indicator: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(Text)
    submitted_by: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objected_by: Mapped[str] = mapped_column(Text)
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objection: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposal: Mapped[str] = mapped_column(Text)
    revision: Mapped[int | None]
    version: Mapped[int]


class SealRow(Base):
    """A sealed value: never altered, a link of one chain."""

    __tablename__ = "assessment_seals"
    __table_args__ = (UniqueConstraint("month", "indicator", "revision"),)

    sequence: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(Text)
    indicator: Mapped[int]
    revision: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    """Canonical JSON, kept as text so that the hash covers every character of it."""
    packed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The records with their judgements; read by itself, for it may be large."""
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
