"""Numbers people read out: a letter, the local day, and a count within the day."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def next_number(
    session: Session, column: InstrumentedAttribute[str], letter: str, at: datetime, zone: ZoneInfo
) -> str:
    """``W-20261124-00001``: the next free number of the day; commands run one after the other."""
    prefix = f"{letter}-{at.astimezone(zone):%Y%m%d}-"
    last = session.scalar(
        _last_between(column), {"first": f"{prefix}00000", "last": f"{prefix}99999"}
    )
    count = int(last.removeprefix(prefix)) if last else 0
    return f"{prefix}{count + 1:05d}"


@cache
def _last_between(column: InstrumentedAttribute[str]) -> Select[str]:
    return select(func.max(column)).where(column >= bindparam("first"), column <= bindparam("last"))
