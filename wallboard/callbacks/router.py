"""The callback agent's pages: what is due, and one callback with its script and its answers."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.hotline.callbacks import service
from ops_core.hotline.callbacks.contact import unmask_requester
from ops_core.hotline.callbacks.detail import read_detail
from ops_core.hotline.callbacks.model import CALLBACK, AttemptResult, CallbackState, Resolved
from ops_core.hotline.callbacks.read import LISTED_AT_MOST, CallbackRecord, count_waiting
from ops_core.hotline.callbacks.read import list_callbacks as list_callbacks_of
from ops_core.hotline.callbacks.undoing import ATTEMPTED, DONE, undo
from ops_core.hotline.contacts.requesters import Contact
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message, translate
from ops_core.kernel.permissions import Permission
from wallboard.callbacks.answers import ReachedFields, answers_of
from wallboard.calls.query import asked_day
from wallboard.intake.forms import faults_by_field
from wallboard.orders.words import vocabulary
from wallboard.snapshot import Snapshot
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading, Reads, Subject

router = APIRouter(include_in_schema=False)

PATH = "/callbacks"
Cycle = Annotated[int, Path(ge=1, le=9999)]
TRIES = tuple(result for result in AttemptResult if result is not AttemptResult.REACHED)
SCORE_WORDS = {
    5: message("很满意"),
    4: message("满意"),
    3: message("基本满意"),
    2: message("不满意"),
    1: message("很不满意"),
}
"""Of a scale from 1 to 5; any other scale is shown by its numbers."""


@dataclass(frozen=True, slots=True)
class CallbackForm:
    """The answers as they stand, and what is wrong with them."""

    fields: ReachedFields
    faults: dict[str, str]


@router.get(PATH)
async def list_callbacks(
    reader: SignedInReader,
    read: Reading,
    show: CallbackState = CallbackState.OPEN,
    day: str = "",
) -> HTMLResponse:
    """``day``: of the done ones those done on it, in the site's time."""
    await reader.require(Permission.CALL_BACK, "page", "callbacks")
    done_on = asked_day(day)
    found, waiting = await read(
        lambda seen: (_listed(seen, show, done_on), count_waiting(seen.session))
    )
    return reader.page(
        "console/callbacks.html",
        show=show.value,
        callbacks=found,
        waiting=waiting,
        day=done_on,
        most=LISTED_AT_MOST,
        me=reader.signed_in.name,
        **vocabulary(reader),
    )


@router.get(PATH + "/{order}/{cycle}")
async def show_callback(
    reader: SignedInReader, read: Reading, order: str, cycle: Cycle
) -> HTMLResponse:
    return await _page(reader, read, order, cycle)


@router.post(PATH + "/{order}/{cycle}/contact")
async def show_contact(
    reader: SignedInReader, read: Reading, command: Commanding, order: str, cycle: Cycle
) -> HTMLResponse:
    """The page with the number to dial: in this one answer, which nobody keeps."""
    vault = reader.web.dependencies.vault
    contact = await command(
        subject_of(order, cycle), lambda uow: unmask_requester(uow, vault, order, cycle)
    )
    return await _page(reader, read, order, cycle, contact=contact)


