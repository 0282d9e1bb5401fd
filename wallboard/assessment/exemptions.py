"""Exemptions: the page on which the operator asks and the purchaser decides, and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.site.model import Indicator
from ops_core.kernel.i18n import Translate, message, translations
from ops_core.kernel.permissions import Permission
from ops_core.kernel.times import local_instant
from ops_core.kernel.written_instant import WRITTEN_OUT
from ops_core.kpi.assessment.exempting import (
    decide_exemption,
    indicators_named,
    request_exemption,
)
from ops_core.kpi.assessment.exemption_store import (
    EXEMPTION,
    MOST_LISTED,
    ExemptionFilter,
    exemption_detail,
    list_exemptions,
)
from ops_core.kpi.assessment.exemptions import (
    LONGEST_REASON,
    Exemption,
    ExemptionRequest,
    ExemptionState,
    ExemptionStep,
    possible_steps,
)
from ops_core.kpi.read import indicators_of
from wallboard.snapshot import Snapshot
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/exemptions", tags=["assessment"])

_INSTANT = timedelta(microseconds=1)


class ExemptionBody(BaseModel):
    """A request: a window [start, end), or one record by its name and instant."""

    model_config = ConfigDict(extra="forbid")

    indicators: list[int]
    start: Annotated[AwareDatetime, WRITTEN_OUT]
    end: Annotated[AwareDatetime, WRITTEN_OUT] | None = Field(
        default=None, description="Left out of a request about one record."
    )
    record: str = Field(default="", description="order:W-20261124-00001; empty for a window.")
    reason: str
    evidence: str


class ExemptionDecisionBody(BaseModel):
    """What goes with a decision: the version the caller saw, and why."""

    model_config = ConfigDict(extra="forbid")

    version: int
    text: str = Field(default="", max_length=LONGEST_REASON)


class ExemptionModel(BaseModel):
    """An exemption with what became of it."""

    number: str
    indicators: list[int]
    start: datetime
    end: datetime
    record: str
    reason: str
    evidence: str
    state: ExemptionState
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    decided_text: str
    version: int


@dataclass(frozen=True, slots=True)
class ShownExemption:
    """An exemption, and the steps that this reader may take."""

    exemption: Exemption
    word: str
    steps: tuple[tuple[ExemptionStep, str], ...]


@router.get("/exemptions")
async def list_page(
    reader: SignedInReader,
    read: Reading,
    indicator: int = 0,
    record: str = "",
    start: str = "",
    end: str = "",
    state: ExemptionState | None = None,
) -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "exemptions")

    def rows(seen: Snapshot) -> tuple[Sequence[Exemption], Sequence[Indicator]]:
        found = list_exemptions(seen.session, ExemptionFilter(state))
        return found, indicators_of(seen.site)

    found, indicators = await read(rows)
    return reader.page(
        "console/exemptions.html",
        rows=[_shown(one, reader) for one in found],
        most=MOST_LISTED,
        indicators=indicators,
        chosen=indicator,
        record=record,
        start=start,
        end=end,
        tabs=_tabs(state, translations(reader.language).gettext),
    )


@router.post("/exemptions")
async def request_by_form(
    reader: SignedInReader,
    command: Commanding,
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
    record: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    indicator: Annotated[list[int] | None, Form()] = None,
) -> RedirectResponse:
    site = reader.web.dependencies.site
    opens = local_instant(start)
    closes = opens + _INSTANT if record else local_instant(end)
    request = ExemptionRequest(
        indicators_named(indicator or ()), opens, closes, reason, evidence, record
    )
    made = await command((EXEMPTION, "new"), lambda uow: request_exemption(uow, site, request))
    return RedirectResponse(f"/exemptions#{made.number}", 303)


@router.post("/exemptions/{number}/{step}")
async def decide_by_form(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    step: ExemptionStep,
    version: Annotated[int, Form()] = 0,
    text: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command(
        (EXEMPTION, number), lambda uow: decide_exemption(uow, number, step, text, version)
    )
    return RedirectResponse(f"/exemptions#{number}", 303)


@api_router.get("")
async def list_for_programs(
    reader: ApiReader, read: Reading, state: ExemptionState | None = None
) -> list[ExemptionModel]:
    """Exemptions, the latest requested first."""
    await reader.require(Permission.SEE_INDICATORS, "api", "exemptions")
    found = await read(lambda seen: list_exemptions(seen.session, ExemptionFilter(state)))
    return [_model(one) for one in found]


@api_router.post("", status_code=201)
async def request_by_program(
    reader: ApiReader, command: Commanding, body: ExemptionBody
) -> ExemptionModel:
    """Ask for an exemption, as a signed-in person of the operator's side; a token is refused."""
    site = reader.web.dependencies.site
    closes = body.start + _INSTANT if body.record or body.end is None else body.end
    request = ExemptionRequest(
        indicators_named(body.indicators),
        body.start.astimezone(UTC),
        closes.astimezone(UTC),
        body.reason,
        body.evidence,
        body.record,
    )
    made = await command((EXEMPTION, "new"), lambda uow: request_exemption(uow, site, request))
    return _model(made)


@api_router.post("/{number}/{step}", status_code=204)
async def decide_by_program(
    _reader: ApiReader,
    command: Commanding,
    number: str,
    step: ExemptionStep,
    body: ExemptionDecisionBody,
) -> Response:
    """Approve, refuse or withdraw an exemption, as a signed-in person; a token is refused."""
    await command(
        (EXEMPTION, number),
        lambda uow: decide_exemption(uow, number, step, body.text, body.version),
    )
    return Response(status_code=204)


def state_word(state: ExemptionState, translate: Translate) -> str:
    return translate(_STATES[state])


_STATES: Mapping[ExemptionState, str] = {
    ExemptionState.REQUESTED: message("待审批"),
    ExemptionState.APPROVED: message("已同意剔除"),
    ExemptionState.REFUSED: message("不同意剔除"),
    ExemptionState.WITHDRAWN: message("已撤回申请"),
}
_STEPS: Mapping[ExemptionStep, str] = {
    ExemptionStep.APPROVE: message("同意"),
    ExemptionStep.REFUSE: message("不同意"),
    ExemptionStep.WITHDRAW: message("撤回申请"),
}


def _shown(exemption: Exemption, reader: Reader) -> ShownExemption:
    translate = translations(reader.language).gettext
    steps = tuple((s, translate(_STEPS[s])) for s in possible_steps(exemption, reader.actor))
    return ShownExemption(exemption, state_word(exemption.state, translate), steps)


def _tabs(current: ExemptionState | None, translate: Translate) -> list[tuple[str, str, bool]]:
    _ = translate
    found = [(_("全部"), "/exemptions", current is None)]
    return found + [
        (state_word(state, translate), f"/exemptions?state={state.value}", state is current)
        for state in ExemptionState
    ]


def _model(exemption: Exemption) -> ExemptionModel:
    detail = exemption_detail(exemption)
    return ExemptionModel.model_validate(
        {**detail, "number": exemption.number, "decided_at": detail["decided_at"] or None}
    )
