"""A year of records put straight into the tables: a few days made one by one, the others copied.

What a day brings is made once and copied to every other day by the database itself, so that two
million calls are there in minutes; the last two days, in which much still waits, are made anew.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, insert, text, update
from sqlalchemy.orm import Session

from device_configs.site.model import FaultClassName, Site
from incident.tables import IncidentRow
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import tally_key
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.recount import store_recount
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import Database, UtcDateTime
from seat_assets.model import Part, TerminalCondition
from seat_assets.tables import SeatChangeRow
from tests.ops_core_kpi.stored import (
    SHANGHAI,
    Callback,
    store,
    store_calls,
    store_orders,
    store_ratings,
)

START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)
DAYS = (NOW - START).days
YEAR_S = int((NOW - START).total_seconds())
ANEW = 2
"""The last days, whose orders are no copies."""
_TEMPLATE = "-d000-"
"""In the names of all records of the day that is copied."""
_COPIED = (CallRow, CaseRow, WorkOrderRow, CallbackTaskRow, AttitudeRatingRow, AdjudicationRow)
OUTCOMES = ([Outcome.ANSWERED] * 970 + [Outcome.ABANDONED] * 20 + [Outcome.TIMED_OUT] * 6
            + [Outcome.OVERFLOWED] * 3 + [Outcome.LEFT_BY_KEY])  # fmt: skip


def fill(database: Database, site: Site, calls: int, orders: int) -> None:
    """Store about so many calls and orders, with requests, callbacks, ratings and day sums."""
    dice = random.Random(20261124)
    with database.transaction() as session:
        made = list(_calls_of_a_day(dice, calls // DAYS))
        store_calls(session, made)
        store_ratings(session, _ratings(dice, made))
        for day in (0, *range(DAYS - ANEW, DAYS)):
            _store_orders(session, dice, day, orders // DAYS)
        _copy_days(session)
        _copy_tallies(session, made)
        store(session, IncidentRow, _incidents(dice, 400))
        seats = sorted(seat.number for seat in site.seats.values())
        store(session, SeatChangeRow, _seat_changes(dice, seats))
        store_recount(session)


def a_call(day: int = 200) -> str:
    """The name of a call of a day of the year."""
    return f"pbx:1-d{day:03d}-0"


def an_order(day: int = 200) -> str:
    """The number of an order that came in on a day of the year."""
    return f"W-d{day:03d}-000001"


def _store_orders(session: Session, dice: random.Random, day: int, count: int) -> None:
    """Of one day; every fifth request comes by the web, one answer in twenty is late."""
    begin = START + timedelta(days=day)
    made = [(f"W-d{day:03d}-{n:06d}", 1, list(_callbacks(dice, begin))) for n in range(count)]
    store_orders(session, made, running=count // 100)
    _store_courses(session, dice, made)


def _store_courses(
    session: Session, dice: random.Random, made: list[tuple[str, int, list[Callback]]]
) -> None:
    """4 % of orders return."""
    courses = [_course(dice, number, called[0].completed_at) for number, _, called in made]
    case, order = CaseRow.__table__, WorkOrderRow.__table__
    session.execute(
        update(case).where(case.c.number == bindparam("of_case"))
        .values(channel=bindparam("to_channel"), received_at=bindparam("to_received")),
        courses,
    )  # fmt: skip
    session.execute(
        update(order).where(order.c.number == bindparam("of_order")).values(
            answered_at=bindparam("to_answered"), returns=bindparam("to_returns"),
            first_dispatched_at=bindparam("to_dispatched"),
        ),
        courses,
    )  # fmt: skip
    store(session, AdjudicationRow, _matters(dice, courses))


def _course(dice: random.Random, number: str, completed_at: datetime) -> dict[str, Any]:
    received = completed_at - timedelta(hours=dice.randrange(24, 144))
    late = timedelta(hours=dice.randrange(24, 140) if dice.random() < 0.05 else 1)
    return {
        "of_case": f"C-{number}", "of_order": number, "to_received": received,
        "to_channel": "web" if dice.random() < 0.2 else "phone",
        "to_answered": received + late, "to_returns": int(dice.random() < 0.04),
        "to_dispatched": received + timedelta(minutes=30),
    }  # fmt: skip


def _matters(dice: random.Random, courses: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """What the purchaser says of returns, and of one web order in five hundred."""
    plain = dict.fromkeys(("text", "nature", "call", "person", "decided_by", "decision"), "x")
    for course in courses:
        appealed = course["to_channel"] == "web" and dice.random() < 0.002
        kinds = [kind for kind, is_so in (("return", course["to_returns"]), ("appeal", appealed))
                 if is_so]  # fmt: skip
        for kind in kinds:
            order, at = course["of_order"], course["to_dispatched"]
            states = ("upheld",) if kind == "appeal" else ("upheld", "pending", *["rejected"] * 6)
            yield plain | {
                "number": f"J-{kind}-{order}", "kind": kind, "state": dice.choice(states),
                "subject": order if kind == "appeal" else f"{order}/1", "order": order,
                "version": 2, "occurred_at": at, "level": None, "parties": [],
                "submitted_by": "x", "submitted_at": at, "cause": None, "decided_at": at,
            }  # fmt: skip


_SHIFTED = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', {at}, days.n || ' days')",
    "postgresql": "{at} + make_interval(days => days.n)",
}
_PADDED = {
    "sqlite": "printf('-d%03d-', days.n)",
    "postgresql": "'-d' || to_char(days.n, 'FM000') || '-'",
}


def _copy_days(session: Session) -> None:
    """Calls to all days but the first, all else to all but the first and the last two."""
    for row in _COPIED:
        _copy(session, row.__table__, DAYS - 1 if row is CallRow else DAYS - ANEW - 1)


def _copy(session: Session, table: Any, last: int) -> None:
    kind = session.get_bind().dialect.name
    columns = {f'"{one.name}"': _copied(one, kind) for one in table.columns}
    key = next(iter(table.primary_key.columns)).name
    session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(columns)})"  # noqa: S608
            " WITH RECURSIVE days(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < :last)"
            f" SELECT {', '.join(columns.values())} FROM days, {table.name}"
            f" WHERE \"{key}\" LIKE '%{_TEMPLATE}%' ORDER BY days.n"
        ),
        {"last": last},
    )


def _copied(column: Any, kind: str) -> str:
    name = f'"{column.name}"'
    if isinstance(column.type, UtcDateTime):
        return _SHIFTED[kind].format(at=name)
    if isinstance(column.type, Text):
        return f"replace({name}, '{_TEMPLATE}', {_PADDED[kind]})"
    return name


def _copy_tallies(session: Session, calls: list[Call]) -> None:
    sums = Counter(tally_key(call, SHANGHAI)[1:] for call in calls)
    rows = [
        {"day": f"{START + timedelta(days=day):%Y-%m-%d}", "outcome": outcome,
         "offered": offered, "count": count}
        for day in range(1, DAYS)
        for (outcome, offered), count in sums.items()
    ]  # fmt: skip
    session.execute(insert(CallTallyRow), rows)


def _some_instant(dice: random.Random) -> datetime:
    return START + timedelta(seconds=dice.randrange(YEAR_S))


def _calls_of_a_day(dice: random.Random, count: int) -> Iterator[Call]:
    for number in range(count):
        at = START + timedelta(seconds=dice.randrange(86_400))
        ended, outcome = at + timedelta(seconds=dice.randrange(1, 60)), dice.choice(OUTCOMES)
        taken = outcome is Outcome.ANSWERED
        yield Call(
            f"pbx:1{_TEMPLATE}{number}", at, "citizen", outcome, ended if taken else None, ended,
            f"agent.{dice.randrange(70)}" if taken else "",
            dice.randrange(1, 73) if taken else None, dice.randrange(2), 0,
        )  # fmt: skip


def _callbacks(dice: random.Random, begin: datetime) -> Iterator[Callback]:
    """One cycle, or two for one order in fifty; one in a hundred of the older is never done."""
    at = begin + timedelta(seconds=dice.randrange(86_400))
    for _ in range(2 if dice.random() < 0.02 else 1):
        at += timedelta(hours=1)
        waits = dice.random() < (0.7 if NOW - at < timedelta(days=2) else 0.01)
        outcome = None if waits else dice.choice(
            [CallbackOutcome.REACHED] * 9 + [CallbackOutcome.UNREACHABLE]
        )  # fmt: skip
        rated = outcome is CallbackOutcome.REACHED and dice.random() < 0.6
        done = None if waits else at + timedelta(hours=dice.randrange(1, 9))
        yield Callback(at, outcome, done, dice.choice((5, 5, 5, 4, 2)) if rated else None)


def _ratings(dice: random.Random, calls: list[Call]) -> Iterator[tuple[str, int, datetime | None]]:
    """Every fifth call's."""
    for call in calls[::5]:
        yield f"call:{call.call}", dice.choice((5,) * 15 + (4, 4, 4, 3, 1)), call.left_at


