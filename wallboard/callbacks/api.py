"""Callbacks and ratings for programs: JSON in and out, problem+json for refusals."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackState, Resolved
from ops_core.hotline.callbacks.read import CallbackRecord
from ops_core.hotline.calls.ratings import Rated
from ops_core.kernel.permissions import Actor, Permission
from wallboard.callbacks.answers import REMARK_LIMIT
from wallboard.callbacks.router import Cycle
from wallboard.callbacks.views import CallbackDesk
from wallboard.web import ApiReader, Reader, in_thread

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


class Refused(BaseModel):
    """Reached, and did not want to be asked."""

    model_config = ConfigDict(extra="forbid")

    recording: str
    version: int | None = None


class Unreachable(BaseModel):
    """Given up after enough tries on enough days."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = None


class Rating(BaseModel):
    """A caller's rating of the service after an answered call."""

    model_config = ConfigDict(extra="forbid")

    call: str
    score: int
    at: AwareDatetime | None = Field(
        default=None, description="when it was given; now when missing"
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a callback stands after a command."""

    order: str
    cycle: int
    state: CallbackState
    version: int


@router.get("/callbacks")
async def list_callbacks(
    reader: ApiReader, state: CallbackState = CallbackState.OPEN
) -> list[CallbackRecord]:
    """Callbacks that are due, the oldest first, or those done; numbers and names are masked."""
    await reader.require(Permission.CALL_BACK, "api", "callbacks")
    return await in_thread(lambda: list(reader.web.dependencies.callbacks.listed(state)))


@router.post("/callbacks/{order}/{cycle}/attempt")
async def note_attempt(reader: ApiReader, order: str, cycle: Cycle, made: AttemptMade) -> Standing:
    """Note a try that reached nobody."""
    return await _carry_out(
        reader,
        order,
        cycle,
        lambda desk, actor: desk.attempt(order, cycle, made.result, made.recording, actor),
    )


@router.post("/callbacks/{order}/{cycle}/reached")
async def finish_reached(reader: ApiReader, order: str, cycle: Cycle, said: Reached) -> Standing:
    """The requester was reached: 422 for any question without an answer."""
    answers = Answers(said.resolved, said.result, said.attitude)
    return await _carry_out(
        reader,
        order,
        cycle,
        lambda desk, actor: desk.reached(
            order, cycle, answers, said.recording, said.remark, said.version, actor
        ),
    )


@router.post("/callbacks/{order}/{cycle}/refused")
async def finish_refused(reader: ApiReader, order: str, cycle: Cycle, said: Refused) -> Standing:
    """The requester did not want to be asked."""
    return await _carry_out(
        reader,
        order,
        cycle,
        lambda desk, actor: desk.refused(order, cycle, said.recording, said.version, actor),
    )


@router.post("/callbacks/{order}/{cycle}/unreachable")
async def finish_unreachable(
    reader: ApiReader, order: str, cycle: Cycle, said: Unreachable
) -> Standing:
    """Give up; 409 until there were enough tries on enough days."""
    return await _carry_out(
        reader,
        order,
        cycle,
        lambda desk, actor: desk.unreachable(order, cycle, said.version, actor),
    )


@router.post(
    "/ratings",
    status_code=201,
    tags=["ratings"],
    responses={200: {"model": Rated, "description": "The call had been rated before"}},
)
async def rate(reader: ApiReader, response: Response, rating: Rating) -> Rated:
    """Take a caller's rating (indicator 10); the first one of a call is the one that stands."""
    user = await reader.require(Permission.FEED_CALLS, "api", "ratings")
    desk = reader.web.dependencies.callbacks
    rated = await in_thread(lambda: desk.rate(rating.call, rating.score, rating.at, user.actor))
    if not rated.is_new:
        response.status_code = 200
    return rated


async def _carry_out(
    reader: Reader, order: str, cycle: int, command: Callable[[CallbackDesk, Actor], None]
) -> Standing:
    user = await reader.require(Permission.CALL_BACK, "callback", f"{order}/{cycle}")
    desk = reader.web.dependencies.callbacks

    def work() -> CallbackRecord:
        command(desk, user.actor)
        return desk.detail(order, cycle).callback

    after = await in_thread(work)
    return Standing(after.order, after.cycle, after.state, after.version)
