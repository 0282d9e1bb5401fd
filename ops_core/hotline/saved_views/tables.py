"""Saved views as stored: what they show is read anew each time."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, UtcDateTime


class SavedViewRow(Base):
    """A filter by name; ``circle`` is the unit whose people it is for, empty for the centre's."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner", "name", name="uq_saved_views_owner_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    circle: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool]
    tab: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
