"""This month's assessment: a row for each indicator, its period, and the form that is printed."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.i18n import Translate, translations
from ops_core.kernel.permissions import Permission
from ops_core.kpi.assessment.month import AssessmentRow, read_month, read_proof
from ops_core.kpi.assessment.period_store import ASSESSMENT
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.periods import (
    NEEDS_TEXT,
    AssessedPeriod,
    possible_steps,
    state_at,
)
from ops_core.kpi.assessment.sealing import SEALING, PeriodWords, draft_seal, take_period_step
from ops_core.kpi.assessment.words import (
    missing_remedy,
    missing_word,
    next_word,
    period_state_word,
    period_step_word,
)
from wallboard.assessment.links import missing_link
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Commands, Reading, Reads

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class PeriodStepOffer:
    """A step that this reader may take."""

    step: PeriodStep
    word: str
    needs_text: bool


@router.get("/assessment")
async def show_month(reader: SignedInReader, read: Reading, month: str = "") -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "assessment")
    found = await read(lambda seen: read_month(seen.session, seen.site, seen.now, month))
    declared = {one.number: one for one in reader.web.dependencies.site.contract.indicators}
    return reader.page(
        "console/assessment.html",
        overview=found,
        month=month,
        month_base="/assessment",
        missing_rows=[(number, declared.get(number)) for number in found.without_source],
        closed=sum(row.period.is_sealed for row in found.rows),
        **_vocabulary(reader),
    )


@router.get("/assessment/{month}/{number}")
async def show_proof(
    reader: SignedInReader, read: Reading, month: str, number: int
) -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "assessment")
    proof = await read(lambda seen: read_proof(seen.session, seen.site, seen.now, month, number))
    return reader.page(
        "console/assessed_period.html", proof=proof, row=proof.row, **_vocabulary(reader)
    )


@router.post("/assessment/{month}/{number}/{step}")
async def step_by_form(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    month: str,
    number: int,
    step: PeriodStep,
    version: Annotated[int, Form()] = 0,
    text: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await take(read, command, reader, (month, number), step, PeriodWords(text, version))
    return RedirectResponse(f"/assessment/{quote(month)}/{number}", 303)


async def take(
    read: Reads,
    command: Commands,
    reader: Reader,
    which: tuple[str, int],
    step: PeriodStep,
    words: PeriodWords,
) -> AssessedPeriod:
    """Take a step: the records of a seal are read before the command, which checks them."""
    site, (month, number) = reader.web.dependencies.site, which
    draft = None
    if step in SEALING and reader.may(Permission.SEAL_PERIODS):
        draft = await read(
            lambda seen: draft_seal(seen.session, seen.site, month, number, seen.now)
        )
    return await command(
        (ASSESSMENT, f"{month}/{number}"),
        lambda uow: take_period_step(uow, site, month, number, step, words, draft),
    )


def _vocabulary(reader: Reader) -> dict[str, object]:
    translate: Translate = translations(reader.language).gettext
    now = reader.web.dependencies.clock.now()

    def offers(row: AssessmentRow) -> list[PeriodStepOffer]:
        return [
            PeriodStepOffer(step, period_step_word(step, translate), step in NEEDS_TEXT)
            for step in possible_steps(row.period, reader.actor, now)
        ]

    return {
        "offers": offers,
        "state": lambda row: state_at(row.period, now).value,
        "state_word": lambda row: period_state_word(state_at(row.period, now), translate),
        "missing_word": lambda one: missing_word(one, translate),
        "missing_remedy": lambda one: missing_remedy(one, translate),
        "missing_link": missing_link,
        "next_word": lambda row: next_word(row.period, now, translate),
    }
