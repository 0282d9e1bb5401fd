"""Indicators as JSON: what the API and the command line tell."""

from datetime import datetime

from pydantic import BaseModel, Field

from device_configs.site.model import IndicatorMeasure
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.overview import IndicatorDetail, IndicatorOverview, IndicatorRow
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind


class ReasonCount(BaseModel):
    reason: Reason
    count: int


class SecondaryModel(BaseModel):
    """A ratio shown beside the figure, not assessed."""

    kind: SecondaryKind
    numerator: int
    denominator: int


class RawModel(BaseModel):
    """The figure without exemptions, where something is exempted."""

    numerator: int
    denominator: int
    display: str
    met: bool | None
    beside: list[SecondaryModel]


class FigureModel(BaseModel):
    """An exact figure: ``numerator``/``denominator``; ``met`` is None while it is undecided."""

    period: PeriodKind
    label: str
    start: datetime
    end: datetime
    as_of: datetime
    numerator: int
    denominator: int
    display: str = Field(
        description="Never better than the value; its bounds while records are pending; "
        "N/A without records; unproven for a count of none that nobody signed for."
    )
    measure: IndicatorMeasure
    pending: int = Field(description="Counted records of which people have yet to say as what.")
    unproven: list[str] = Field(description="Months nobody signed for that there was nothing.")
    met: bool | None
    assessed: bool = Field(description="Whether the contract judges by this period.")
    misses: int
    misses_left: int | None
    raw: RawModel | None = Field(description="The same without exemptions; null when none holds.")
    missed: list[ReasonCount]
    left_out: list[ReasonCount]
    beside: list[SecondaryModel]


class IndicatorModel(BaseModel):
    number: int
    name: str
    title: str
    title_en: str
    target: str
    comparison: str
    cohort: str = Field(description="The time stamp that puts a record into a period.")


class RowModel(BaseModel):
    indicator: IndicatorModel
    month: FigureModel
    contract_year: FigureModel
    now: FigureModel | None


class OverviewModel(BaseModel):
    as_of: datetime
    month: str
    indicators: list[RowModel]


class ExclusionModel(BaseModel):
    """Why people had a record left out, and both who said so."""

    cause: str
    text: str
    proposed_by: str
    confirmed_by: str
    exemption: str = Field(description="The exemption's number; empty of a false alarm.")


class RecordModel(BaseModel):
    kind: RecordKind
    identifier: str
    at: datetime
    verdict: RecordVerdict
    reason: Reason | None
    due_at: datetime | None
    score: int | None
    seat: int | None
    agent: str
    exclusion: ExclusionModel | None
    matter: str = Field(description="The adjudication by which it is judged, if by any.")


class DetailModel(BaseModel):
    """A figure with a page of its records; ``after`` asks for the next page, None at the end."""

    indicator: IndicatorModel
    figure: FigureModel
    show: Show
    records: list[RecordModel]
    after: str | None


def overview_model(overview: IndicatorOverview) -> OverviewModel:
    """All indicators."""
    return OverviewModel(
        as_of=overview.as_of,
        month=overview.chosen.month.label,
        indicators=[_row_model(row) for row in overview.rows],
    )


def detail_model(detail: IndicatorDetail) -> DetailModel:
    """A figure with a page of its records."""
    following = detail.page.following
    return DetailModel(
        indicator=indicator_model(detail.figure),
        figure=figure_model(detail.figure),
        show=detail.show,
        records=[record_model(record) for record in detail.page.records],
        after=None if following is None else str(following),
    )


def _row_model(row: IndicatorRow) -> RowModel:
    return RowModel(
        indicator=indicator_model(row.month),
        month=figure_model(row.month),
        contract_year=figure_model(row.year),
        now=None if row.current is None else figure_model(row.current),
    )


def indicator_model(figure: Figure) -> IndicatorModel:
    """The contract's row of a figure."""
    indicator = figure.indicator
    return IndicatorModel(
        number=indicator.number,
        name=indicator.name,
        title=indicator.title.zh,
        title_en=indicator.title.en,
        target=str(indicator.target),
        comparison=indicator.comparison,
        cohort=indicator.cohort,
    )


def figure_model(figure: Figure) -> FigureModel:
    """A figure with the sums of its reasons."""
    return FigureModel(
        period=figure.period.kind,
        label=figure.period.label,
        start=figure.period.start,
        end=figure.period.end,
        as_of=figure.as_of,
        numerator=figure.numerator,
        denominator=figure.denominator,
        display=figure.display,
        measure=figure.indicator.measure,
        pending=figure.pending,
        unproven=list(figure.unproven),
        met=figure.is_met,
        assessed=figure.is_assessed,
        misses=figure.misses,
        misses_left=figure.misses_left,
        raw=None if figure.raw is None else raw_model(figure.raw),
        missed=_reasons(figure, RecordVerdict.MISSED),
        left_out=_reasons(figure, RecordVerdict.LEFT_OUT),
        beside=_secondary(figure),
    )


def _secondary(figure: Figure) -> list[SecondaryModel]:
    return [
        SecondaryModel(kind=b.kind, numerator=b.numerator, denominator=b.denominator)
        for b in figure.secondary
    ]


def raw_model(figure: Figure) -> RawModel:
    """What stands with an adjusted figure."""
    return RawModel(
        numerator=figure.numerator,
        denominator=figure.denominator,
        display=figure.display,
        met=figure.is_met,
        beside=_secondary(figure),
    )


def _reasons(figure: Figure, verdict: RecordVerdict) -> list[ReasonCount]:
    found = figure.counts.reasons(verdict)
    return [ReasonCount(reason=reason, count=count) for reason, count in found if reason]


def record_model(record: Record) -> RecordModel:
    """One record behind a figure; it names nobody who called."""
    return RecordModel(
        kind=record.kind,
        identifier=record.identifier,
        at=record.at,
        verdict=record.judgement.verdict,
        reason=record.judgement.reason,
        due_at=record.due_at,
        score=record.score,
        seat=record.seat,
        agent=record.agent,
        exclusion=_exclusion(record),
        matter=record.matter,
    )


def _exclusion(record: Record) -> ExclusionModel | None:
    found = record.exclusion
    if found is None:
        return None
    return ExclusionModel(
        cause=found.cause,
        text=found.text,
        proposed_by=found.proposed_by,
        confirmed_by=found.confirmed_by,
        exemption=found.exemption,
    )
