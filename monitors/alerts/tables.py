"""What the alert engine keeps, so that a restart continues and never repeats.

Open faults, and the evidence that something is bad from when it was first heard: a fault that
is not named yet when the platform dies keeps its start.
"""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Text
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