def _incidents(dice: random.Random, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        at = _some_instant(dice)
        until = at + timedelta(minutes=dice.randrange(5, 200))
        held = {"fault_class": FaultClassName.GENERAL.value, "since": at.isoformat(),
                "contract_version": 1}  # fmt: skip
        yield {
            "number": f"F-{number}", "day": f"{at:%Y%m%d}", "state": "closed", "detected_at": at,
            "acknowledged_at": at, "responded_at": at, "restored_at": until, "closed_at": until,
            "restored_by": None, "cleared": True, "fault_key": str(number), "classes": [held],
            "fault": {}, "reopened": 0, "merged_into": None, "version": 1,
        }  # fmt: skip


def _seat_changes(dice: random.Random, seats: Iterable[int]) -> Iterator[dict[str, object]]:
    """Each seat loses and regains its display every week or so."""
    found = []
    for seat in seats:
        found += [(START, seat, part, TerminalCondition.OK) for part in Part]
        for _ in range(45):
            at = _some_instant(dice)
            found.append((at, seat, Part.DISPLAY, TerminalCondition.BAD))
            found.append((at + timedelta(hours=2), seat, Part.DISPLAY, TerminalCondition.OK))
    for at, seat, part, condition in sorted(found, key=lambda change: change[0]):
        yield {"seat": seat, "part": part.value, "condition": condition.value, "at": at}
