"""The assessment for programs: periods, what was sealed, and the steps of signed-in people."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ops_core.kernel.permissions import Permission
from ops_core.kpi.assessment.exemptions import LONGEST_REASON
from ops_core.kpi.assessment.missing import MissingKind
from ops_core.kpi.assessment.month import AssessmentRow, read_month, read_proof
from ops_core.kpi.assessment.period_terms import PeriodState, PeriodStep
from ops_core.kpi.assessment.periods import state_at
from ops_core.kpi.assessment.sealing import PeriodWords
from ops_core.kpi.assessment.seals import Seal, SealContent
from ops_core.kpi.documents import FigureModel, IndicatorModel, figure_model, indicator_model
from wallboard.assessment.router import take
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/assessment", tags=["assessment"])


class PeriodStepBody(BaseModel):
    """What goes with a step: the version the caller saw, and why."""

    model_config = ConfigDict(extra="forbid")

    version: int
    text: str = Field(default="", max_length=LONGEST_REASON)


class MissingModel(BaseModel):
    kind: MissingKind
    count: int


class ForecastModel(BaseModel):
    """At the end of the month at the pace so far; no assessment."""

    denominator: int
    misses: int
    misses_left: int | None
    met: bool | None


class SealModel(BaseModel):
    """A sealed value: a link of the chain of all seals."""

    sequence: int
    content: SealContent
    previous_hash: str
    hash: str


class AssessmentRowModel(BaseModel):
    """One indicator's month, and the figure over the period that the contract judges by."""

    indicator: IndicatorModel
    assessed: bool = Field(description="Whether it is in the contract's table of assessment.")
    state: PeriodState
    version: int
    month: FigureModel
    figure: FigureModel
    missing: list[MissingModel]
    disputed: list[str] = Field(description="Exemptions that the purchaser has not decided.")
    sealed: SealModel | None
    differs: bool = Field(description="Whether the figure is another than the sealed one.")
    forecast: ForecastModel | None


class AssessmentModel(BaseModel):
    as_of: datetime
    month: str
    rows: list[AssessmentRowModel]
    without_source: list[int] = Field(description="Rows of the table whose records are not kept.")


class RecordDifferenceModel(BaseModel):
    record: str
    sealed: str
    now: str


class PeriodProofModel(BaseModel):
    """A month of an indicator, every value sealed of it, and the records that differ since."""

    row: AssessmentRowModel
    seals: list[SealModel]
    differences: list[RecordDifferenceModel]


class PeriodStateModel(BaseModel):
    state: PeriodState
    version: int


@router.get("")
async def read_all(reader: ApiReader, read: Reading, month: str = "") -> AssessmentModel:
    """Every indicator of a month, the running one if it is left out."""
    await reader.require(Permission.SEE_INDICATORS, "api", "assessment")
    found = await read(lambda seen: read_month(seen.session, seen.site, seen.now, month))
    return AssessmentModel(
        as_of=found.as_of,
        month=found.chosen.month.label,
        rows=[_row(row, found.as_of) for row in found.rows],
        without_source=list(found.without_source),
    )


@router.get("/{month}/{number}")
async def read_one(reader: ApiReader, read: Reading, month: str, number: int) -> PeriodProofModel:
    """One indicator's month with its seals; every record is judged again."""
    await reader.require(Permission.SEE_INDICATORS, "api", "assessment")
    now = reader.web.dependencies.clock.now()
    proof = await read(lambda seen: read_proof(seen.session, seen.site, seen.now, month, number))
    return PeriodProofModel(
        row=_row(proof.row, now),
        seals=[_seal(one) for one in proof.row.seals],
        differences=[
            RecordDifferenceModel(record=one.record, sealed=one.sealed, now=one.now)
            for one in proof.differences
        ],
    )


@router.post("/{month}/{number}/{step}")
async def step_by_program(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    month: str,
    number: int,
    step: PeriodStep,
    body: PeriodStepBody,
) -> PeriodStateModel:
    """Submit, object, seal, propose, restate or decline, as a signed-in person."""
    words = PeriodWords(body.text, body.version)
    after = await take(read, command, reader, (month, number), step, words)
    return PeriodStateModel(state=after.state, version=after.version)


def _row(row: AssessmentRow, now: datetime) -> AssessmentRowModel:
    seen = row.forecast
    return AssessmentRowModel(
        indicator=indicator_model(row.month),
        assessed=row.is_assessed,
        state=state_at(row.period, now),
        version=row.period.version,
        month=figure_model(row.month),
        figure=figure_model(row.figure),
        missing=[MissingModel(kind=one.kind, count=one.count) for one in row.missing],
        disputed=[one.number for one in row.disputed],
        sealed=_seal(row.seals[-1]) if row.seals else None,
        differs=row.differs,
        forecast=None
        if seen is None
        else ForecastModel(
            denominator=seen.denominator,
            misses=seen.misses,
            misses_left=seen.misses_left,
            met=seen.is_met,
        ),
    )


def _seal(seal: Seal) -> SealModel:
    return SealModel(
        sequence=seal.sequence,
        content=seal.content,
        previous_hash=seal.previous_hash,
        hash=seal.hash,
    )
