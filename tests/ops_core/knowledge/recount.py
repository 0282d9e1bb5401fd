"""Indicators of the knowledge base counted anew in SQL, from the links of the chains alone.

It shares no code with the platform: neither its rules nor its tables' mappings.
"""

import json
from datetime import datetime, timedelta

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from ops_core.kernel.database import UtcDateTime

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


_TOPICS = """
SELECT number, at, {roster} AS roster FROM knowledge_links
WHERE aggregate = 'hot_topic' AND step = 'declare' AND at >= :start AND at < :end
"""
_TRAINED = """
SELECT {person} AS person, step, at, {attended} AS attended FROM knowledge_links l
WHERE aggregate = 'hot_topic' AND number = :number AND step <> 'declare' ORDER BY sequence
"""
_JOINED = """
SELECT aggregate_id FROM events WHERE aggregate_type = 'user' AND type = 'user_created'
AND occurred_at > :declared AND occurred_at <= :due AND ({payload} LIKE '%agent%')
"""


def recounted_topics(
    session: Session, start: datetime, end: datetime, now: datetime
) -> tuple[int, int]:
    """Trained whole in time and all of the topics of a period, as known at an instant."""
    instants = [bindparam(n, type_=DateTime(timezone=True)) for n in ("start", "end")]
    rows = session.execute(
        text(_TOPICS.format(roster="detail")).bindparams(*instants).columns(at=UtcDateTime),
        {"start": start, "end": end},
    ).all()
    good = counted = 0
    for number, declared_at, detail in rows:
        required = set((json.loads(detail) if isinstance(detail, str) else detail)["roster"])
        due = declared_at + DAY
        typed = [bindparam(n, type_=DateTime(timezone=True)) for n in ("declared", "due")]
        joined = text(_JOINED.format(payload="CAST(payload AS text)"))
        required |= set(
            session.scalars(joined.bindparams(*typed), {"declared": declared_at, "due": due})
        )
        query = _TRAINED.format(
            person=member(session, "l", "person"), attended=member(session, "l", "attended_at")
        )
        trained = {}
        for person, step, at, attended in session.execute(
            text(query).columns(at=UtcDateTime), {"number": number}
        ):
            if step == "excuse":
                required.discard(person)
            if step in ("attend", "pass"):
                is_early = attended is not None and at <= due
                trained[person] = datetime.fromisoformat(attended) if is_early else at
        in_time = {person for person, at in trained.items() if at <= due}
        if required and required <= in_time:
            good, counted = good + 1, counted + 1
        elif required and now > due:
            counted += 1
    return good, counted
