"""The lists of assessment: indicators, months, adjudications, exemptions, reports, documents."""

from collections.abc import Sequence

from ops_core.hotline.adjudications.kinds import CAUSE_WORDS, KIND_WORDS, AdjudicationKind
from ops_core.hotline.adjudications.model import STATE_WORDS, Adjudication, AdjudicationState
from ops_core.hotline.adjudications.read import AdjudicationFilter, list_adjudications
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from ops_core.kpi.assessment.exemption_store import ExemptionFilter, list_exemptions
from ops_core.kpi.assessment.exemptions import Exemption, ExemptionState
from ops_core.kpi.assessment.month import AssessmentRow, read_month
from ops_core.kpi.assessment.periods import state_at
from ops_core.kpi.assessment.words import missing_word, period_state_word
from ops_core.kpi.figures import Figure
from ops_core.kpi.overview import IndicatorRow, read_overview
from ops_core.kpi.words import goal, share_words, value_words
from ops_core.obligations.model import REPORT_STATE_WORDS
from ops_core.obligations.read import ListedReport, ReportTab, list_reports
from ops_core.registers.read import DocumentInEffect, documents_in_effect
from ops_core.registers.service import zone_of
from ops_core.reports.words import TIMING_WORDS
from wallboard.assessment.exemptions import state_word
from wallboard.lists.cells import Cell, Named
from wallboard.lists.model import MOST_ROWS, Asking, ListColumn, ListTable, all_pages


def _value(figure: Figure, asking: Asking) -> Cell:
    value = figure.value
    exact = None if value is None or figure.is_unproven else float(value)
    return Named(exact, value_words(figure, asking.gettext))


def _indicators(asking: Asking) -> Sequence[IndicatorRow]:
    seen = asking.seen
    return read_overview(seen.session, seen.site, seen.now, asking.asked.get("month", "")).rows


INDICATORS = ListTable(
    "indicators", "/indicators", (Permission.SEE_INDICATORS,),
    (
        ListColumn("number", message("编号"),
            lambda one, _: one.month.indicator.number),
        ListColumn("indicator", message("指标"),
            lambda one, by: by.title(one.month.indicator.title.zh, one.month.indicator.title)),
        ListColumn("target", message("目标"), lambda one, _: goal(one.month)),
        ListColumn("month", message("本月"), lambda one, by: _value(one.month, by)),
        ListColumn("month_share", message("本月分数"),
            lambda one, _: share_words(one.month)),
        ListColumn("year", message("合同年累计"),
            lambda one, by: _value(one.year, by)),
        ListColumn("year_share", message("合同年分数"),
            lambda one, _: share_words(one.year)),
    ),
    _indicators,
)  # fmt: skip


def _assessed(asking: Asking) -> Sequence[AssessmentRow]:
    seen = asking.seen
    return read_month(seen.session, seen.site, seen.now, asking.asked.get("month", "")).rows


def _period_state(one: AssessmentRow, asking: Asking) -> Cell:
    state = state_at(one.period, asking.seen.now)
    return Named(state, period_state_word(state, asking.gettext))


def _missing(one: AssessmentRow, asking: Asking) -> str:
    return "；".join(missing_word(lack, asking.gettext) for lack in one.missing)


ASSESSMENT = ListTable(
    "assessment", "/assessment", (Permission.SEE_INDICATORS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.indicator.number),
        ListColumn("indicator", message("指标"),
            lambda one, by: by.title(one.indicator.title.zh, one.indicator.title)),
        ListColumn("target", message("目标"), lambda one, _: goal(one.figure)),
        ListColumn("month", message("本月"), lambda one, by: _value(one.month, by)),
        ListColumn("month_share", message("本月分数"),
            lambda one, _: share_words(one.month)),
        ListColumn("raw", message("剔除前"),
            lambda one, by: one.month.raw and _value(one.month.raw, by)),
        ListColumn("assessed", message("考核期"),
            lambda one, by: _value(one.figure, by)),
        ListColumn("state", message("状态"), _period_state),
        ListColumn("missing", message("尚缺"), _missing),
        ListColumn("sealed", message("封存值"),
            lambda one, _: one.sealed and one.sealed.display),
    ),
    _assessed,
)  # fmt: skip


def _matters(asking: Asking) -> Sequence[Adjudication]:
    kind = asking.choice("kind", AdjudicationKind) or AdjudicationKind.RETURN
    state, query = asking.choice("state", AdjudicationState), asking.asked.get("q", "")

    def page(after: str) -> tuple[Sequence[Adjudication], str | None]:
        found = list_adjudications(
            asking.seen.session, AdjudicationFilter(kind, state, query, after)
        )
        return found.matters, found.after

    return all_pages(page)


