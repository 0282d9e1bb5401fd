"""Reports for readers: words of their deadlines, and as JSON."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from pydantic import BaseModel

from ops_core.kernel.i18n import Message, message
from ops_core.obligations.deadlines import ReportTiming
from ops_core.obligations.model import ReportState, ReportStep
from ops_core.obligations.read import ListedReport, ReportTab
from ops_core.obligations.service import DeliveryMeans

TIMING_WORDS: Mapping[ReportTiming, Message] = MappingProxyType(
    {
        ReportTiming.RUNNING: message("时限内"),
        ReportTiming.DUE_SOON: message("即将到期"),
        ReportTiming.OVERDUE: message("已逾期"),
        ReportTiming.UNKNOWN: message("时限未知：该年度尚无工作日历"),
        ReportTiming.ENDED: message("已了结"),
    }
)
REPORT_TAB_WORDS: Mapping[ReportTab, Message] = MappingProxyType(
    {
        ReportTab.OPEN: message("待办"),
        ReportTab.DUE_SOON: message("即将到期"),
        ReportTab.OVERDUE: message("已逾期"),
        ReportTab.SUBMITTED: message("待签收"),
        ReportTab.ALL: message("全部"),
    }
)
REPORT_EMPTY_WORDS: Mapping[ReportTab, Message] = MappingProxyType(
    {
        ReportTab.OPEN: message("没有待办的报告"),
        ReportTab.DUE_SOON: message("没有即将到期的报告"),
        ReportTab.OVERDUE: message("没有逾期的报告"),
        ReportTab.SUBMITTED: message("没有待签收的报告"),
        ReportTab.ALL: message("还没有应报的报告"),
    }
)
MEANS_WORDS: Mapping[DeliveryMeans, Message] = MappingProxyType(
    {
        DeliveryMeans.NETWORK: message("政务外网"),
        DeliveryMeans.MAIL: message("电子邮件"),
        DeliveryMeans.PAPER: message("纸质"),
        DeliveryMeans.IN_PERSON: message("当面"),
    }
)
TEXT_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "summary": message("综述"),
        "cases": message("典型案例"),
        "suggestions": message("工作建议"),
    }
)


class ReportModel(BaseModel):
    """A report and its deadline; ``due_at`` is null where no calendar of a year is published."""

    key: str
    duty: str
    label: str
    subject: str
    start: datetime
    owed_at: datetime
    due_at: datetime | None
    timing: ReportTiming
    state: ReportState
    version: int
    revision: int
    snapshot: str
    submitted_at: datetime | None
    whole_at: datetime | None
    files: dict[str, str]
    allowed: list[ReportStep]


def report_model(one: ListedReport) -> ReportModel:
    """The report as programs read it."""
    report = one.report
    return ReportModel(
        key=report.key,
        duty=report.duty,
        label=report.label,
        subject=report.subject,
        start=report.start,
        owed_at=report.owed_at,
        due_at=one.deadline.due_at,
        timing=one.deadline.timing,
        state=report.state,
        version=report.version,
        revision=report.revision,
        snapshot=report.snapshot,
        submitted_at=report.submitted_at,
        whole_at=report.whole_at,
        files=dict(report.files),
        allowed=list(report.allowed),
    )
