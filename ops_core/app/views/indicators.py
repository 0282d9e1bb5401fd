"""Indicators 12 and 13 as the wall and the consoles show them, open to their records."""

from collections.abc import Sequence
from datetime import datetime

from device_configs.site.model import Site, Title
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import NotFound
from ops_core.kpi.indicators import Figure, Reason, RecordRef, indicator_of
from ops_core.kpi.periods import Period, PeriodKind, instant_of, month_of
from ops_core.kpi.read import read_indicator_12, read_indicator_13
from wallboard.records import IndicatorDetail, IndicatorRecord
from wallboard.wall.state import IndicatorView

_PERIODS = {
    PeriodKind.MONTH: Title(zh="本月", en="this month"),
    PeriodKind.CONTRACT_YEAR: Title(zh="本合同年", en="contract year"),
    PeriodKind.NOW: Title(zh="当前", en="now"),
}
_REASONS = {
    Reason.OUTSIDE_PERIOD: Title(zh="不在本期", en="outside the period"),
    Reason.MERGED: Title(zh="已并入另一起故障", en="merged into another fault"),
    Reason.CLOCK_RUNNING: Title(zh="时限未到，尚未判定", en="clock still running, undecided"),
}


class Indicators:
    """Computes the figures from the stored records each time they are asked for."""

    def __init__(self, site: Site, database: Database, clock: Clock) -> None:
        self._site, self._database, self._clock = site, database, clock

    def indicators(self) -> Sequence[IndicatorView]:
        """Indicator 12 of the running month, and 13 at this instant."""
        return [self._view(figure) for figure in self._figures(self._clock.now())]

    def detail(self, number: int) -> IndicatorDetail:
        figure = next((f for f in self._figures(self._clock.now()) if f.number == number), None)
        if figure is None:
            raise NotFound("没有这项指标", "", "目前可展开的指标是 12 和 13。")
        left_out = [self._record(item.record, item.reason) for item in figure.left_out]
        return IndicatorDetail(
            view=self._view(figure),
            start=figure.period.start,
            end=figure.period.end,
            records=tuple([self._record(record, None) for record in figure.denominator] + left_out),
        )

    def _figures(self, now: datetime) -> tuple[Figure, ...]:
        month = month_of(now, self._site.contract)
        with self._database.reading() as session:
            return (
                read_indicator_12(session, self._site, month, now),
                read_indicator_13(session, self._site, instant_of(now), now),
            )

    def _view(self, figure: Figure) -> IndicatorView:
        indicator = indicator_of(self._site.contract, figure.number)
        return IndicatorView(
            number=figure.number,
            name=indicator.name,
            title=indicator.title,
            period=_period_title(figure.period),
            numerator=len(figure.numerator),
            denominator=len(figure.denominator),
            target=figure.target,
        )

    def _record(self, record: RecordRef, reason: Reason | None) -> IndicatorRecord:
        if record.kind == "incident":
            label = Title(zh=f"故障 {record.identifier}", en=f"fault {record.identifier}")
            href = f"/incidents/{record.identifier}"
        else:
            label = Title(zh=f"{record.identifier}号席终端", en=f"terminal {record.identifier}")
            href = f"/seats#seat-{record.identifier}"
        return IndicatorRecord(
            label=label,
            at=record.at,
            counted=reason is None,
            good=record.good,
            reason=_REASONS[reason] if reason is not None else _plain(record.detail),
            href=href,
        )


def _period_title(period: Period) -> Title:
    return _PERIODS[period.kind]


def _plain(detail: str) -> Title | None:
    return Title(zh=detail, en=detail) if detail else None