ADJUDICATIONS = ListTable(
    "adjudications", "/adjudications", (Permission.SEE_ADJUDICATIONS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("kind", message("类型"),
            lambda one, by: by.word(one.submission.kind, KIND_WORDS)),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, STATE_WORDS)),
        ListColumn("cause", message("原因"),
            lambda one, by: by.word(one.cause, CAUSE_WORDS)),
        ListColumn("subject", message("对象"), lambda one, _: one.submission.subject),
        ListColumn("text", message("情况"), lambda one, _: one.submission.text),
        ListColumn("occurred_at", message("发生"),
            lambda one, _: one.submission.occurred_at),
        ListColumn("submitted_by", message("提交"),
            lambda one, by: by.person(one.submitted_by)),
        ListColumn("decided_by", message("认定人"),
            lambda one, by: by.person(one.decided_by)),
        ListColumn("decided_at", message("认定时间"), lambda one, _: one.decided_at),
    ),
    _matters,
)  # fmt: skip


def _exemptions(asking: Asking) -> Sequence[Exemption]:
    chosen = ExemptionFilter(asking.choice("state", ExemptionState))
    return list_exemptions(asking.seen.session, chosen, MOST_ROWS + 1)


EXEMPTIONS = ListTable(
    "exemptions", "/exemptions", (Permission.SEE_INDICATORS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("state", message("状态"),
            lambda one, by: Named(one.state, state_word(one.state, by.gettext))),
        ListColumn("indicators", message("指标"),
            lambda one, _: " ".join(str(n) for n in one.request.indicators)),
        ListColumn("record", message("记录"), lambda one, _: one.request.record),
        ListColumn("start", message("起"), lambda one, _: one.request.start),
        ListColumn("end", message("止"), lambda one, _: one.request.end),
        ListColumn("reason", message("理由"), lambda one, _: one.request.reason),
        ListColumn("evidence", message("依据"), lambda one, _: one.request.evidence),
        ListColumn("requested_by", message("申请人"),
            lambda one, by: by.person(one.requested_by)),
        ListColumn("requested_at", message("申请时间"),
            lambda one, _: one.requested_at),
        ListColumn("decided_by", message("审批"),
            lambda one, by: by.person(one.decided_by)),
        ListColumn("decided_at", message("审批时间"), lambda one, _: one.decided_at),
        ListColumn("decided_text", message("审批意见"),
            lambda one, _: one.decided_text),
    ),
    _exemptions,
)  # fmt: skip


def _reports(asking: Asking) -> Sequence[ListedReport]:
    tab = asking.choice("tab", ReportTab) or ReportTab.OPEN
    seen = asking.seen
    return list_reports(seen.session, seen.site, seen.now, tab, MOST_ROWS + 1)


def _report(one: ListedReport, asking: Asking) -> Cell:
    duty = asking.site.report_duties.get(one.report.duty)
    if one.report.subject or duty is None:
        return one.report.subject or one.report.duty
    return asking.title(duty.name, duty.title)


REPORTS = ListTable(
    "reports", "/reports", (Permission.SEE_REPORTS,),
    (
        ListColumn("key", message("编号"), lambda one, _: one.report.key),
        ListColumn("report", message("报告"), _report),
        ListColumn("period", message("期间"), lambda one, _: one.report.label),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.report.state, REPORT_STATE_WORDS)),
        ListColumn("owed_at", message("应报"), lambda one, _: one.report.owed_at),
        ListColumn("due_at", message("到期"), lambda one, _: one.deadline.due_at),
        ListColumn("timing", message("时限"),
            lambda one, by: by.word(one.deadline.timing, TIMING_WORDS)),
    ),
    _reports,
)  # fmt: skip


def _documents(asking: Asking) -> Sequence[DocumentInEffect]:
    local = asking.seen.now.astimezone(zone_of(asking.site))
    return documents_in_effect(asking.seen.session, asking.reader.signed_in.name, local)


def _field(name: str) -> ListColumn[DocumentInEffect]:
    heads = {
        "code": message("文件编号"),
        "edition": message("版次"),
        "effective_on": message("生效日期"),
    }
    return ListColumn(name, heads[name], lambda one, _: str(one.item.fields.get(name, "")))


LIBRARY = ListTable(
    "library", "/library", (Permission.ACKNOWLEDGE_DOCUMENTS, Permission.SEE_REGISTERS),
    (
        ListColumn("number", message("编号"), lambda one, _: one.item.number),
        _field("code"),
        ListColumn("title", message("名称"), lambda one, _: one.item.title),
        _field("edition"),
        _field("effective_on"),
        ListColumn("acknowledged", message("已签阅"),
            lambda one, _: one.rate.acknowledged),
        ListColumn("staff", message("应签阅"), lambda one, _: one.rate.staff),
        ListColumn("acknowledged_at", message("本人签阅"),
            lambda one, _: one.acknowledged_at),
    ),
    _documents,
)  # fmt: skip
