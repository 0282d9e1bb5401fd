"""Numbers people read out: a letter, the local day, and a count within the day."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, select


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """The numbers of one letter on one local day: ``W-20261124-00001`` and up."""

    letter: str
    day: str
    """``20261124``"""

    @property
    def prefix(self) -> str:
        return f"{self.letter}-{self.day}-"

    def after(self, last: str | None) -> str:
        """The next free one, where ``last`` is the greatest taken; commands come one by one."""
        count = int(last.removeprefix(self.prefix)) if last else 0
        return f"{self.prefix}{count + 1:05d}"

    def bounds(self) -> dict[str, str]:
        """What :func:`last_taken` wants."""
        return {
            f"first_{self.letter}": f"{self.prefix}00000",
            f"last_{self.letter}": f"{self.prefix}99999",
        }


def day_numbers(letter: str, at: datetime, zone: ZoneInfo) -> DayNumbers:
    """Those of the day in which the instant falls there."""
    return DayNumbers(letter, f"{at.astimezone(zone):%Y%m%d}")


def last_taken(column: ColumnElement[str], letter: str) -> ScalarSelect[str | None]:
    """The greatest number of a day in the column, to be asked along with other things."""
    taken = column.between(bindparam(f"first_{letter}"), bindparam(f"last_{letter}"))
    # Not max(): PostgreSQL's plan for it may count through the day.
    return select(column).where(taken).order_by(column.desc()).limit(1).scalar_subquery()
