"""The kernel's tables."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class EventRow(Base):
    """Append-only; ``position`` orders all events, ``sequence`` those of one aggregate from 1."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("aggregate_type", "aggregate_id", "sequence"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    aggregate_type: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)


class ConsumerPositionRow(Base):
    """How far each consumer of the events has come."""

    __tablename__ = "consumer_positions"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(RowNumber)


class AuditEntryRow(Base):
    """One link of the audit chain; ``position`` counts from 1 without a gap.

    ``detail`` is canonical JSON kept as text, so that the hash covers every character of it.
    """

    __tablename__ = "audit_entries"

    position: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class AuditHeadRow(Base):
    """The newest link, kept apart so that cutting off the chain's end is noticed."""

    __tablename__ = "audit_heads"

    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(RowNumber)
    hash: Mapped[str] = mapped_column(Text)


class UserRow(Base):
    """A person who may sign in; ``unit`` is the government unit a handler answers for."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unit: Mapped[str] = mapped_column(Text, server_default="")


class UserSessionRow(Base):
    """A sign-in that still holds, or a program's token; only the token's SHA-256 is known here."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text, ForeignKey("users.name"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    for_program: Mapped[bool] = mapped_column(server_default=false())
    permissions: Mapped[str | None] = mapped_column(Text)
    """What a token allows of what its user may, by name with blanks between; NULL: all of it."""


class SignInAttemptRow(Base):
    """Failed sign-ins by the name that was given, whether or not a user bears it.

    The name is hashed, for people do type a password into its field.
    """

    __tablename__ = "sign_in_attempts"

    name_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closed_until: Mapped[datetime] = mapped_column(UtcDateTime)


class EvidenceFileRow(Base):
    """A file of evidence and what it belongs to; appended only. The content is on disk."""

    __tablename__ = "evidence_files"
    __table_args__ = (Index("ix_evidence_files_subject", "subject_type", "subject_id"),)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(RowNumber)
    media_type: Mapped[str] = mapped_column(Text)
    uploaded_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
