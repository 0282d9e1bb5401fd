"""The figures counted anew in SQL, from what is only ever appended and nothing else.

It shares no code with the platform: neither its rules nor its tables' mappings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

ZONE = ZoneInfo("Asia/Shanghai")
FOUR_HOURS = timedelta(hours=4)
Count = tuple[int, int]
"""Numerator and denominator."""

_CALLS = """
WITH per_call AS (
  SELECT source, call, min(CASE WHEN kind = 'ENTERQUEUE' THEN at END) AS entered,
         max(CASE WHEN kind = 'CONNECT' THEN 1 ELSE 0 END) AS taken
  FROM call_events WHERE call <> '' GROUP BY source, call
), words AS (
  SELECT source, call, kind, at, sequence,
         row_number() OVER (PARTITION BY source, call ORDER BY at DESC, sequence DESC) AS place,
         row_number() OVER (
           PARTITION BY source, call ORDER BY CASE WHEN kind = 'RINGNOANSWER' THEN 1 ELSE 0 END,
           at DESC, sequence DESC) AS telling
  FROM call_events WHERE call <> ''
)
SELECT coalesce(sum(p.taken), 0), count(*)
FROM per_call p
JOIN words w ON w.source = p.source AND w.call = p.call AND w.place = 1
JOIN words t ON t.source = p.source AND t.call = p.call AND t.telling = 1
WHERE p.entered >= :start AND p.entered < :end
  AND (p.taken = 1 OR t.kind <> 'ENTERQUEUE' OR p.entered <= :lost OR EXISTS (
    SELECT 1 FROM call_events q WHERE q.source = p.source AND q.kind = 'QUEUESTART'
    AND (q.at > w.at OR (q.at = w.at AND q.sequence > w.sequence))))
"""
_COMPLETED = """
SELECT c.at, d.aggregate_id
FROM (SELECT "order", at, row_number() OVER (PARTITION BY "order" ORDER BY sequence) AS cycle
      FROM order_events WHERE step = 'complete') c
LEFT JOIN events d ON d.aggregate_type = 'callback' AND d.type = 'CallbackDone'
  AND d.aggregate_id = c."order" || '/' || c.cycle
WHERE c.at >= :start AND c.at < :end
"""
_RATED = """
SELECT coalesce(sum(CASE WHEN score IN (4, 5) THEN 1 ELSE 0 END), 0), count(*) FROM (
  SELECT CAST({score} AS INTEGER) AS score FROM events
  WHERE type = 'AttitudeRated' AND occurred_at >= :start AND occurred_at < :end
  UNION ALL
  SELECT CAST({attitude} AS INTEGER) FROM events
  WHERE type = 'CallbackDone' AND {attitude} IS NOT NULL
    AND occurred_at >= :start AND occurred_at < :end) rated
"""
_TERMINALS = """
WITH moves AS (
  SELECT aggregate_id AS seat, type, row_number() OVER (
    PARTITION BY aggregate_id ORDER BY occurred_at DESC, position DESC) AS place
  FROM events WHERE type IN ('TerminalInService', 'TerminalOutOfService') AND occurred_at <= :look
), words AS (
  SELECT aggregate_id AS seat, {condition} AS condition, row_number() OVER (
    PARTITION BY aggregate_id, {part} ORDER BY occurred_at DESC, position DESC) AS place
  FROM events WHERE type = 'TerminalChanged' AND occurred_at <= :look
), good AS (
  SELECT seat FROM words WHERE place = 1 AND condition = 'ok' GROUP BY seat HAVING count(*) = 2
)
SELECT count(good.seat), count(*) FROM moves LEFT JOIN good ON good.seat = moves.seat
WHERE moves.place = 1 AND moves.type = 'TerminalInService'
"""
_BEGAN = """
SELECT min(occurred_at) FROM events
WHERE type IN ('TerminalInService', 'TerminalOutOfService', 'TerminalChanged')
"""
_INCIDENTS = """
SELECT aggregate_id, type, {fault_class}, {into}, {number}, occurred_at
FROM events WHERE aggregate_type = 'incident' ORDER BY position
"""
_WEB_ORDERS = """
SELECT received.occurred_at, accepted."order", (
  SELECT min(e.at) FROM order_events e
  WHERE e."order" = accepted."order" AND e.step IN ('answer', 'approve'))
