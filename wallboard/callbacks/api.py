"""Callbacks and ratings for programs: JSON in and out, problem+json for refusals."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from ops_core.hotline.callbacks import read as callback_read
from ops_core.hotline.callbacks import service
from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackState, Resolved
from ops_core.hotline.callbacks.read import CallbackRecord
from ops_core.hotline.callbacks.store import CallbackTask
from ops_core.hotline.callbacks.undoing import undo
from ops_core.hotline.calls.ratings import Rated, rate_call
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WrittenInstant
from wallboard.callbacks.answers import REMARK_LIMIT
from wallboard.callbacks.router import Cycle, subject_of
from wallboard.web import ApiReader
from wallboard.work import Commanding, Commands, Reading

router = APIRouter(prefix="/api", tags=["callbacks"])


class AttemptMade(BaseModel):
    """A try that reached nobody."""

    model_config = ConfigDict(extra="forbid")

    result: AttemptResult
    recording: str = ""


class Reached(BaseModel):
    """What the requester said. Every question is answered: null says asked and not given."""

    model_config = ConfigDict(extra="forbid")

    resolved: Resolved
    result: int | None = Field(description="how the matter was handled; null: no rating given")
    attitude: int | None = Field(description="how the hotline served; null: no rating given")
    recording: str
    remark: str = Field(default="", max_length=REMARK_LIMIT)
    version: int | None = None


class CallbackRefused(BaseModel):
    """Reached, and did not want to be asked."""

    model_config = ConfigDict(extra="forbid")

    recording: str
    version: int | None = None


class SeenVersion(BaseModel):
    """What goes with a step that says nothing else: the version the caller saw."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = None


class Rating(BaseModel):
    """A caller's rating of the service after an answered call."""

    model_config = ConfigDict(extra="forbid")

    call: str
    score: int
    at: WrittenInstant | None = Field(
        default=None, description="when it was given; now when missing"
    )


@dataclass(frozen=True, slots=True)
class CallbackPosition:
    """The state of a callback after a command."""

    order: str
    cycle: int
    state: CallbackState
    version: int


@router.get("/callbacks")
async def list_callbacks(
    reader: ApiReader, read: Reading, state: CallbackState = CallbackState.OPEN
) -> list[CallbackRecord]:
    """Callbacks that are due, the oldest first, or those done; numbers and names are masked."""
    await reader.require(Permission.CALL_BACK, "api", "callbacks")
    return await read(
        lambda seen: list(callback_read.list_callbacks(seen.session, seen.site, state, seen.now))
    )


@router.post("/callbacks/{order}/{cycle}/attempt")
async def note_attempt(
    _reader: ApiReader, command: Commanding, order: str, cycle: Cycle, made: AttemptMade
) -> CallbackPosition:
    """Note a try that reached nobody."""
    return await _carry_out(
        command,
        order,
        cycle,
        lambda uow: service.record_attempt(uow, order, cycle, made.result, made.recording),
    )


@router.post("/callbacks/{order}/{cycle}/reached")
async def finish_reached(
    reader: ApiReader, command: Commanding, order: str, cycle: Cycle, reached: Reached
) -> CallbackPosition:
    """The requester was reached: 422 for any question without an answer."""
    site, answers = (
        reader.web.dependencies.site,
        Answers(reached.resolved, reached.result, reached.attitude),
    )
    return await _carry_out(
        command,
        order,
        cycle,
        lambda uow: service.finish_reached(
            uow, site, order, cycle, answers, reached.recording, reached.remark, reached.version
        ),
    )


@router.post("/callbacks/{order}/{cycle}/refused")
async def finish_refused(
    _reader: ApiReader, command: Commanding, order: str, cycle: Cycle, reached: CallbackRefused
) -> CallbackPosition:
    """The requester did not want to be asked."""
    return await _carry_out(
        command,
        order,
        cycle,
        lambda uow: service.finish_refused(uow, order, cycle, reached.recording, reached.version),
    )


@router.post("/callbacks/{order}/{cycle}/unreachable")
async def finish_unreachable(
    reader: ApiReader, command: Commanding, order: str, cycle: Cycle, reached: SeenVersion
) -> CallbackPosition:
    """Give up; 409 until there were enough tries on enough days."""
    site = reader.web.dependencies.site
    return await _carry_out(
        command,
        order,
        cycle,
        lambda uow: service.finish_unreachable(uow, site, order, cycle, reached.version),
    )


@router.post("/callbacks/{order}/{cycle}/undo")
async def undo_last(
    _reader: ApiReader, command: Commanding, order: str, cycle: Cycle, body: SeenVersion
) -> CallbackPosition:
    """Withdraw one's own last try or outcome; 409 after a minute, or when something followed."""
    return await _carry_out(
        command, order, cycle, lambda uow: undo(uow, order, cycle, body.version)
    )


@router.post(
    "/ratings",
    status_code=201,
    tags=["ratings"],
    responses={200: {"model": Rated, "description": "The call had been rated before"}},
)
async def rate(reader: ApiReader, command: Commanding, response: Response, rating: Rating) -> Rated:
    """Take a caller's rating (indicator 10); the first one of a call is the one that stands."""
    site = reader.web.dependencies.site
    rated = await command(
        ("api", "ratings"),
        lambda uow: rate_call(uow, site, rating.call, rating.score, rating.at or uow.clock.now()),
    )
    if not rated.is_new:
        response.status_code = 200
    return rated


async def _carry_out(
    command: Commands, order: str, cycle: int, work: Callable[[UnitOfWork], CallbackTask]
) -> CallbackPosition:
    after = await command(subject_of(order, cycle), work)
    return CallbackPosition(after.order, after.cycle, CallbackState(after.state), after.version)
