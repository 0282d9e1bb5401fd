"""Freezes the data of a report: what is stored, counted once, at one instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from device_configs.site.reporting import ReportDuty, ReportTopic
from incident.store import CLASSES
from incident.tables import IncidentRow
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.words import CHANNEL_WORDS, KIND_WORDS
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow
from ops_core.kpi.figures import Figure
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.ratios import show_percent
from ops_core.kpi.read import indicators_of, read_figure
from ops_core.kpi.secondary import SecondaryKind
from ops_core.kpi.words import goal
from ops_core.obligations.model import OwedReport
from ops_core.reports.comparing import Bounds, compared_periods
from ops_core.reports.matters import (
    MatterCount,
    chapters_of,
    counted_by,
    hot_matters,
    is_classified,
    region_title,
    total_of,
    unit_title,
)
from ops_core.reports.snapshot import (
    DASH,
    UNCLASSIFIED_SHOWN,
    CountedShare,
    Handling,
    IndicatorLine,
    ReportSnapshot,
    UnitHandling,
    compare,
    shares,
    show_share,
)

_MET = {True: "达标", False: "未达标", None: DASH}


@dataclass(frozen=True, slots=True)
class _Gathering:
    """One reading of the database for one report."""

    session: Session
    site: Site
    report: OwedReport
    duty: ReportDuty
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def about(self) -> list[ColumnElement[bool]]:
        """What a topic's report is confined to."""
        topic = self.duty.topic or ReportTopic()
        chosen = (
            (CaseRow.category, topic.categories),
            (CaseRow.kind, tuple(kind.value for kind in topic.kinds)),
            (CaseRow.region, topic.regions),
        )
        return [column.in_(names) for column, names in chosen if names]

    def matters(self, bounds: Bounds) -> list[MatterCount]:
        start, end = bounds
        columns = (CaseRow.channel, CaseRow.kind, CaseRow.category, CaseRow.region)
        rows = self.session.execute(
            select(*columns, func.count())
            .where(CaseRow.received_at >= start, CaseRow.received_at < end, *self.about())
            .group_by(*columns)
        )
        return [MatterCount(*row) for row in rows]

    def unclassified(self, bounds: Bounds) -> tuple[list[str], int]:
        """Numbers of the first requests that no chapter takes, and how many there are."""
        start, end = bounds
        rows = self.session.execute(
            select(CaseRow.number, CaseRow.category, CaseRow.kind)
            .where(CaseRow.received_at >= start, CaseRow.received_at < end, *self.about())
            .order_by(CaseRow.number)
        )
        found = [n for n, category, kind in rows if not is_classified(category, kind, self.site)]
        return found[:UNCLASSIFIED_SHOWN], len(found)

    def units(self, bounds: Bounds) -> tuple[UnitHandling, ...]:
        start, end = bounds
        order = WorkOrderRow
        rows = self.session.execute(
            select(order.unit, func.count(), func.count(order.signed_at),
                   func.count(order.completed_at), func.count().filter(order.returns > 0))
            .join(CaseRow, CaseRow.number == order.case_number)
            .where(order.dispatched_at >= start, order.dispatched_at < end, *self.about())
            .group_by(order.unit)
        )  # fmt: skip
        found = (UnitHandling(title=unit_title(unit, self.site), dispatched=dispatched,
                              signed=signed, completed=completed, returned=returned)
                 for unit, dispatched, signed, completed, returned in rows)  # fmt: skip
        return tuple(sorted(found, key=lambda one: (-one.dispatched, one.title)))

    def satisfaction(self, bounds: Bounds) -> tuple[int, int]:
        """Of callbacks made in the period: who answered on the result, and who is satisfied."""
        start, end = bounds
        task, order = CallbackTaskRow, WorkOrderRow
        satisfied = task.result_score.in_(self.site.hotline.satisfaction.satisfied)
        asked, pleased = self.session.execute(
            select(func.count(task.result_score), func.count().filter(satisfied))
            .join(order, order.number == task.order)
            .join(CaseRow, CaseRow.number == order.case_number)
            .where(task.done_at >= start, task.done_at < end, *self.about())
        ).one()  # fmt: skip
        return asked, pleased

    def handling(self, bounds: Bounds, units: Sequence[UnitHandling]) -> Handling:
        asked, satisfied = self.satisfaction(bounds)
        dispatched = sum(one.dispatched for one in units)
        signed, completed = sum(one.signed for one in units), sum(one.completed for one in units)
        return Handling(
            dispatched=dispatched,
            signed=signed,
            signed_share=show_share(signed, dispatched),
            completed=completed,
            completed_share=show_share(completed, dispatched),
            returned=sum(one.returned for one in units),
            asked=asked,
            satisfied=satisfied,
            satisfied_share=show_share(satisfied, asked),
        )

    def indicators(self, bounds: Bounds) -> tuple[IndicatorLine, ...]:
        """Every indicator over the report's own period: a source reads nothing but its bounds."""
        period = Period(PeriodKind.MONTH, self.report.label, *bounds)
        figures = (
            read_figure(self.session, self.site, one.number, period, self.now)
            for one in indicators_of(self.site)
        )
        return tuple(_indicator_line(figure) for figure in figures)

    def faults(self, bounds: Bounds) -> tuple[tuple[CountedShare, ...], int]:
        """Incidents by the last class of each, those merged into others apart."""
        start, end = bounds
        row = IncidentRow
        found = self.session.execute(
            select(row.classes, row.restored_at)
            .where(row.detected_at >= start, row.detected_at < end, row.merged_into.is_(None))
        ).all()  # fmt: skip
        titles = {one.name: one.title.zh for one in self.site.contract.fault_classes}
        counted = Counter(
            titles[CLASSES.validate_python(classes)[-1].fault_class] for classes, _ in found
        )
        return shares(list(counted.items())), sum(at is not None for _, at in found)


