"""Reports as stored: a report is the replay of its events; its row is kept for questions."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class ReportRow(Base):
    """The replay of a report's events; ``version`` counts them and guards against two at once."""

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_owed_at", "owed_at", "key"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    duty: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    owed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_working_day: Mapped[int | None]
    due_within_s: Mapped[int | None]
    assessed: Mapped[bool]
    subject: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    snapshot: Mapped[str] = mapped_column(Text)
    writers: Mapped[list[JsonValue]] = mapped_column(JSON)
    reviewer: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    files: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    submissions: Mapped[int]
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    found_incomplete: Mapped[bool]


class ReportEventRow(Base):
    """One link of a report's chain; appended only."""

    __tablename__ = "report_events"

    report: Mapped[str] = mapped_column(Text, ForeignKey("reports.key"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class ReportSnapshotRow(Base):
    """The data a version was drafted on: canonical JSON, whose hash the chain names."""

    __tablename__ = "report_snapshots"

    report: Mapped[str] = mapped_column(Text, ForeignKey("reports.key"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(Text)
