"""Where a report stands against its deadline, at an instant (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ops_core.kernel.working_days import WorkCalendar
from ops_core.obligations.calendar import due_at
from ops_core.obligations.model import OwedReport, ReportState

SOON = timedelta(hours=48)
"""A report that nobody has received is due soon within this."""
_ENDED = frozenset({ReportState.RECEIVED, ReportState.WAIVED})


class ReportTiming(StrEnum):
    """时限内, 即将到期, 已逾期, 时限未知, 已了结."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ReportDeadline:
    """``due_at`` is None where the working calendar of a year is unpublished."""

    due_at: datetime | None
    timing: ReportTiming


def read_report_deadline(
    report: OwedReport, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> ReportDeadline:
    """A report that was submitted in time waits for its receipt and is not overdue."""
    due = due_at(report.rule, report.owed_at, calendar, zone)
    if report.state in _ENDED:
        return ReportDeadline(due, ReportTiming.ENDED)
    if due is None:
        return ReportDeadline(None, ReportTiming.UNKNOWN)
    waits = report.state is ReportState.SUBMITTED and report.submitted_at is not None
    if now > due and not (waits and report.submitted_at and report.submitted_at <= due):
        return ReportDeadline(due, ReportTiming.OVERDUE)
    if due - now <= SOON and not waits:
        return ReportDeadline(due, ReportTiming.DUE_SOON)
    return ReportDeadline(due, ReportTiming.RUNNING)
