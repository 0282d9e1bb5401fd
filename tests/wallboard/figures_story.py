"""Records behind the five indicators, straight in the tables: some of each kind of judgement."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.calls.tables import CallTallyRow
from ops_core.kernel.database import Database
from seat_assets.tables import SeatChangeRow, SeatWatchRow
from tests.ops_core_kpi.stored import (
    SHANGHAI,
    Callback,
    store_calls,
    store_orders,
    store_ratings,
)

ABANDONED_CALL = "1763879528.4711"
LATE_ORDER = "W-20261120-00017"
PAST_TALLIES = {
    (Outcome.ANSWERED, True): 301_122,
    (Outcome.ABANDONED, True): 1_777,
    (Outcome.ABANDONED, False): 4_996,
    (Outcome.WAITING, False): 3,
}
"""Sums of an earlier day, so that a year of calls needs no 300,000 rows."""
SEATS, DARK = 72, 37


def tell_figures(database: Database, now: datetime) -> None:
    """301,224 of 307,998 calls answered; 48 of 50 orders called back; 27 of 28 content; 71 of 72
    terminals in order since last year."""
    month = now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earlier = month - timedelta(days=10)
    with database.transaction() as session:
        _calls(session, now, earlier)
        _callbacks(session, max(now - timedelta(days=12), month), now)
        _terminals(session, now)


def _calls(session: Session, now: datetime, earlier: datetime) -> None:
    day = f"{earlier - timedelta(days=1):%Y-%m-%d}"
    session.add_all(
        CallTallyRow(day=day, outcome=outcome.value, offered=offered, count=count)
        for (outcome, offered), count in PAST_TALLIES.items()
    )
    before = [_answered(number, earlier) for number in range(101)]
    today = now - timedelta(hours=5)
    lost = Call(ABANDONED_CALL, today, "citizen", Outcome.ABANDONED, None, today, "", None, 0, 0)
    taken = Call("1763879528.4712", today, "citizen", Outcome.ANSWERED, today, today, "lin.yi", 37,
                 1, 0)  # fmt: skip
    store_calls(session, [*before, lost, taken])


def _answered(number: int, at: datetime) -> Call:
    return Call(f"e-{number}", at, "citizen", Outcome.ANSWERED, at, at, "lin.yi", 12, 1, 0)


def _callbacks(session: Session, completed: datetime, now: datetime) -> None:
    done = Callback(completed, CallbackOutcome.REACHED, completed + timedelta(hours=1))
    orders = [(f"W-20261101-{number:05d}", 1, [done]) for number in range(48)]
    late = [(number, 1, [Callback(completed)]) for number in (LATE_ORDER, "W-20261120-00018")]
    store_orders(session, [*orders, *late, ("W-20261123-90001", 5, [Callback(now)])])
    store_ratings(session, ((f"call:r-{n}", 2 if n == 0 else 5, completed) for n in range(28)))


def _terminals(session: Session, now: datetime) -> None:
    since = now - timedelta(days=400)
    session.add_all(
        SeatChangeRow(
            seat=seat, part=part, at=since,
            condition="bad" if (seat, part) == (DARK, "display") else "ok",
        )
        for seat in range(1, SEATS + 1)
        for part in ("host", "display")
    )  # fmt: skip
    session.add(SeatWatchRow(name="terminals", last_at=now))
