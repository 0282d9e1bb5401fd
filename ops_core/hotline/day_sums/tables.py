"""Day sums as stored."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base


class DaySumRow(Base):
    """How many records of a series a local day has of a kind; zero where there are none any more.

    ``kind`` is what :mod:`ops_core.hotline.day_sums.model` gives.
    """

    __tablename__ = "day_sums"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]
