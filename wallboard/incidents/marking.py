"""False alarms on the incident's page and in the API."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from incident.false_alarm import (
    LONGEST_TEXT,
    NEEDS_TEXT,
    PERMISSION,
    Mark,
    Words,
    allowed_steps,
    possible_steps,
)
from incident.false_alarm_terms import Cause, FalseAlarmStep
from incident.marking import take_step
from incident.store import INCIDENT
from incident.words import cause_word, effect_word, mark_word, news_word, step_word
from ops_core.kernel.i18n import Translate, translations
from wallboard.incidents.detail import ShownIncident
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding

router = APIRouter(include_in_schema=False)
api_router = APIRouter()


class StepBody(BaseModel):
    """What goes with a step: the version the caller saw and a reason; a cause to propose."""

    model_config = ConfigDict(extra="forbid")

    version: int
    cause: Cause | None = None
    reason: str = Field(default="", max_length=LONGEST_TEXT)


@router.post("/incidents/{number}/false-alarm/{step}")
async def step_by_form(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    step: FalseAlarmStep,
    version: Annotated[int, Form()] = 0,
    cause: Annotated[Cause | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
) -> RedirectResponse:
    words = Words(reason, cause)
    await command((INCIDENT, number), lambda uow: take_step(uow, number, step, words, version))
    return RedirectResponse(f"/incidents/{number}", 303)


@api_router.post("/{number}/false-alarm/{step}", status_code=204)
async def step_by_program(
    _reader: ApiReader, command: Commanding, number: str, step: FalseAlarmStep, body: StepBody
) -> Response:
    """Propose, confirm, reject, withdraw or revoke a false alarm, as a signed-in person.

    A token is refused: both words are people's own.
    """
    words = Words(body.reason, body.cause)
    await command((INCIDENT, number), lambda uow: take_step(uow, number, step, words, body.version))
    return Response(status_code=204)


@dataclass(frozen=True, slots=True)
class StepButton:
    """``enabled`` for this reader; a disabled one says by ``reason`` who it waits for."""

    step: FalseAlarmStep
    label: str
    enabled: bool
    needs_text: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of an incident's being a false alarm, and what this reader may do."""

    mark: Mark | None
    word: str
    effect: str
    cause: str
    news: str
    buttons: tuple[StepButton, ...]
    causes: tuple[tuple[Cause, str], ...]


def section_of(reader: Reader, detail: ShownIncident) -> Section:
    """The section of the incident's page, for its reader."""
    translate = translations(reader.language).gettext
    mark = detail.summary.false_alarm
    merged = detail.is_only_a_part
    possible = possible_steps(mark, merged, reader.actor)
    return Section(
        mark,
        "" if mark is None else mark_word(mark.state, translate),
        "" if mark is None or merged else effect_word(mark.state, translate),
        "" if mark is None else cause_word(mark.cause, translate),
        "" if mark is None or mark.news is None else news_word(mark.news, translate),
        tuple(
            _button(step, mark, step in possible, reader, translate)
            for step in allowed_steps(mark, merged)
        ),
        tuple((cause, cause_word(cause, translate)) for cause in Cause),
    )


def _button(
    step: FalseAlarmStep, mark: Mark | None, enabled: bool, reader: Reader, translate: Translate
) -> StepButton:
    reason = "" if enabled else _why_not(step, mark, reader, translate)
    return StepButton(step, step_word(step, translate), enabled, step in NEEDS_TEXT, reason)


def _why_not(step: FalseAlarmStep, mark: Mark | None, reader: Reader, translate: Translate) -> str:
    _ = translate
    if not reader.may(PERMISSION[step]):
        return _("您的角色不能这样操作")
    if step is FalseAlarmStep.WITHDRAW:
        return _("只有提出人可以撤回")
    if mark is not None and mark.proposed_by == str(reader.actor):
        return _("须由第二人操作")
    return _("须本人登录后操作")


def vocabulary(reader: Reader) -> dict[str, object]:
    """What templates need to name marks in lists."""
    translate = translations(reader.language).gettext
    return {
        "mark_word": lambda mark: mark_word(mark.state, translate),
        "cause_word": lambda cause: cause_word(Cause(cause), translate),
    }
