"""Sign-ins at seats, as stored: appended, never altered."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class SeatSignInRow(Base):
    """From ``at`` on, and not from ``until`` on, the person is at the seat; "" for nobody."""

    __tablename__ = "seat_sign_ins"
    __table_args__ = (Index("ix_seat_sign_ins_seat_at", "seat", "at"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    seat: Mapped[int]
    person: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
