"""Calls, requests, orders and callbacks as stored.

What an order is follows from its events; its row is their replay, kept for questions. A requester's
number and name are stored encrypted and found by a keyed hash (:mod:`ops_core.hotline.contacts`).
"""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class RequesterRow(Base):
    """A person who called or wrote; ``masked_number`` and ``masked_name`` may be shown."""

    __tablename__ = "requesters"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    number_hash: Mapped[str] = mapped_column(Text, unique=True)
    number_sealed: Mapped[str] = mapped_column(Text)
    masked_number: Mapped[str] = mapped_column(Text)
    name_sealed: Mapped[str] = mapped_column(Text, default="")
    masked_name: Mapped[str] = mapped_column(Text, default="")


class CallEventRow(Base):
    """One line of a telephone system's log; never altered, never stored twice."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_call", "call"),)

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    sequence: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    call: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    queue: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    seat: Mapped[int | None]


class CallRow(Base):
    """What the events of a call say; ``offered``: it rang at a seat or was taken by one."""

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
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("requesters.id"), index=True)


class CallTallyRow(Base):
    """How many calls of a day ended how: kept with every change of a call, in its transaction.

    ``day`` is the local day of queue entry in the contract's time zone (ISO). Indicator 1 over a
    million calls reads these; :func:`ops_core.hotline.call_read.recount` checks them.
    """

    __tablename__ = "call_tallies"

    day: Mapped[str] = mapped_column(Text, primary_key=True)
    outcome: Mapped[str] = mapped_column(Text, primary_key=True)
    offered: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int]


class AttitudeRatingRow(Base):
    """How a person rated the service's attitude; the first rating of a subject is the one.

    ``subject`` is ``call:<call>`` or ``callback:<order>/<cycle>``.
    """

    __tablename__ = "attitude_ratings"
    __table_args__ = (Index("ix_attitude_ratings_at_score", "at", "score"),)

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(Text)
    """Whose attitude was rated."""


class CaseRow(Base):
    """A request (诉求): one per reference of its source, whatever channel it came by."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("source_org", "source_ref"),
        Index("ix_cases_day", "day"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    source_org: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("requesters.id"), index=True)
    call: Mapped[str | None] = mapped_column(Text, index=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    direct_answer: Mapped[str] = mapped_column(Text)
    """What the agent answered on the spot; such a request has no order."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_by: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    """Of what the source sent: the same reference with other content is refused."""


class WorkOrderRow(Base):
    """The replay of an order's events; ``version`` counts them and guards against two at once."""

    __tablename__ = "work_orders"
    __table_args__ = (
        Index("ix_work_orders_state_unit", "state", "unit"),
        Index("ix_work_orders_completed_at", "completed_at"),
        Index(
            "ix_work_orders_again",
            "cycle",
            sqlite_where=text("cycle > 1"),
            postgresql_where=text("cycle > 1"),
        ),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    case_number: Mapped[str] = mapped_column(Text, ForeignKey("cases.number"), unique=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    cycle: Mapped[int]
    version: Mapped[int]
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dispatcher: Mapped[str] = mapped_column(Text)
    objector: Mapped[str] = mapped_column(Text)
    returns: Mapped[int]
    policy_version: Mapped[int]
    sign_within: Mapped[int]
    """Working days, as they stood when the order was accepted; likewise the two below."""
    handle_within: Mapped[int]
    callback_within: Mapped[int]


class OrderEventRow(Base):
    """One link of an order's chain; appended only."""

    __tablename__ = "order_events"

    order: Mapped[str] = mapped_column(Text, ForeignKey("work_orders.number"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class CallbackTaskRow(Base):
    """The callback of one closing cycle: the key allows no second one (invariant 5)."""

    __tablename__ = "callback_tasks"
    __table_args__ = (
        Index("ix_callback_tasks_state_opened_at", "state", "opened_at"),
        Index("ix_callback_tasks_opened_at_outcome", "opened_at", "outcome"),
        Index("ix_callback_tasks_done_at", "done_at", "outcome", "attitude_score"),
    )

    order: Mapped[str] = mapped_column(Text, ForeignKey("work_orders.number"), primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the order was completed in this cycle."""
    assignee: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    resolved: Mapped[str | None] = mapped_column(Text)
    result_score: Mapped[int | None]
    attitude_score: Mapped[int | None]
    remark: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]


class CallbackAttemptRow(Base):
    """One try to reach the requester; ``recording`` names the recording of the call."""

    __tablename__ = "callback_attempts"

    order: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    recording: Mapped[str] = mapped_column(Text)
