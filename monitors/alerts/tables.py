"""What the alert engine keeps, so that a restart continues and never repeats.

Open faults, the evidence that something is bad from when it was first heard, and rules that are
pending or fire: a fault that is not named yet when the platform dies keeps its start.
"""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Double, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class AlertFaultRow(Base):
    """A fault the engine holds open; the row goes when it is resolved or merged."""

    __tablename__ = "alert_faults"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    sequence: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    fault: Mapped[dict[str, JsonValue]] = mapped_column(JSON)


class AlertEvidenceRow(Base):
    """Bad evidence by (element, source), as first observed; gone when it is no longer bad."""

    __tablename__ = "alert_evidence"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text)


class AlertRuleStateRow(Base):
    """A rule that is pending or fires at an element (its samples' tags, as JSON).

    An inactive absence has a row as well, for what once was measured has to go on. The row goes
    when the rule is inactive again, or its device is no longer declared.
    """

    __tablename__ = "alert_rule_states"

    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    element: Mapped[str] = mapped_column(Text, primary_key=True)
    phase: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clear_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    watched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    spacing_s: Mapped[float] = mapped_column(Double)
    doubted_s: Mapped[float] = mapped_column(Double, server_default="0")
