"""Sums of calls by local day: where a call is counted, and the sums as the calls give them."""

from collections import defaultdict
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.calls.model import Call
from ops_core.hotline.calls.tables import CallRow


def tally_key(call: Call, zone: ZoneInfo) -> tuple[str, str, bool]:
    """Day, outcome and whether a seat was offered it: where a call is tallied."""
    offered = call.rung > 0 or call.answered_at is not None
    return f"{call.entered_at.astimezone(zone):%Y-%m-%d}", call.outcome.value, offered


def recount(session: Session, zone: ZoneInfo) -> dict[tuple[str, str, bool], int]:
    """The tallies as the calls themselves give them, to be held against the stored ones."""
    found: dict[tuple[str, str, bool], int] = defaultdict(int)
    row = CallRow
    statement = select(row.entered_at, row.outcome, row.rung, row.answered_at)
    for entered, outcome, rung, answered in session.execute(
        statement.execution_options(yield_per=5000)
    ):
        offered = rung > 0 or answered is not None
        found[f"{entered.astimezone(zone):%Y-%m-%d}", outcome, offered] += 1
    return dict(found)
