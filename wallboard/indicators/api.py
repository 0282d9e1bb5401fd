"""Indicators for programs: exact figures with what is behind them; problem+json for refusals."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ops_core.kernel.permissions import Permission
from ops_core.kpi.figures import BesideKind, Figure, Reason, Verdict
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Record, RecordKind, Show
from wallboard.indicators.views import IndicatorOverview, IndicatorRow, PeriodChoice
from wallboard.web import ApiReader, in_thread

router = APIRouter(prefix="/api/indicators", tags=["indicators"])

Month = Annotated[str, Query(description="2026-11; the running month when it is left out.")]


class ReasonCount(BaseModel):
    reason: Reason
    count: int


class BesideModel(BaseModel):
    """A ratio shown beside the figure, not assessed."""

    kind: BesideKind
    numerator: int
    denominator: int


class FigureModel(BaseModel):
    """An exact figure: ``numerator``/``denominator``; ``met`` is None without records."""

    period: PeriodKind
    label: str
    start: datetime
    end: datetime
    as_of: datetime
    numerator: int
    denominator: int
    display: str = Field(description="Per cent, cut off after two digits; N/A without records.")
    met: bool | None
    assessed: bool = Field(description="Whether the contract judges by this period.")
    misses: int
    misses_left: int | None
    missed: list[ReasonCount]
    left_out: list[ReasonCount]
    beside: list[BesideModel]


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


class RecordModel(BaseModel):
    kind: RecordKind
    identifier: str
    at: datetime
    verdict: Verdict
    reason: Reason | None
    due_at: datetime | None
    score: int | None
    seat: int | None
    agent: str


class DetailModel(BaseModel):
    """A figure with a page of its records; ``after`` asks for the next page, None at the end."""

    indicator: IndicatorModel
    figure: FigureModel
    show: Show
    records: list[RecordModel]
    after: str | None


@router.get("")
async def read_all(reader: ApiReader, month: Month = "") -> OverviewModel:
    """Every indicator over a month and over the contract year to the end of it."""
    await reader.require(Permission.SEE_INDICATORS, "api", "indicators")
    source = reader.web.dependencies.indicators
    return overview_model(await in_thread(lambda: source.overview(month)))


@router.get("/{number}")
async def read_one(
    reader: ApiReader,
    number: int,
    period: PeriodKind | None = None,
    month: Month = "",
    show: Show | None = None,
    after: str = "",
) -> DetailModel:
    """One indicator and a page of its records, the latest first."""
    await reader.require(Permission.SEE_INDICATORS, "api", "indicators")
    source = reader.web.dependencies.indicators
    choice = PeriodChoice(period, month)
    detail = await in_thread(lambda: source.detail(number, choice, show, after))
    following = detail.page.following
    return DetailModel(
        indicator=indicator_model(detail.figure),
        figure=figure_model(detail.figure),
        show=detail.show,
        records=[record_model(record) for record in detail.page.records],
        after=None if following is None else str(following),
    )


def overview_model(overview: IndicatorOverview) -> OverviewModel:
    """All indicators as the API and the command line tell them."""
    return OverviewModel(
        as_of=overview.as_of,
        month=overview.chosen.month.label,
        indicators=[_row_model(row) for row in overview.rows],
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
        met=figure.is_met,
        assessed=figure.is_assessed,
        misses=figure.misses,
        misses_left=figure.misses_left,
        missed=_reasons(figure, Verdict.MISSED),
        left_out=_reasons(figure, Verdict.LEFT_OUT),
        beside=[
            BesideModel(kind=b.kind, numerator=b.numerator, denominator=b.denominator)
            for b in figure.beside
        ],
    )


def _reasons(figure: Figure, verdict: Verdict) -> list[ReasonCount]:
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
    )