FROM order_events accepted JOIN events received
  ON received.type = 'CaseRecorded' AND received.aggregate_id = {case_of_order}
WHERE accepted.step = 'accept' AND {channel} IN ('web', 'wechat')
  AND received.occurred_at >= :start AND received.occurred_at < :end
"""
_DISPATCHED = """
SELECT "order" FROM order_events WHERE step = 'dispatch'
GROUP BY "order" HAVING min(at) >= :start AND min(at) < :end
"""
_REQUESTS = """
SELECT count(*) FROM events
WHERE type = 'CaseRecorded' AND occurred_at >= :start AND occurred_at < :end
"""
_MATTERS = """
SELECT aggregate_id, type, {kind}, {subject}, {occurred}, {level}
FROM events WHERE aggregate_type = 'adjudication' ORDER BY position
"""
_INSTANTS = ("start", "end", "lost", "look")


def recount(session: Session, start: datetime, end: datetime, now: datetime) -> dict[int, Count]:
    """Every indicator's numerator and denominator for [start, end), as of ``now``."""
    period = {"start": start, "end": end}
    (calls,) = _rows(session, _CALLS, **period, lost=now - FOUR_HOURS)
    (ratings,) = _rows(session, _RATED, **period)
    ((requests,),) = _rows(session, _REQUESTS, **period)
    matters = _matters(_rows(session, _MATTERS))
    within = [m for m in matters if start <= m.occurred_at < end]
    serious = [m for m in within if m.kind == "opinion_event" and m.level == "serious"]
    pending = [m for m in within if m.kind == "opinion_event" and m.is_open]
    confirmed = [m for m in serious if m.is_upheld]
    return {
        1: (int(calls[0]), int(calls[1])),
        2: _web_orders(_rows(session, _WEB_ORDERS, **period), matters, now),
        3: _returned(_rows(session, _DISPATCHED, **period), matters),
        5: (sum(m.kind == "complaint" and m.is_upheld for m in within), int(requests)),
        6: (len(confirmed), len(confirmed) + len(pending)),
        4: _callbacks(_rows(session, _COMPLETED, **period), now),
        10: (int(ratings[0]), int(ratings[1])),
        12: _faults(_rows(session, _INCIDENTS), start, end, now),
        13: _terminals(session, start, min(end, now)),
    }


def _rows(session: Session, statement: str, **given: datetime) -> Sequence[Any]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    member = "json_extract(payload, '$.{}')" if is_sqlite else "payload ->> '{}'"
    named = {
        name: member.format(key)
        for name, key in (("score", "score"), ("attitude", "attitude_score"), ("part", "part"),
                          ("condition", "condition"), ("fault_class", "fault_class"),
                          ("into", "into"), ("number", "number"), ("channel", "channel"),
                          ("kind", "kind"), ("subject", "subject"), ("occurred", "occurred_at"),
                          ("level", "level"))
    }  # fmt: skip
    named["case_of_order"] = member.format("case").replace("payload", "accepted.detail")
    asked = text(statement.format(**named)).bindparams(
        *(bindparam(name, type_=DateTime(timezone=True)) for name in given)
    )
    found = session.execute(asked, {name: at.astimezone(UTC) for name, at in given.items()})
    return [tuple(_instant(value) for value in row) for row in found]


def _instant(value: object) -> object:
    """SQLite gives text without an offset for what was stored in UTC."""
    if isinstance(value, str) and value[:2] == "20" and value[10:11] == " ":
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


@dataclass
class _Matter:
    """What the events of an adjudication say last."""

    kind: str
    subject: str
    occurred_at: datetime
    level: str | None
    last: str = "AdjudicationSubmit"

    @property
    def is_upheld(self) -> bool:
        return self.last == "AdjudicationUphold"

    @property
    def is_open(self) -> bool:
        return self.last in ("AdjudicationSubmit", "AdjudicationReopen")


