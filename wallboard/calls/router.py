"""The pages of calls, and the one command on them: showing who called, on record."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from device_configs.site.model import Title
from ops_core.hotline.calls.contact import CALL, unmask_caller
from ops_core.hotline.calls.listing import CallFilter, read_now, read_page
from ops_core.hotline.calls.outcomes import ABNORMAL, CallOutcome
from ops_core.hotline.calls.words import event_word, outcome_word
from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.orders.step_words import STATE_WORDS
from ops_core.hotline.orders.steps import OrderState
from ops_core.kernel.i18n import translations
from ops_core.kernel.permissions import Permission
from wallboard.calls.detail import read_detail
from wallboard.calls.impact import read_impact
from wallboard.calls.query import ChosenCalls, address
from wallboard.wall.state import IncidentPhase, SeatCondition, SeatPart
from wallboard.wall.words import part_word, phase_word, seat_word
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading, Reads

router = APIRouter(include_in_schema=False)

PAGE = 100
After = Annotated[str | None, Query(max_length=300)]


@router.get("/calls")
async def list_calls(
    reader: SignedInReader, read: Reading, chosen: ChosenCalls, after: After = None
) -> HTMLResponse:
    await reader.require(Permission.SEE_CALLS, "page", "calls")
    now, page = await read(
        lambda seen: (
            read_now(seen.session, seen.site, seen.now),
            read_page(
                seen.session, seen.site, seen.now, chosen,
                read_impact(seen, chosen.incident), after, PAGE,
            ),
        )
    )  # fmt: skip
    return reader.page(
        "console/calls.html",
        now_going=now,
        page=page,
        chosen=chosen,
        is_first=after is None,
        here=address(chosen, after=after),
        first=address(chosen),
        following=address(chosen, after=page.next) if page.next else None,
        plain=chosen in (CallFilter(), CallFilter(abnormal=True)),
        outcomes=tuple(CallOutcome),
        **_words(reader),
    )


@router.get("/calls/{call:path}")
async def show_call(reader: SignedInReader, read: Reading, call: str) -> HTMLResponse:
    return await _page(reader, read, call)


@router.post("/calls/{call:path}/unmask")
async def show_contact(
    reader: SignedInReader, read: Reading, command: Commanding, call: str
) -> HTMLResponse:
    """The same page with who called in the clear; the audit log says who looked."""
    given = reader.web.dependencies
    contact = await command(
        (CALL, call), lambda uow: unmask_caller(uow, given.site, given.vault, call)
    )
    return await _page(reader, read, call, contact)


async def _page(
    reader: Reader, read: Reads, call: str, contact: Contact | None = None
) -> HTMLResponse:
    await reader.require(Permission.SEE_CALLS, CALL, call)
    detail = await read(lambda seen: read_detail(seen, call))
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
        "order_state_word": lambda state: translate(STATE_WORDS[OrderState(state)]),
        "phase_word": lambda phase: phase_word(IncidentPhase(phase), translate),
        "seat_word": lambda condition: seat_word(SeatCondition(condition), translate),
        "part_word": lambda part: part_word(SeatPart(part), translate),
        "queue_title": lambda name: titles.get(name, Title.composed(zh=name, en=name)),
        "queues": hotline.queues,
        "abnormal_outcomes": ABNORMAL,
        "wait_limit_s": hotline.abnormal.waiting_above_s,
    }
