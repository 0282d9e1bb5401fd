"""The figures counted anew in SQL, from what is only ever appended and nothing else.

It shares no code with the platform: neither its rules nor its tables' mappings.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from tests.ops_core.knowledge.recount import recounted_notices, recounted_topics
from tests.ops_core_kpi.recount_planned import recounted_reports, recounted_work

ZONE = ZoneInfo("Asia/Shanghai")
FOUR_HOURS = timedelta(hours=4)
Count = tuple[int, int]
"""Numerator and denominator."""
Recounted = tuple[int, int, int]
"""Numerator, denominator, and what people have yet to decide of it."""

_CALLS = """
WITH per_call AS (
  SELECT source, call, max(CASE WHEN kind = 'CONNECT' THEN 1 ELSE 0 END) AS taken,
         CASE WHEN max(CASE WHEN kind = 'ENTERQUEUE' THEN 1 ELSE 0 END) = 1
              THEN min(CASE WHEN kind = 'ENTERQUEUE' THEN at END)
              WHEN max(CASE WHEN kind IN ('CONNECT', 'ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY',
                'EXITWITHKEY', 'AGENTDUMP') THEN 1 ELSE 0 END) = 1 THEN min(at) END AS entered
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
FROM (SELECT "order", at, 1 + (
        SELECT count(*) FROM standing_links again WHERE again."order" = done."order"
        AND again.step = 'reopen' AND again.sequence < done.sequence) AS cycle
      FROM standing_links done WHERE step = 'complete') c
LEFT JOIN events d ON d.aggregate_type = 'callback' AND d.type = 'CallbackDone'
  AND d.aggregate_id = c."order" || '/' || c.cycle AND NOT EXISTS (
    SELECT 1 FROM events undo WHERE undo.type = 'CallbackUndone'
    AND undo.aggregate_id = d.aggregate_id AND {undone} = {version})
WHERE c.at >= :start AND c.at < :end
"""
_RATED = """
SELECT coalesce(sum(CASE WHEN score IN (4, 5) THEN 1 ELSE 0 END), 0), count(*) FROM (
  SELECT CAST({score} AS INTEGER) AS score FROM events
  WHERE type = 'AttitudeRated' AND occurred_at >= :start AND occurred_at < :end
  UNION ALL
  SELECT CAST({attitude} AS INTEGER) FROM events d
  WHERE type = 'CallbackDone' AND {attitude} IS NOT NULL
    AND occurred_at >= :start AND occurred_at < :end AND NOT EXISTS (
    SELECT 1 FROM events undo WHERE undo.type = 'CallbackUndone'
    AND undo.aggregate_id = d.aggregate_id AND {undone} = {version})) rated
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
SELECT aggregate_id, type, {fault_class}, {into}, {number}, occurred_at, {taken_back}
FROM events WHERE aggregate_type = 'incident' ORDER BY position
"""
_WEB_ORDERS = """
WITH answers AS (
  SELECT "order", min(at) AS at FROM standing_links said
  WHERE step IN ('answer', 'approve', 'answer_directly')
  OR (step IN ('confirm', 'transfer') AND {by_person}) GROUP BY "order"
), merged AS (
  SELECT "order", {lead} AS lead FROM standing_links joined WHERE step = 'merge' AND NOT EXISTS (
    SELECT 1 FROM standing_links again WHERE again."order" = joined."order"
    AND again.step = 'reopen' AND again.sequence > joined.sequence)
)
SELECT received.occurred_at, accepted."order", coalesce(own.at, inherited.at)
FROM standing_links accepted JOIN events received
  ON received.type = 'CaseRecorded' AND received.aggregate_id = {case_of_order}
LEFT JOIN answers own ON own."order" = accepted."order"
LEFT JOIN merged ON merged."order" = accepted."order"
LEFT JOIN answers inherited ON inherited."order" = merged.lead
WHERE accepted.step = 'accept' AND {channel} IN ('web', 'wechat')
  AND received.occurred_at >= :start AND received.occurred_at < :end
"""
_DISPATCHED = """
SELECT "order", (
  SELECT count(*) FROM standing_links back
  WHERE back."order" = sent."order" AND back.step IN ('return', 'uphold'))
FROM standing_links sent WHERE step = 'dispatch'
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
_WINDOWS = """
SELECT asked.payload FROM events asked WHERE asked.type = 'ExemptionRequested'
AND (SELECT said.type FROM events said
     WHERE said.aggregate_type = 'exemption' AND said.aggregate_id = asked.aggregate_id
     ORDER BY said.position DESC LIMIT 1) = 'ExemptionApproved'
"""


def recount(
    session: Session, since: Mapping[str, date], start: datetime, end: datetime, now: datetime
) -> dict[int, Recounted]:
    """Every indicator as of ``now`` for [start, end), whatever is exempted.

    ``since``: the first day that the daily, weekly and monthly report are about.
    """
    period = {"start": start, "end": end}
    (calls,) = _rows(session, _CALLS, **period, lost=now - FOUR_HOURS)
    (ratings,) = _rows(session, _RATED, **period)
    matters = _matters(_rows(session, _MATTERS))
    decided = {
        1: (int(calls[0]), int(calls[1])),
        2: _web_orders(_rows(session, _WEB_ORDERS, **period), matters, now),
        4: _callbacks(_rows(session, _COMPLETED, **period), now),
        7: recounted_topics(session, start, end, now),
        8: recounted_notices(session, start, end, now),
        10: (int(ratings[0]), int(ratings[1])),
        12: _faults(_rows(session, _INCIDENTS), start, end, now),
        13: _terminals(session, start, min(end, now)),
        **recounted_work(session, start, end, now),
    }
    ((requests,),) = _rows(session, _REQUESTS, **period)
    within = [m for m in matters if start <= m.occurred_at < end]
    return {number: (*count, 0) for number, count in decided.items()} | {
        3: _returned(_rows(session, _DISPATCHED, **period), matters),
        5: _complaints(within, int(requests)),
        6: _serious(within),
        9: recounted_reports(session, since, start, end, now),
    }


def exempted(session: Session, number: int) -> list[tuple[datetime, datetime]]:
    """The approved windows of an indicator."""
    rows = session.execute(text(_WINDOWS)).scalars()
    asked = [json.loads(one) if isinstance(one, str) else one for one in rows]
    return [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for one in asked
        if number in one["indicators"]
    ]


def signed_months(session: Session) -> set[str]:
    """Months of which somebody signed that nothing serious was, and nobody rejected it."""
    lives = ("AdjudicationSubmit", "AdjudicationReopen", "AdjudicationUphold")
    found = _matters(_rows(session, _MATTERS))
    return {m.subject for m in found if m.kind == "nil_return" and m.last in lives}


_STANDING = """(
  SELECT * FROM order_events taken WHERE taken.step <> 'undo' AND NOT EXISTS (
    SELECT 1 FROM order_events gone WHERE gone."order" = taken."order"
    AND gone.sequence = taken.sequence + 1 AND gone.step = 'undo'))"""
"""Links of orders that nobody took back."""


def _rows(session: Session, statement: str, **given: datetime) -> Sequence[Any]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    member = "json_extract(payload, '$.{}')" if is_sqlite else "payload ->> '{}'"
    named = {
        name: member.format(key)
        for name, key in (("score", "score"), ("attitude", "attitude_score"), ("part", "part"),
                          ("condition", "condition"), ("fault_class", "fault_class"),
                          ("into", "into"), ("number", "number"), ("channel", "channel"),
                          ("kind", "kind"), ("subject", "subject"), ("occurred", "occurred_at"),
                          ("level", "level"), ("taken_back", "undone"))
    }  # fmt: skip
    named["undone"] = member.format("undone_version").replace("payload", "undo.payload")
    named["version"] = member.format("version").replace("payload", "d.payload")
    detail = member.replace("payload", "detail")
    named["lead"] = detail.format("lead")
    by_person = detail.format("by_person")
    named["by_person"] = by_person if is_sqlite else f"({by_person})::boolean"
    named["case_of_order"] = member.format("case").replace("payload", "accepted.detail")
    statement = statement.replace("standing_links", _STANDING)
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


def _returned(rows: Sequence[Any], matters: Sequence[_Matter]) -> Recounted:
    """An order once, by its worst return; undecided while one of them is."""
    faults = pending = 0
    for order, returns in rows:
        own = [m for m in matters if m.kind == "return" and m.subject.split("/")[0] == order]
        is_fault = any(m.is_upheld for m in own)
        faults += is_fault
        rejected = sum(m.last == "AdjudicationReject" for m in own)
        pending += not is_fault and rejected < returns
    return faults, len(rows), pending


def _complaints(within: Sequence[_Matter], requests: int) -> Recounted:
    own = [m for m in within if m.kind == "complaint"]
    return sum(m.is_upheld for m in own), requests, sum(m.is_open for m in own)


def _serious(within: Sequence[_Matter]) -> Recounted:
    own = [m for m in within if m.kind == "opinion_event"]
    confirmed = sum(m.is_upheld and m.level == "serious" for m in own)
    pending = sum(m.is_open for m in own)
    return confirmed, confirmed + pending, pending


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

    ``into``: it is part of that; ``missed``: a clock ran out before a merger; ``carried``: of one
    that is part of another, which bears that miss; ``is_false``: two people called it so.
    """

    detected_at: datetime
    classes: set[str] = field(default_factory=set)
    restored_at: datetime | None = None
    into: "_Fault | None" = None
    missed: bool = False
    carried: bool = False
    is_false: bool = False

    def has_missed(self, at: datetime) -> bool:
        limit = timedelta(hours=2 if "severe" in self.classes else 24)
        return self.missed or (self.restored_at or at) - self.detected_at >= limit


def _faults(rows: Sequence[Any], start: datetime, end: datetime, now: datetime) -> Count:
    """General and severe faults: restored in less than 24 and 2 hours by the highest class held."""
    faults: dict[str, _Fault] = {}
    for number, kind, fault_class, _, absorbed, at, undone in rows:
        fault = faults.setdefault(number, _Fault(at))
        if kind == "IncidentAbsorbed":
            _absorb(fault, faults[absorbed], at)
        elif kind.startswith("IncidentFalseAlarm"):
            fault.is_false = kind == "IncidentFalseAlarmConfirmed"
        elif kind == "IncidentReopened" or undone == "IncidentRestored":
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
    other.carried, other.into = others and not own, fault
    fault.detected_at = min(fault.detected_at, other.detected_at)
    fault.classes |= other.classes
    ends = (fault.restored_at, other.restored_at)
    fault.restored_at = None if None in ends else max(at for at in ends if at is not None)


def _judged(faults: Mapping[str, _Fault], start: datetime, end: datetime, now: datetime) -> Count:
    good = missed = 0
    for fault in faults.values():
        if not start <= fault.detected_at < end or fault.is_false:
            continue
        if fault.into is not None:
            missed += fault.missed or (fault.carried and fault.into.is_false)
            continue
        missed += fault.has_missed(now)
        good += not fault.has_missed(now) and fault.restored_at is not None
    return good, good + missed