def _matters(rows: Sequence[Any]) -> Sequence[_Matter]:
    found: dict[str, _Matter] = {}
    for number, event, kind, subject, occurred, level in rows:
        if event == "AdjudicationSubmit":
            found[number] = _Matter(kind, subject, datetime.fromisoformat(occurred), level)
        matter = found[number]
        matter.last, matter.level = event, level or matter.level
    return list(found.values())


def _web_orders(rows: Sequence[Any], matters: Sequence[_Matter], now: datetime) -> Count:
    """Answered first by the end of the next weekday, less those whose appeal was upheld."""
    appealed = {m.subject for m in matters if m.kind == "appeal" and m.is_upheld}
    good = missed = 0
    for received, order, answered in rows:
        if order in appealed:
            continue
        in_time = (answered or now) <= _end_of_next_weekday(received)
        good += in_time and answered is not None
        missed += not in_time
    return good, good + missed


def _returned(rows: Sequence[Any], matters: Sequence[_Matter]) -> Count:
    faults = {m.subject.split("/")[0] for m in matters if m.kind == "return" and m.is_upheld}
    return sum(order in faults for (order,) in rows), len(rows)


def _callbacks(rows: Sequence[Any], now: datetime) -> Count:
    """Called back, or due by the end of the next weekday; March 2026 has no holidays."""
    done = sum(callback is not None for _, callback in rows)
    late = sum(callback is None and now >= _end_of_next_weekday(at) for at, callback in rows)
    return done, done + late


def _end_of_next_weekday(at: datetime) -> datetime:
    day: date = at.astimezone(ZONE).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


def _terminals(session: Session, start: datetime, end: datetime) -> Count:
    ((began,),) = _rows(session, _BEGAN)
    if began is None:
        return 0, 0
    good = total = 0
    look = datetime.combine(start.astimezone(ZONE).date(), time(), ZONE)
    while look < end:
        if look >= max(start, began):
            ((ok, seats),) = _rows(session, _TERMINALS, look=look)
            good, total = good + int(ok), total + int(seats)
        look += timedelta(hours=8)
    return good, total


@dataclass
class _Fault:
    """One incident as its events tell.

    ``merged``: it is part of another; ``missed``: a clock ran out before a merger.
    """

    detected_at: datetime
    classes: set[str] = field(default_factory=set)
    restored_at: datetime | None = None
    merged: bool = False
    missed: bool = False

    def has_missed(self, at: datetime) -> bool:
        limit = timedelta(hours=2 if "severe" in self.classes else 24)
        return self.missed or (self.restored_at or at) - self.detected_at >= limit


def _faults(rows: Sequence[Any], start: datetime, end: datetime, now: datetime) -> Count:
    """General and severe faults: restored in less than 24 and 2 hours by the highest class held."""
    faults: dict[str, _Fault] = {}
    for number, kind, fault_class, _, absorbed, at in rows:
        fault = faults.setdefault(number, _Fault(at))
        if kind == "IncidentAbsorbed":
            _absorb(fault, faults[absorbed], at)
        elif kind == "IncidentMerged":
            fault.merged = True
        elif kind == "IncidentReopened":
            fault.restored_at = None
        elif kind in ("IncidentRestored", "IncidentCleared"):
            fault.restored_at = fault.restored_at or at
        if fault_class is not None:
            fault.classes.add(fault_class)
    return _judged(faults, start, end, now)


def _absorb(fault: _Fault, other: _Fault, at: datetime) -> None:
    """Two misses remain two, though the faults are one."""
    own, others = fault.has_missed(at), other.has_missed(at)
    fault.missed, other.missed = own or others, own and others
    fault.detected_at = min(fault.detected_at, other.detected_at)
    fault.classes |= other.classes
    ends = (fault.restored_at, other.restored_at)
    fault.restored_at = None if None in ends else max(at for at in ends if at is not None)


def _judged(faults: Mapping[str, _Fault], start: datetime, end: datetime, now: datetime) -> Count:
    good = missed = 0
    for fault in faults.values():
        if not start <= fault.detected_at < end:
            continue
        if fault.merged:
            missed += fault.missed
            continue
        missed += fault.has_missed(now)
        good += not fault.has_missed(now) and fault.restored_at is not None
    return good, good + missed
