"""The last check of each device: against its declaration, and against the rules."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class DriftRow(Base):
    """``drifted_since`` stays through a time in which the device cannot be asked: unknown ends
    nothing."""

    __tablename__ = "configuration_drift"

    device: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drifted_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    differences: Mapped[list[JsonValue]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)


class RulesCheckRow(Base):
    """``places`` and ``asked`` are those of the last check that could read the configuration."""

    __tablename__ = "compliance_check"

    device: Mapped[str] = mapped_column(Text, primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(Text)
    asked: Mapped[list[JsonValue]] = mapped_column(JSON)
    places: Mapped[list[JsonValue]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text)
    since: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
