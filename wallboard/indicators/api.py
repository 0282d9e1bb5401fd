"""Indicators for programs: exact figures with what is behind them; problem+json for refusals."""

from typing import Annotated

from fastapi import APIRouter, Query

from ops_core.kernel.permissions import Permission
from ops_core.kpi.documents import DetailModel, OverviewModel, detail_model, overview_model
from ops_core.kpi.overview import PeriodChoice, read_indicator, read_overview
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Show
from wallboard.web import ApiReader
from wallboard.work import Reading

router = APIRouter(prefix="/api/indicators", tags=["indicators"])

Month = Annotated[str, Query(description="2026-11; the running month when it is left out.")]


@router.get("")
async def read_all(reader: ApiReader, read: Reading, month: Month = "") -> OverviewModel:
    """Every indicator over a month and over the contract year to the end of it."""
    await reader.require(Permission.SEE_INDICATORS, "api", "indicators")
    return overview_model(
        await read(lambda seen: read_overview(seen.session, seen.site, seen.now, month))
    )


@router.get("/{number}")
async def read_one(
    reader: ApiReader,
    read: Reading,
    number: int,
    period: PeriodKind | None = None,
    month: Month = "",
    show: Show | None = None,
    after: str = "",
) -> DetailModel:
    """One indicator and a page of its records, the latest first."""
    await reader.require(Permission.SEE_INDICATORS, "api", "indicators")
    choice = PeriodChoice(period, month)
    return detail_model(
        await read(
            lambda seen: read_indicator(
                seen.session, seen.site, seen.now, number, choice, show, after
            )
        )
    )
