"""Calls, orders, callbacks and ratings put straight into the tables, as many as wanted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.model import Call
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import tally_key
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.recount import store_recount
from ops_core.hotline.orders.tables import WorkOrderRow

SHANGHAI = ZoneInfo("Asia/Shanghai")
LOT = 10_000


@dataclass(frozen=True, slots=True)
class Callback:
    """The callback of one completed cycle; ``attitude`` only where somebody was reached."""

    completed_at: datetime
    outcome: CallbackOutcome | None = None
    done_at: datetime | None = None
    attitude: int | None = None


def store(session: Session, table: Any, rows: Iterable[dict[str, object]]) -> None:
    lot: list[dict[str, object]] = []
    for row in rows:
        lot.append(row)
        if len(lot) == LOT:
            session.execute(insert(table), lot)
            lot = []
    if lot:
        session.execute(insert(table), lot)


def store_calls(session: Session, calls: Iterable[Call]) -> None:
    """The calls with their day sums, counted by the product's own key."""
    sums: Counter[tuple[str, str, bool]] = Counter()

    def rows() -> Iterable[dict[str, object]]:
        for call in calls:
            sums[tally_key(call, SHANGHAI)] += 1
            yield {
                "call": call.call,
                "entered_at": call.entered_at,
                "queue": call.queue,
                "outcome": call.outcome.value,
                "answered_at": call.answered_at,
                "left_at": call.left_at,
                "agent": call.agent,
                "seat": call.seat,
                "rung": call.rung,
                "transfers": call.transfers,
                "requester_id": None,
            }

    store(session, CallRow, rows())
    store(
        session,
        CallTallyRow,
        (
            {"day": day, "outcome": outcome, "offered": offered, "count": count}
            for (day, outcome, offered), count in sums.items()
        ),
    )


def store_orders(
    session: Session, orders: Sequence[tuple[str, int, Sequence[Callback]]], *, running: int = 0
) -> None:
    """(number, working days, callbacks of its cycles) of orders.

    The first ``running`` of them were taken up again after their last callback.
    """
    at = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    store(session, CaseRow, (_case(number, at) for number, _, _ in orders))
    store(
        session,
        WorkOrderRow,
        (
            _order(number, within, callbacks, at, again=n < running)
            for n, (number, within, callbacks) in enumerate(orders)
        ),
    )
    store(
        session,
        CallbackTaskRow,
        (
            _task(number, cycle, callback, again=n < running or cycle < len(callbacks))
            for n, (number, _, callbacks) in enumerate(orders)
            for cycle, callback in enumerate(callbacks, start=1)
        ),
    )
    store_ratings(
        session,
        (
            (f"callback:{number}/{cycle}", callback.attitude, callback.done_at)
            for number, _, callbacks in orders
            for cycle, callback in enumerate(callbacks, start=1)
            if callback.attitude is not None
        ),
    )
    store_recount(session)


def store_ratings(session: Session, ratings: Iterable[tuple[str, int, datetime | None]]) -> None:
    rows = ({"subject": s, "score": score, "at": at, "agent": "a"} for s, score, at in ratings)
    store(session, AttitudeRatingRow, rows)
    store_recount(session)


def _case(number: str, at: datetime) -> dict[str, object]:
    plain = dict.fromkeys(
        ("category", "region", "title", "text", "direct_answer", "recorded_by", "content_hash"),
        "x",
    )
    return plain | {
        "kind": "complaint", "number": f"C-{number}", "day": "20260101", "channel": "web",
        "source_org": "web",
        "source_ref": number, "received_at": at, "requester_id": None, "call": None,
    }  # fmt: skip


def _order(
    number: str, within: int, callbacks: Sequence[Callback], at: datetime, *, again: bool
) -> dict[str, object]:
    plain = dict.fromkeys(
        ("category", "region", "title", "last_hash", "unit", "dispatcher", "objector", "replier"),
        "x",
    )
    return plain | {
        "kind": "complaint",
        "number": number,
        "case_number": f"C-{number}",
        "state": "accepted" if again else "completed",
        "cycle": len(callbacks) + again,
        "version": 5,
        "accepted_at": at,
        "last_at": callbacks[-1].completed_at,
        "dispatched_at": None,
        "signed_at": None,
        "replied_at": None,
        "approved_at": None,
        "completed_at": None if again else callbacks[-1].completed_at,
        "returns": 0,
        "policy_version": 1,
        "sign_within": 1,
        "handle_within": 3,
        "callback_within": within,
    }


def _task(number: str, cycle: int, callback: Callback, *, again: bool) -> dict[str, object]:
    open_state = "withdrawn" if again else "open"
    return {
        "order": number,
        "cycle": cycle,
        "state": open_state if callback.outcome is None else "done",
        "opened_at": callback.completed_at,
        "assignee": "",
        "outcome": callback.outcome and callback.outcome.value,
        "resolved": None,
        "result_score": None,
        "attitude_score": callback.attitude,
        "remark": "",
        "done_at": callback.done_at,
        "version": 1,
    }
