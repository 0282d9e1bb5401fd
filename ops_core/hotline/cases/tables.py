"""Cases as stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class CaseRow(Base):
    """A request (诉求): one per reference of its source, whatever channel it came by."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("source_org", "source_ref"),
        Index("ix_cases_day", "day"),
        Index("ix_cases_channel_received_at", "channel", "received_at"),
    )

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    source_org: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("requesters.id"), index=True)
    call: Mapped[str | None] = mapped_column(Text, index=True)
    """The name of the call it was taken on."""
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
    """Of what the source sent: the reference with other content is refused, or a correction."""
    stated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the source said this content; None for the instant of receipt."""
    requester_stated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the requester's number was said; None where nobody said one."""
    contact_hash: Mapped[str | None] = mapped_column(Text)
    """Of the number and name that came first, keyed; None for requests stored without."""


class CaseCorrectionRow(Base):
    """What a source said otherwise of a request later; the request stays as it was taken in.

    The greatest ``sequence`` holds; without ``stated_at`` it was said as it was recorded.
    """

    __tablename__ = "case_corrections"

    case_number: Mapped[str] = mapped_column(Text, ForeignKey("cases.number"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    stated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
