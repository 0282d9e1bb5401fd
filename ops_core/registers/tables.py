"""Registers as stored: an item is the replay of its events; its row is kept for questions."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class RegisterItemRow(Base):
    """The replay of an item's events; ``version`` counts them and guards against two at once."""

    __tablename__ = "register_items"
    __table_args__ = (Index("ix_register_items_kind_due_day", "kind", "due_day"),)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    due_on: Mapped[str] = mapped_column(Text)
    """A local date, as 2026-11-30."""
    due_day: Mapped[datetime] = mapped_column(UtcDateTime)
    """When that day begins; likewise when it ends."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)
    planned_by: Mapped[str] = mapped_column(Text)
    handed_in: Mapped[int]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposed_due_on: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    takers: Mapped[dict[str, str]] = mapped_column(JSON)


class RegisterEventRow(Base):
    """One link of an item's chain; appended only. ``state`` and ``due_at`` hold from it on."""

    __tablename__ = "register_events"

    item: Mapped[str] = mapped_column(Text, ForeignKey("register_items.number"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    due_on: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class AcknowledgementRow(Base):
    """Somebody of the centre has read a document that is in effect; appended only."""

    __tablename__ = "register_acknowledgements"

    item: Mapped[str] = mapped_column(Text, ForeignKey("register_items.number"), primary_key=True)
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
