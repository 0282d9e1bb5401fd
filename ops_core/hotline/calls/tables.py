"""Calls, their events, their sums by day and their ratings, as stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class CallEventRow(Base):
    """One line of a telephone system's log; never altered, never stored twice.

    ``call`` is the identifier in that system; it names nothing without the source.
    """

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_call_source", "call", "source"),)

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    sequence: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    call: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    queue: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    seat: Mapped[int | None]


class CallRow(Base):
    """What the events of a call say; ``call`` is its name, with that of its telephone system."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_entered_at", "entered_at"),
        Index("ix_calls_outcome_entered_at", "outcome", "entered_at"),
        Index("ix_calls_agent_entered_at", "agent", "entered_at"),
        Index("ix_calls_seat_entered_at", "seat", "entered_at"),
        Index("ix_calls_left_at", "left_at"),
    )

    call: Mapped[str] = mapped_column(Text, primary_key=True)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queue: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(Text)
    seat: Mapped[int | None]
    rung: Mapped[int]
    transfers: Mapped[int]
    requester_id: Mapped[int | None] = mapped_column(ForeignKey(RequesterRow.id), index=True)
    caller_sequence: Mapped[int | None] = mapped_column(RowNumber)
    """The event that the caller's number came with; None where none did, or it was not kept."""


class CallTallyRow(Base):
    """How many calls of a day ended how: kept with every change of a call, in its transaction.

    ``day`` is the local day of queue entry in the contract's time zone (ISO). Indicator 1 over a
    million calls reads these; :func:`ops_core.hotline.calls.tallies.recount` checks them.
    """

    __tablename__ = "call_tallies"

    day: Mapped[str] = mapped_column(Text, primary_key=True)
    outcome: Mapped[str] = mapped_column(Text, primary_key=True)
    offered: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int]


class AttitudeRatingRow(Base):
    """How a person rated the service's attitude; the first rating of a subject is the one.

    ``subject`` is ``call:<name of the call>`` or ``callback:<order>/<cycle>``.
    """

    __tablename__ = "attitude_ratings"
    __table_args__ = (Index("ix_attitude_ratings_at_score", "at", "score"),)

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(Text)
    """Whose attitude was rated."""
