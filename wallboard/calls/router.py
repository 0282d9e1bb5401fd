"""The pages of calls, and the one command on them: showing who called, on record."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from device_configs.site.model import Title
from ops_core.kernel.i18n import translations
from ops_core.kernel.permissions import Permission
from wallboard.calls.query import WantedCalls, address
from wallboard.calls.views import ABNORMAL, CallFilter, CallOutcome
from wallboard.calls.words import event_word, order_state_word, outcome_word
from wallboard.wall.state import IncidentPhase, SeatCondition, SeatPart
from wallboard.wall.words import part_word, phase_word, seat_word
from wallboard.web import Reader, SignedInReader, in_thread

router = APIRouter(include_in_schema=False)

PAGE = 100
After = Annotated[str | None, Query(max_length=300)]


@router.get("/calls")
async def list_calls(
    reader: SignedInReader, wanted: WantedCalls, after: After = None
) -> HTMLResponse:
    await reader.require(Permission.SEE_CALLS, "page", "calls")
    desk = reader.web.dependencies.calls
    now = await in_thread(desk.now)
    page = await in_thread(lambda: desk.page(wanted, after, PAGE))
    return reader.page(
        "console/calls.html",
        now_going=now,
        page=page,
        wanted=wanted,
        is_first=after is None,
        here=address(wanted, after=after),
        first=address(wanted),
        following=address(wanted, after=page.next) if page.next else None,
        plain=wanted in (CallFilter(), CallFilter(abnormal=True)),
        outcomes=tuple(CallOutcome),
        **_words(reader),
    )


@router.get("/calls/{call:path}")
async def show_call(reader: SignedInReader, call: str) -> HTMLResponse:
    await reader.require(Permission.SEE_CALLS, "call", call)
    detail = await in_thread(lambda: reader.web.dependencies.calls.detail(call))
    return reader.page(
        "console/call.html", detail=detail, summary=detail.summary, contact=None, **_words(reader)
    )


@router.post("/calls/{call:path}/unmask")
async def show_contact(reader: SignedInReader, call: str) -> HTMLResponse:
    """The same page with who called in the clear; the audit log says who looked."""
    await reader.require(Permission.SEE_CALLS, "call", call)
    user = await reader.require(Permission.UNMASK_CONTACTS, "call", call)
    desk = reader.web.dependencies.calls
    contact = await in_thread(lambda: desk.unmask(call, user.actor))
    detail = await in_thread(lambda: desk.detail(call))
    return reader.page(
        "console/call.html",
        detail=detail,
        summary=detail.summary,
        contact=contact,
        **_words(reader),
    )


def _words(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext
    hotline = reader.web.dependencies.site.hotline
    titles = {queue.name: queue.title for queue in hotline.queues}
    return {
        "outcome_word": lambda outcome: outcome_word(CallOutcome(outcome), translate),
        "event_word": lambda kind: event_word(kind, translate),
        "order_state_word": lambda state: order_state_word(state, translate),
        "phase_word": lambda phase: phase_word(IncidentPhase(phase), translate),
        "seat_word": lambda condition: seat_word(SeatCondition(condition), translate),
        "part_word": lambda part: part_word(SeatPart(part), translate),
        "queue_title": lambda name: titles.get(name, Title(zh=name, en=name)),
        "queues": hotline.queues,
        "abnormal_outcomes": ABNORMAL,
        "wait_limit_s": hotline.abnormal.waiting_above_s,
    }
