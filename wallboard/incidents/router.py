"""The incidents' pages and the actions on them."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.site.model import FaultClassName
from incident.false_alarm_terms import MarkState
from incident.handling import carry_out
from incident.marked import MOST_LISTED, count_pending
from incident.model import IncidentCommand
from incident.read import running_numbers
from incident.store import INCIDENT
from ops_core.kernel.i18n import Translate, translations
from ops_core.kernel.permissions import Permission
from ops_core.kernel.undoing import UndoOffer
from wallboard.calls.impact import read_touched
from wallboard.incidents import acknowledging, marking
from wallboard.incidents.detail import ShownIncident
from wallboard.incidents.marking import section_of, vocabulary
from wallboard.incidents.offers import buttons, undo_word
from wallboard.incidents.page import read_detail
from wallboard.incidents.summary import (
    IncidentSummary,
    list_open,
    list_recent,
    list_with_mark,
)
from wallboard.snapshot import Snapshot
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import IncidentPhase, SeatCondition, SeatsView, SeatView
from wallboard.wall.verdict import URGENT_CLASSES
from wallboard.wall.words import class_word, clock_word, phase_word
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)
router.include_router(acknowledging.router)
router.include_router(marking.router)

RECENT = 200
PER_PAGE = 100
MOST_PAGES = 1_000


class IncidentTab(StrEnum):
    OPEN = "open"
    RESTORED = "restored"
    PENDING = "pending"
    """Proposed as false alarms: a second person is asked for."""
    FALSE_ALARMS = "false_alarms"


_MARKED = {IncidentTab.PENDING: MarkState.PENDING, IncidentTab.FALSE_ALARMS: MarkState.CONFIRMED}


@router.get("/incidents")
async def list_incidents(
    reader: SignedInReader,
    read: Reading,
    show: IncidentTab = IncidentTab.OPEN,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "incidents")
    listed, pending = await read(
        lambda seen: (_page(seen, show, page), count_pending(seen.session))
    )
    return reader.page(
        "console/incidents.html",
        show=show.value,
        pending=pending,
        classes=[c.name for c in reader.web.dependencies.site.contract.fault_classes],
        waiting=[i for i in listed.incidents if i.phase is IncidentPhase.OPEN],
        incidents=listed.incidents,
        total=listed.total,
        page=listed.page,
        pages=listed.pages,
        most=listed.most,
        **_vocabulary(reader),
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """One page of the list: with hundreds open, all of them at once would be read by nobody."""

    incidents: list[IncidentSummary]
    total: int | None = None
    page: int = 1
    pages: int = 1
    most: int = 0
    """How many of the newest are listed at most; 0 where all are, page by page."""


def _page(seen: Snapshot, show: IncidentTab, page: int) -> _Listed:
    if show in _MARKED:
        return _Listed(list_with_mark(seen, _MARKED[show]), most=MOST_LISTED)
    if show is IncidentTab.RESTORED:
        return _Listed(list_recent(seen, RECENT), most=RECENT)
    total = len(_open_numbers(seen))
    pages = max(1, math.ceil(total / PER_PAGE))
    chosen = min(page, pages)
    return _Listed(list_open(seen, PER_PAGE, PER_PAGE * (chosen - 1)), total, chosen, pages)


def _open_numbers(seen: Snapshot) -> list[str]:
    return running_numbers(seen.session, seen.site.contract)


@router.get("/incidents/{number}")
async def show_incident(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, INCIDENT, number)
    sees_calls = reader.may(Permission.SEE_CALLS)
    detail, neighbours, touched = await read(
        lambda seen: (
            read_detail(seen, number),
            _neighbours(_open_numbers(seen), number),
            read_touched(seen, number) if sees_calls else None,
        )
    )
    translate = translations(reader.language).gettext
    may_handle = reader.may(Permission.HANDLE_INCIDENTS)
    return reader.page(
        "console/incident.html",
        detail=detail,
        summary=detail.summary,
        buttons=buttons(detail, may_handle, reader.language, translate),
        undo=_own_undo(detail, reader),
        undo_word=lambda step: undo_word(step, translate),
        previous=neighbours[0],
        next=neighbours[1],
        map=seat_map(reader.web.dependencies.site, _hit(detail)),
        running=_running(detail),
        touched=touched,
        alarm=section_of(reader, detail),
        **_vocabulary(reader),
    )


@router.post("/incidents/{number}/{action}")
async def act(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    action: IncidentCommand,
    version: Annotated[int, Form()] = 0,
    comment: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command((INCIDENT, number), lambda uow: carry_out(uow, number, action, version, comment))
    return RedirectResponse(f"/incidents/{number}", 303)


def _neighbours(numbers: list[str], number: str) -> tuple[str | None, str | None]:
    """The open incidents before and after this one, in the list's order."""
    if number not in numbers:
        return None, numbers[0] if numbers else None
    at = numbers.index(number)
    before = numbers[at - 1] if at else None
    return before, numbers[at + 1] if at + 1 < len(numbers) else None


def _own_undo(detail: ShownIncident, reader: Reader) -> UndoOffer | None:
    """What the reader may still take back."""
    is_own = detail.undo is not None and detail.undo.by == reader.signed_in.name
    return detail.undo if is_own else None


def _hit(detail: ShownIncident) -> SeatsView:
    return SeatsView(None, tuple(SeatView(n, SeatCondition.FAULT) for n in detail.seats))


def _running(detail: ShownIncident) -> bool:
    return detail.summary.phase not in (IncidentPhase.RESTORED, IncidentPhase.CLOSED)


def _vocabulary(reader: Reader) -> dict[str, object]:
    translate: Translate = translations(reader.language).gettext
    return {
        "class_word": lambda name: class_word(FaultClassName(name), translate),
        "phase_word": lambda phase: phase_word(IncidentPhase(phase), translate),
        "clock_word": lambda kind: clock_word(kind, translate),
        "urgent_classes": URGENT_CLASSES,
        **vocabulary(reader),
    }
