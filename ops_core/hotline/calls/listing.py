"""Calls as lists show them: those going on, and pages of a filter. Who called is masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.days import bounds_of, today_at
from ops_core.hotline.calls.model import Call
from ops_core.hotline.calls.outcomes import (
    CallOutcome,
    is_abnormal,
    is_over,
    outcome_of,
    stored_outcome,
)
from ops_core.hotline.calls.people import is_channel
from ops_core.hotline.calls.read import CallCase, ImpactWindow, Position, Selection, StoredCall
from ops_core.kernel.errors import Invalid
from ops_core.kernel.written_instant import instant_written

_CUT = "~"


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line of the list. ``waited`` is None while it waits; ``caller`` is masked."""

    call: str
    entered_at: datetime
    queue: str
    outcome: CallOutcome
    is_abnormal: bool
    waited: timedelta | None
    answered_at: datetime | None
    left_at: datetime | None
    agent: str
    seat: int | None
    rung: int
    transfers: int
    caller: str
    orders: tuple[str, ...] = ()
    """Numbers of the orders that came of it."""
    is_taker_known: bool = True
    """Whether ``agent`` is a person; not where nobody was signed in at the seat of a channel."""


@dataclass(frozen=True, slots=True)
class CallsNow:
    """What goes on. ``heard_at``: when the telephone system last reported anything, None never."""

    as_of: datetime
    heard_at: datetime | None
    waiting: tuple[CallSummary, ...]
    talking: tuple[CallSummary, ...]
    today: Mapping[CallOutcome, int]
    """The day's calls by outcome; those that go on count as WAITING or ANSWERED."""

    @property
    def total(self) -> int:
        return sum(self.today.values())


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are listed. Without a day or an incident it is today's."""

    day: date | None = None
    outcome: CallOutcome | None = None
    queue: str | None = None
    seat: int | None = None
    agent: str | None = None
    abnormal: bool = False
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of the list; ``next`` is where the following one begins, None for the last."""

    calls: tuple[CallSummary, ...]
    next: str | None


def read_now(session: Session, site: Site, now: datetime) -> CallsNow:
    """Calls that wait and that are in progress, and the day's counts."""
    present = call_read.read_present(session, now)
    outcomes = call_read.outcomes_of_day(session, today_at(now, site).isoformat())
    return CallsNow(
        as_of=now,
        heard_at=call_read.heard_at(session, now),
        waiting=tuple(_anonymous(call, site, now) for call in present.waiting),
        talking=tuple(_anonymous(call, site, now) for call in present.talking),
        today={CallOutcome(outcome.value): count for outcome, count in outcomes.items()},
    )


def read_page(
    session: Session,
    site: Site,
    now: datetime,
    chosen: CallFilter,
    impact: ImpactWindow | None = None,
    after: str | None = None,
    limit: int = 100,
) -> CallPage:
    """A page of calls, the latest first; ``impact`` are those of the filter's incident.

    Raises :class:`ops_core.kernel.errors.Invalid` for a place in the list that is none.
    """
    selection = selection_of(site, chosen, impact, now)
    found = call_read.list_calls(session, selection, now, _position(after), limit + 1)
    shown = found[:limit]
    cases = call_read.cases_of_calls(session, [stored.call.call for stored in shown])
    calls = tuple(summary_of(s, cases.get(s.call.call, ()), site, now) for s in shown)
    return CallPage(calls, _place_after(shown[-1].call) if len(found) > limit else None)


def selection_of(
    site: Site, chosen: CallFilter, impact: ImpactWindow | None, now: datetime
) -> Selection:
    """The stored calls that a filter holds (pure)."""
    start: datetime | None = None
    end: datetime | None = None
    if chosen.day is not None or impact is None:
        day = chosen.day or today_at(now, site)
        start, end = bounds_of(day, site)
    return Selection(
        start=start,
        end=end,
        outcome=stored_outcome(chosen.outcome),
        is_over=is_over(chosen.outcome),
        queue=chosen.queue,
        seat=chosen.seat,
        agent=chosen.agent,
        abnormal_wait=longest_wait(site) if chosen.abnormal else None,
        unknown=chosen.outcome is CallOutcome.UNKNOWN,
        impact=impact,
    )


def summary_of(
    stored: StoredCall, cases: Sequence[CallCase], site: Site, now: datetime
) -> CallSummary:
    """The line of a call (pure)."""
    call = stored.call
    outcome = outcome_of(call, now)
    return CallSummary(
        call=call.call,
        entered_at=call.entered_at,
        queue=call.queue,
        outcome=outcome,
        is_abnormal=is_abnormal(call, outcome, longest_wait(site), now),
        waited=call.waited,
        answered_at=call.answered_at,
        left_at=call.left_at,
        agent=call.agent,
        seat=call.seat,
        rung=call.rung,
        transfers=call.transfers,
        caller=" ".join(filter(None, (stored.masked_number, stored.masked_name))),
        is_taker_known=not is_channel(call.agent),
        orders=tuple(case.order for case in cases if case.order is not None),
    )


def longest_wait(site: Site) -> timedelta:
    """A call that waits longer is abnormal."""
    return timedelta(seconds=site.hotline.abnormal.waiting_above_s)


def _anonymous(call: Call, site: Site, now: datetime) -> CallSummary:
    return summary_of(StoredCall(call, None, "", ""), (), site, now)


def _position(after: str | None) -> Position | None:
    if after is None:
        return None
    at, cut, call = after.partition(_CUT)
    entered_at = instant_written(at, None)
    if not cut or entered_at is None:
        raise Invalid("没有这一页", "", "请从第一页重新翻起。")
    return Position(entered_at, call)


def _place_after(call: Call) -> str:
    return f"{call.entered_at.isoformat()}{_CUT}{call.call}"
