"""Indicators for programs: exact figures with what is behind them; problem+json for refusals."""

from typing import Annotated

from fastapi import APIRouter, Query

from ops_core.kernel.permissions import Permission
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Show
from wallboard.indicators.models import DetailModel, OverviewModel, detail_model, overview_model
from wallboard.indicators.views import PeriodChoice
from wallboard.web import ApiReader, in_thread

router = APIRouter(prefix="/api/indicators", tags=["indicators"])

Month = Annotated[str, Query(description="2026-11; the running month when it is left out.")]


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
    return detail_model(await in_thread(lambda: source.detail(number, choice, show, after)))
