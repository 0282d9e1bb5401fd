"""What the alert engine keeps: open faults, so that a restart continues and never repeats."""

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
