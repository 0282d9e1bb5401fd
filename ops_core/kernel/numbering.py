"""Numbers people read out: a letter, the local day, and a count within the day.

The one place that gives them. A number is free behind the greatest one taken; commands run one
after the other (:meth:`ops_core.kernel.database.Database.command`), so a number that a unit of work
finds free is still free when it is stored, whoever else gives numbers.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message

_NINES = "9" * 12
Column = ColumnElement[str] | InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class NumberSeries:
    """A kind of number: its letter, and to how many digits the day's count is filled up.

    ``is_bounded``: no day has more numbers than that has digits for, and the greatest is found by
    an index alone.
    """

    letter: str
    digits: int
    is_bounded: bool = False

    def on_day_of(self, at: datetime, zone: ZoneInfo) -> "DayNumbers":
        """The numbers of the day in which the instant falls there."""
        return DayNumbers(self, f"{at.astimezone(zone):%Y%m%d}")

    def last_taken(self, column: Column, *where: ColumnElement[bool]) -> ScalarSelect[str | None]:
        """The greatest of a day in the column, of its rows ``where``; asked with other things.

        Wants :meth:`DayNumbers.bounds`.
        """
        taken = column.between(bindparam(f"first_{self.letter}"), bindparam(f"last_{self.letter}"))
        # Not max(): PostgreSQL's plan for it may count through the day.
        order = (column.desc(),) if self.is_bounded else (func.length(column).desc(), column.desc())
        return select(column).where(taken, *where).order_by(*order).limit(1).scalar_subquery()


CASES = NumberSeries("C", 5, is_bounded=True)
EVIDENCE_FILES = NumberSeries("E", 5, is_bounded=True)
ORDERS = NumberSeries("W", 5, is_bounded=True)
REGISTER_ITEMS = NumberSeries("R", 5, is_bounded=True)
"""Items of planned work."""
INCIDENTS = NumberSeries("F", 3)
PLAYS = NumberSeries("P", 3)
ADJUDICATIONS = NumberSeries("J", 3)
CHANGES = NumberSeries("N", 3)
"""Changes of the network."""
BACKUPS = NumberSeries("B", 3)
ACCOUNT_AUDITS = NumberSeries("A", 3)
EXEMPTIONS = NumberSeries("X", 3)
"""Exemptions from the assessment (剔除, 免责)."""
DRILLS = NumberSeries("Y", 3)
"""Drills of the network (演练)."""
KNOWLEDGE_NOTICES = NumberSeries("U", 3)
"""Update notices of the knowledge base (知识更新通知)."""
KNOWLEDGE_ARTICLES = NumberSeries("K", 4)
KNOWLEDGE_ENQUIRIES = NumberSeries("Q", 4)
"""Corrections and questions (纠错, 提问)."""
HOT_TOPICS = NumberSeries("T", 3)


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """The numbers of one series on one local day: ``W-20261124-00001`` and up."""

    series: NumberSeries
    day: str
    """``20261124``"""

    @property
    def prefix(self) -> str:
        return f"{self.series.letter}-{self.day}-"

    def after(self, last: str | None) -> str:
        """The next free one, where ``last`` is the greatest taken.

        Raises :class:`Conflict` when a bounded series has none left on that day.
        """
        count = int(last.removeprefix(self.prefix)) + 1 if last else 1
        if self.series.is_bounded and count >= 10**self.series.digits:
            raise Conflict(
                "当日编号已用完",
                message("{prefix} 的编号已全部用完。", prefix=self.prefix),
                "请于次日再登记。",
            )
        return f"{self.prefix}{count:0{self.series.digits}d}"

    def bounds(self) -> dict[str, str]:
        """What :meth:`NumberSeries.last_taken` wants: every number of the day lies between."""
        letter = self.series.letter
        return {f"first_{letter}": f"{self.prefix}0", f"last_{letter}": f"{self.prefix}{_NINES}"}

    def next_free(self, session: Session, column: Column, *where: ColumnElement[bool]) -> str:
        """The next free one of those in the column, of its rows ``where``: in a unit of work."""
        taken = self.series.last_taken(column, *where)
        return self.after(session.scalar(select(taken), self.bounds()))
