"""Conditions of terminals, and what was in service, as stored: appended, never altered."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class SeatChangeRow(Base):
    """From ``at`` on, the part of the seat's terminal is in the condition."""

    __tablename__ = "seat_changes"
    __table_args__ = (Index("ix_seat_changes_seat_part_at", "seat", "part", "at"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    seat: Mapped[int]
    part: Mapped[str] = mapped_column(Text)
    condition: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SeatServiceRow(Base):
    """From ``at`` on, this terminal is in service at the seat, or no longer is; never altered."""

    __tablename__ = "seat_services"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    seat: Mapped[int]
    in_service: Mapped[bool]
    host: Mapped[str] = mapped_column(Text)
    displays: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SeatServiceCorrectionRow(Base):
    """The seat's move that is recorded as of ``recorded`` really was ``to``; never altered."""

    __tablename__ = "seat_service_corrections"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    seat: Mapped[int]
    recorded: Mapped[datetime] = mapped_column(UtcDateTime)
    to: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeatWatchRow(Base):
    """When terminals were last watched: what lies between that and a new start is unknown."""

    __tablename__ = "seat_watch"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
