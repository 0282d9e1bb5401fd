"""A month's assessment: each row of the contract with its figure, its period, and what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Indicator, Site
from ops_core.kpi.assessment.exemption_store import waiting_for
from ops_core.kpi.assessment.exemptions import Exemption
from ops_core.kpi.assessment.forecast import Forecast, forecast
from ops_core.kpi.assessment.missing import Lack, missing_of
from ops_core.kpi.assessment.period_store import read_period, read_seals
from ops_core.kpi.assessment.periods import AssessedPeriod
from ops_core.kpi.assessment.seals import RecordDifference, Seal, SealedFigure, sealed_figure
from ops_core.kpi.assessment.verifying import differences_of
from ops_core.kpi.figures import Figure
from ops_core.kpi.overview import ChosenMonth, choose_month
from ops_core.kpi.periods import PeriodKind, month_named, year_to_date
from ops_core.kpi.read import find_indicator, indicators_of, read_figure

ASSESSED = range(1, 16)
"""The numbers of the contract's table of assessment; others are auxiliary (未列入考核表)."""


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One indicator of the month; ``figure`` is over the period that the contract judges by."""

    indicator: Indicator
    month: Figure
    figure: Figure
    period: AssessedPeriod
    missing: tuple[Lack, ...]
    disputed: tuple[Exemption, ...]
    seals: tuple[Seal, ...]
    forecast: Forecast | None

    @property
    def is_assessed(self) -> bool:
        return self.indicator.number in ASSESSED

    @property
    def sealed(self) -> SealedFigure | None:
        """The value that was sealed last, over the month."""
        return self.seals[-1].content.figure if self.seals else None

    @property
    def differs(self) -> bool:
        """Whether the month's figure is another than the sealed one."""
        return self.sealed is not None and self.sealed != sealed_figure(self.month)


@dataclass(frozen=True, slots=True)
class MonthAssessment:
    """Every indicator of a month, and the numbers of the table that have no source of records."""

    chosen: ChosenMonth
    as_of: datetime
    rows: tuple[AssessmentRow, ...]
    without_source: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PeriodProof:
    """A month of one indicator with all that was sealed of it, and what differs since."""

    row: AssessmentRow
    differences: tuple[RecordDifference, ...]


def read_month(session: Session, site: Site, now: datetime, month: str = "") -> MonthAssessment:
    """The assessment of a month, of the running one without a label. Raises Invalid."""
    chosen = choose_month(site.contract, month, now)
    indicators = indicators_of(site)
    known = {indicator.number for indicator in indicators}
    return MonthAssessment(
        chosen,
        now,
        tuple(_row(session, site, one, chosen.month.label, now) for one in indicators),
        tuple(number for number in ASSESSED if number not in known),
    )


def read_proof(session: Session, site: Site, now: datetime, month: str, number: int) -> PeriodProof:
    """One period with its seals; every record is judged again. Raises NotFound and Invalid."""
    row = _row(session, site, find_indicator(site, number), month, now)
    found: Sequence[RecordDifference] = ()
    if row.seals:
        found = differences_of(session, site, row.seals[-1])
    return PeriodProof(row, tuple(found))


def _row(
    session: Session, site: Site, indicator: Indicator, label: str, now: datetime
) -> AssessmentRow:
    number, month = indicator.number, month_named(label, site.contract)
    figure = over_month = read_figure(session, site, number, month, now)
    if PeriodKind(indicator.period) is PeriodKind.CONTRACT_YEAR:
        figure = read_figure(session, site, number, year_to_date(month, site.contract), now)
    disputed = waiting_for(session, number, month.start, month.end)
    return AssessmentRow(
        indicator,
        over_month,
        figure,
        read_period(session, month, number),
        missing_of(over_month, len(disputed), now),
        tuple(disputed),
        tuple(read_seals(session, label, number)),
        forecast(over_month, now),
    )
