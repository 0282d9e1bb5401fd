"""Numbers people read out: a letter, the local day, and a count within the day."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def next_number(
    session: Session, column: InstrumentedAttribute[str], letter: str, at: datetime, zone: ZoneInfo
) -> str:
    """``W-20261124-00001``: the next free number of the day; commands run one after the other."""
    prefix = f"{letter}-{at.astimezone(zone):%Y%m%d}-"
    last = session.scalar(
        select(func.max(column)).where(column >= f"{prefix}00000", column <= f"{prefix}99999")
    )
    count = int(last.removeprefix(prefix)) if last else 0
    return f"{prefix}{count + 1:05d}"
