"""Requesters as stored: number and name encrypted, found by a keyed hash."""

from datetime import datetime

from sqlalchemy import Text
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
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the name was said; a name that was said before that is none any more."""
