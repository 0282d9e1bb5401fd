"""What screens and programs read of reports: the calendar by what is to be done, and one report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.obligations.calendar import obligations
from ops_core.obligations.deadlines import ReportDeadline, ReportTiming, read_report_deadline
from ops_core.obligations.model import (
    OwedReport,
    ReportEvent,
    ReportState,
    apply_report_event,
    first_report_break,
    next_report_event,
    owed_detail,
)
from ops_core.obligations.model import ReportStep as Step
from ops_core.obligations.store import events_of_report, find_report, report_of
from ops_core.obligations.tables import ReportRow

PAGE = 100


class ReportTab(StrEnum):
    """待办, 即将到期, 已逾期, 待签收, 全部."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    ALL = "all"


_OPEN = (ReportState.OWED, ReportState.DRAFTED, ReportState.REVIEWED, ReportState.RETURNED)


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report and its deadline."""

    report: OwedReport
    deadline: ReportDeadline


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """Everything known of a report; ``broken_at`` is the link at which its chain is broken."""

    listed: ListedReport
    history: tuple[ReportEvent, ...]
    broken_at: int | None


def list_reports(
    session: Session, site: Site, now: datetime, tab: ReportTab = ReportTab.OPEN, limit: int = PAGE
) -> list[ListedReport]:
    """Reports of a tab: what is due first first, all of them the latest first.

    One that the calendar owes and nobody has put on record yet is among them all the same.
    """
    query = select(ReportRow).order_by(ReportRow.owed_at.desc(), ReportRow.key.desc())
    if tab is ReportTab.SUBMITTED:
        query = query.where(ReportRow.state == ReportState.SUBMITTED.value)
    elif tab is not ReportTab.ALL:
        states = (*_OPEN, ReportState.SUBMITTED)
        query = query.where(ReportRow.state.in_([state.value for state in states]))
    stored = [report_of(row) for row in session.scalars(query)]
    if tab is not ReportTab.SUBMITTED:
        stored += _unrecorded(session, site, now)
    listed = [_listed(report, site, now) for report in stored]
    kept = [one for one in listed if _is_in(one, tab)]
    if tab is ReportTab.ALL:
        kept.sort(key=lambda one: (one.report.owed_at, one.report.key), reverse=True)
    else:
        kept.sort(key=lambda one: (one.deadline.due_at or one.report.owed_at, one.report.key))
    return kept[:limit]


def count_reports(session: Session, site: Site, now: datetime) -> dict[ReportTab, int]:
    """How many reports every tab holds."""
    listed = list_reports(session, site, now, ReportTab.ALL, limit=1_000_000)
    return {tab: sum(_is_in(one, tab) for one in listed) for tab in ReportTab}


def read_report(session: Session, site: Site, key: str, now: datetime) -> ReportRecord:
    """One report with its history; without one where it is owed and not recorded yet.

    Raises NotFound.
    """
    waiting = {one.key: one for one in _unrecorded(session, site, now)}
    if key in waiting:
        return ReportRecord(_listed(waiting[key], site, now), (), None)
    report = find_report(session, key)
    events = events_of_report(session, key)
    return ReportRecord(_listed(report, site, now), tuple(events), first_report_break(events))


def has_unrecorded(session: Session, site: Site, now: datetime) -> bool:
    """Whether the calendar owes a report by now that nobody has put on record."""
    return bool(_unrecorded(session, site, now))


def _is_in(one: ListedReport, tab: ReportTab) -> bool:
    match tab:
        case ReportTab.OPEN:
            return one.report.state in _OPEN
        case ReportTab.DUE_SOON:
            return one.deadline.timing is ReportTiming.DUE_SOON
        case ReportTab.OVERDUE:
            return one.deadline.timing is ReportTiming.OVERDUE
        case ReportTab.SUBMITTED:
            return one.report.state is ReportState.SUBMITTED
        case ReportTab.ALL:
            return True


def _listed(report: OwedReport, site: Site, now: datetime) -> ListedReport:
    zone = ZoneInfo(site.contract.timezone)
    return ListedReport(report, read_report_deadline(report, site.calendar, zone, now))


def _unrecorded(session: Session, site: Site, now: datetime) -> Sequence[OwedReport]:
    return unrecorded_reports(set(session.scalars(select(ReportRow.key))), site, now)


def unrecorded_reports(known: set[str], site: Site, now: datetime) -> Sequence[OwedReport]:
    """Reports that are owed by the calendar and that nobody put on record (pure)."""
    zone = ZoneInfo(site.contract.timezone)
    found = []
    for one in obligations(site.report_duties.values(), now, zone):
        if one.key in known:
            continue
        duty = one.duty
        detail = owed_detail(duty.name, one.label, one.start, one.owed_at, duty.due, duty.assessed)
        event = next_report_event(None, one.key, Step.OWE, "", one.owed_at, one.owed_at, detail)
        found.append(apply_report_event(None, event))
    return found