@router.post(PATH + "/{order}/{cycle}/attempt")
async def note_attempt(
    _reader: SignedInReader,
    command: Commanding,
    order: str,
    cycle: Cycle,
    result: Annotated[AttemptResult, Form()],
    recording: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command(
        subject_of(order, cycle),
        lambda uow: service.record_attempt(uow, order, cycle, result, recording),
    )
    return _back(order, cycle)


@router.post(PATH + "/{order}/{cycle}/reached")
async def finish_reached(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    order: str,
    cycle: Cycle,
    resolved: Annotated[str, Form()] = "",
    result: Annotated[str, Form()] = "",
    attitude: Annotated[str, Form()] = "",
    recording: Annotated[str, Form()] = "",
    remark: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
) -> Response:
    """A question that was not asked is refused: nothing stands for an answer by default."""
    site = reader.web.dependencies.site
    fields = ReachedFields(resolved, result, attitude, recording, remark)
    try:
        answers = answers_of(fields, site.hotline.satisfaction)
        await command(
            subject_of(order, cycle),
            lambda uow: service.finish_reached(
                uow, site, order, cycle, answers, recording, remark, version
            ),
        )
    except Invalid as refusal:
        faults = {
            field: translate(text, reader.language)
            for field, text in faults_by_field(refusal.members).items()
        } or {"form": translate(refusal.title, reader.language)}
        form = CallbackForm(fields, faults)
        return await _page(reader, read, order, cycle, form=form, status=refusal.status)
    return _back(order, cycle)


@router.post(PATH + "/{order}/{cycle}/refused")
async def finish_refused(
    _reader: SignedInReader,
    command: Commanding,
    order: str,
    cycle: Cycle,
    recording: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    await command(
        subject_of(order, cycle),
        lambda uow: service.finish_refused(uow, order, cycle, recording, version),
    )
    return _back(order, cycle)


@router.post(PATH + "/{order}/{cycle}/unreachable")
async def finish_unreachable(
    reader: SignedInReader,
    command: Commanding,
    order: str,
    cycle: Cycle,
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    site = reader.web.dependencies.site
    await command(
        subject_of(order, cycle),
        lambda uow: service.finish_unreachable(uow, site, order, cycle, version),
    )
    return _back(order, cycle)


@router.post(PATH + "/{order}/{cycle}/undo")
async def undo_last(
    _reader: SignedInReader,
    command: Commanding,
    order: str,
    cycle: Cycle,
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    """Withdraw one's own last try or outcome, within a minute."""
    await command(subject_of(order, cycle), lambda uow: undo(uow, order, cycle, version))
    return _back(order, cycle)


def subject_of(order: str, cycle: int) -> Subject:
    """What a command on a callback is about."""
    return CALLBACK, f"{order}/{cycle}"


def _listed(seen: Snapshot, state: CallbackState, day: date | None) -> tuple[CallbackRecord, ...]:
    return list_callbacks_of(seen.session, seen.site, state, seen.now, day=day)


def _back(order: str, cycle: int) -> RedirectResponse:
    return RedirectResponse(f"{PATH}/{order}/{cycle}", 303)


async def _page(
    reader: Reader,
    read: Reads,
    order: str,
    cycle: int,
    contact: Contact | None = None,
    form: CallbackForm | None = None,
    status: int = 200,
) -> HTMLResponse:
    await reader.require(Permission.CALL_BACK, *subject_of(order, cycle))
    detail, waiting = await read(
        lambda seen: (
            read_detail(seen.session, seen.site, order, cycle, seen.now),
            _listed(seen, CallbackState.OPEN, None),
        )
    )
    me = reader.signed_in.name
    following = [
        f"{PATH}/{one.order}/{one.cycle}"
        for one in waiting
        if (one.order, one.cycle) != (order, cycle) and me not in one.intake
    ]
    hotline = reader.web.dependencies.site.hotline
    form = form or CallbackForm(ReachedFields("", "", "", "", ""), {})
    return reader.page_with_status(
        "console/callback.html",
        status,
        {
            "detail": detail,
            "callback": detail.callback,
            "case": detail.case,
            "contact": contact,
            "own": me in detail.callback.intake,
            "undo": detail.undo if detail.undo and detail.undo.by == me else None,
            "next": following[0] if following else None,
            "form": form.fields,
            "faults": form.faults,
            "answers": list(Resolved),
            "scores": _scores(hotline.satisfaction.scores, reader),
            "tries": TRIES,
            "policy": hotline.orders.callback,
            "undo_word": lambda step: _undo_word(step, reader),
            **vocabulary(reader),
        },
    )


def _undo_word(step: str, reader: Reader) -> str:
    words = {DONE: message("撤销刚才的回访结果"), ATTEMPTED: message("撤销刚才的拨打记录")}
    return translate(words[step], reader.language)


def _scores(scores: tuple[int, ...], reader: Reader) -> list[tuple[int, str]]:
    words: dict[int, Message] = SCORE_WORDS if set(scores) == set(SCORE_WORDS) else {}
    return [
        (score, translate(words[score], reader.language) if score in words else str(score))
        for score in sorted(scores, reverse=True)
    ]
