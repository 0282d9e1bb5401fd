"""Indicators 2 and 3 by aggregates equal the judgements of every record, on both databases."""

import random
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.recount import store_recount
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import Database
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, tally
from ops_core.kpi.judging.web_orders import WebOrder, judge_web_order
from ops_core.kpi.periods import Period, month_named
from ops_core.kpi.read import read_figure, read_page
from ops_core.kpi.records import Record, Show
from tests.ops_core_kpi.stored import SHANGHAI, Callback, store, store_orders

FIRST = datetime(2026, 9, 17, tzinfo=SHANGHAI)
NOW = datetime(2026, 10, 12, 9, 30, tzinfo=SHANGHAI)
ORDERS = 260
EXACT = timedelta(hours=24)


def fill(session: Session, dice: random.Random) -> list[WebOrder]:
    """Orders around National Day: answered at once, after exactly a day, late, or not yet."""
    called = [Callback(FIRST, CallbackOutcome.REACHED, FIRST)]
    numbers = [f"W-{n:04d}" for n in range(ORDERS)]
    store_orders(session, [(number, 1, called) for number in numbers])
    second = timedelta(seconds=1)
    spans = (timedelta(minutes=5), EXACT - second, EXACT, EXACT + second, timedelta(days=3),
             timedelta(days=12))  # fmt: skip
    orders = []
    for number in numbers:
        received = FIRST + timedelta(days=dice.randrange(25), seconds=dice.choice((0, 1, 86_399)))
        answered = None if dice.random() < 0.2 else received + dice.choice(spans)
        appeal = f"J-{number}" if dice.random() < 0.1 else ""
        orders.append(WebOrder(number, received, answered, appeal=appeal))
        case = update(CaseRow).where(CaseRow.number == f"C-{number}")
        session.execute(case.values(received_at=received))
        row = update(WorkOrderRow).where(WorkOrderRow.number == number)
        returns = dice.choice((0, 0, 0, 1, 2))
        session.execute(
            row.values(answered_at=answered, first_dispatched_at=received, returns=returns)
        )
    store(session, AdjudicationRow, (_appeal(order) for order in orders if order.appeal))
    store_recount(session)
    return orders


def _appeal(order: WebOrder) -> dict[str, object]:
    plain = dict.fromkeys(("text", "nature", "call", "person", "decided_by", "decision"), "x")
    return plain | {
        "number": order.appeal, "kind": "appeal", "subject": order.number, "state": "upheld",
        "version": 2, "occurred_at": FIRST, "level": None, "order": order.number, "parties": [],
        "submitted_by": "x", "submitted_at": FIRST, "cause": None, "decided_at": FIRST,
    }  # fmt: skip


def every_record(
    session: Session, site: Site, number: int, period: Period, show: Show
) -> list[Record]:
    found: list[Record] = []
    after: Cursor | None = None
    while True:
        page = read_page(session, site, number, period, NOW, show, after)
        found += page.records
        if page.following is None:
            return found
        after = page.following


def test_what_is_counted_is_what_is_judged_and_shown(site: Site, database: Database) -> None:
    with database.transaction() as session:
        orders = fill(session, random.Random(7))
    with database.reading() as session:
        for label in ("2026-09", "2026-10"):
            period = month_named(label, site.contract)
            judged = tally(
                judge_web_order(order, period, site.calendar, SHANGHAI, NOW)
                for order in orders
                if period.holds(order.received_at)
            )
            assert read_figure(session, site, 2, period, NOW).counts == judged
            for number in (2, 3):
                counts = read_figure(session, site, number, period, NOW).counts
                for show in Show:
                    shown = every_record(session, site, number, period, show)
                    expected = Counts.of(
                        (j, n) for j, n in counts.by_judgement if show.accepts(j.verdict)
                    )
                    assert tally(record.judgement for record in shown) == expected, (label, show)
                    keys = [record.cursor for record in shown]
                    assert len(set(keys)) == len(keys)
