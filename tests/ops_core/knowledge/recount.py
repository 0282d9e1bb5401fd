"""Indicators of the knowledge base counted anew in SQL, from the links of the chains alone.

It shares no code with the platform: neither its rules nor its tables' mappings.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

DAY = timedelta(hours=24)
_NOTICES = """
SELECT r.number, {received_at} AS received_at, {points} AS points,
       (SELECT count(DISTINCT {point}) FROM knowledge_links l WHERE l.aggregate = r.aggregate
          AND l.number = r.number AND l.step = 'fulfil') AS done,
       (SELECT max({live_at}) FROM knowledge_links l WHERE l.aggregate = r.aggregate
          AND l.number = r.number AND l.step = 'fulfil') AS live_at,
       EXISTS (SELECT 1 FROM knowledge_links l WHERE l.aggregate = r.aggregate
          AND l.number = r.number AND l.step = 'withdraw') AS withdrawn
FROM knowledge_links r WHERE r.aggregate = 'knowledge_notice' AND r.step = 'record'
"""


def member(session: Session, table: str, name: str) -> str:
    """A member of a link's detail as text, as each database says it."""
    if session.get_bind().dialect.name == "sqlite":
        return f"json_extract({table}.detail, '$.{name}')"
    return f"({table}.detail ->> '{name}')"


def listed(session: Session, table: str, name: str) -> str:
    """How many a member lists."""
    if session.get_bind().dialect.name == "sqlite":
        return f"json_array_length({table}.detail, '$.{name}')"
    return f"json_array_length({table}.detail -> '{name}')"


def recounted_notices(
    session: Session, start: datetime, end: datetime, now: datetime
) -> tuple[int, int]:
    """In time and all of the notices of a period, as known at an instant."""
    query = _NOTICES.format(
        received_at=member(session, "r", "received_at"),
        points=listed(session, "r", "points"),
        point=member(session, "l", "point"),
        live_at=member(session, "l", "live_at"),
    )
    good = counted = 0
    for _, received_text, points, done, live_text, withdrawn in session.execute(text(query)):
        received_at = datetime.fromisoformat(received_text)
        if withdrawn or not start <= received_at < end:
            continue
        live_at = datetime.fromisoformat(live_text) if live_text and done == points else None
        if live_at is not None and live_at <= now and live_at <= received_at + DAY:
            good, counted = good + 1, counted + 1
        elif now > received_at + DAY:
            counted += 1
    return good, counted
