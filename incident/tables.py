"""Incidents as stored; their history is in the events."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class IncidentRow(Base):
    """One fault under contract; ``version`` guards against two people at once."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_state_detected_at", "state", "detected_at", "number"),
        Index("ix_incidents_day", "day"),
        Index("ix_incidents_merged_into", "merged_into"),
        Index("ix_incidents_false_alarm_state", "false_alarm_state"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(Text)
    """Shanghai day of the number, ``20261123``."""
    state: Mapped[str] = mapped_column(Text)
    detected_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_by: Mapped[str | None] = mapped_column(Text)
    handler: Mapped[str | None] = mapped_column(Text)
    """Who last acknowledged or responded."""
    cleared: Mapped[bool]
    fault_key: Mapped[str] = mapped_column(Text)
    classes: Mapped[list[dict[str, JsonValue]]] = mapped_column(JSON)
    fault: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    reopened: Mapped[int]
    merged_into: Mapped[str | None] = mapped_column(Text)
    missed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a scored clock ran out that was missed before a merger. Of one that was merged: only if
    the other had missed one of its own as well, so that it counts on beside it."""
    carried_miss_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of one that was merged: when it had missed a clock, where the other had not, so that the
    other's record bears the miss. It counts by itself where that one is left out."""
    version: Mapped[int]
    false_alarm_state: Mapped[str | None] = mapped_column(Text)
    """The state of ``false_alarm``, to find them by; null while nobody proposed one."""
    false_alarm: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))
    """The last :class:`incident.false_alarm.Mark`; earlier ones are in the events."""


class IncidentFaultRow(Base):
    """Which incident a fault of the engine belongs to, and its last transition applied."""

    __tablename__ = "incident_faults"

    fault_key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Text, ForeignKey("incidents.number"), index=True)
    sequence: Mapped[int]