def take_snapshot(
    session: Session, site: Site, report: OwedReport, now: datetime
) -> ReportSnapshot:
    """All the data of a report as they are now. Raises Conflict for a duty declared no more."""
    duty = site.report_duties.get(report.duty)
    if duty is None:
        raise Conflict(
            "报告种类已不再登记",
            message("报告种类 {name} 不在 inventory/reports.yml 中。", name=report.duty),
            "请恢复登记后再拟稿。",
        )
    one = _Gathering(session, site, report, duty, now)
    periods = compared_periods(duty.frequency, report.start, report.owed_at, one.zone)
    bounds = periods.now
    matters, before = one.matters(bounds), one.matters(periods.previous)
    year_before = None if periods.last_year is None else total_of(one.matters(periods.last_year))
    units = one.units(bounds)
    is_topic = duty.topic is not None
    faults, restored = ((), 0) if is_topic else one.faults(bounds)
    unclassified, unclassified_count = one.unclassified(bounds) if duty.chapters else ([], 0)
    first, last = (at.astimezone(one.zone) for at in bounds)
    return ReportSnapshot(
        key=report.key,
        duty=duty.name,
        title=duty.title.zh,
        label=report.label,
        subject=report.subject,
        organisation=site.title.zh,
        recipients=duty.recipients,
        start=bounds[0],
        end=bounds[1],
        first_day=f"{first:%Y-%m-%d}",
        last_day=f"{_last_day(last):%Y-%m-%d}",
        taken_at=now,
        taken_on=f"{now.astimezone(one.zone):%Y-%m-%d}",
        watermark=session.scalar(select(func.max(EventRow.position))) or 0,
        demonstration=site.demonstration,
        total=compare(total_of(matters), total_of(before), year_before),
        channels=shares(counted_by(matters, lambda m: str(CHANNEL_WORDS[Channel(m.channel)]))),
        kinds=shares(counted_by(matters, lambda m: str(KIND_WORDS[CaseKind(m.kind)]))),
        regions=shares(counted_by(matters, lambda m: region_title(m.region, site))),
        units=units,
        hot=hot_matters(matters, before, site),
        handling=one.handling(bounds, units),
        chapters=chapters_of(matters, site) if duty.chapters else (),
        unclassified=tuple(unclassified),
        unclassified_count=unclassified_count,
        indicators=() if is_topic else one.indicators(bounds),
        faults=faults,
        faults_restored=restored,
        is_topic=is_topic,
    )


def _last_day(end: datetime) -> datetime:
    """The day in which the last instant of a period falls."""
    return end - timedelta(microseconds=1)


def _indicator_line(figure: Figure) -> IndicatorLine:
    raw = next((s for s in figure.secondary if s.kind is SecondaryKind.UNADJUSTED), None)
    return IndicatorLine(
        number=figure.number,
        title=figure.indicator.title.zh,
        goal=goal(figure),
        numerator=figure.numerator,
        denominator=figure.denominator,
        display=figure.display,
        met=_MET[figure.is_met],
        unadjusted=DASH if raw is None else show_percent(raw.value),
    )
