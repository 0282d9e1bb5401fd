"""Changes: what is planned, who approved it, how it goes; and the steps that carry them out."""

from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.changes import service
from device_configs.changes.happenings import CHANGE
from device_configs.changes.read import read_change, read_changes
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from wallboard.changes.forms import ChangeAsked
from wallboard.changes.steps import offers_for
from wallboard.changes.words import vocabulary
from wallboard.dependencies import ChangeStarter
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

RECENT = 100
PAGE = "/network/changes"


def _starter(reader: Reader) -> ChangeStarter:
    starter = reader.web.dependencies.changes
    if starter is None:
        raise NotFound(message("本平台未启用部署"))
    return starter


@router.get(PAGE)
async def list_changes(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "changes")
    changes = await read(lambda seen: read_changes(seen.session, RECENT))
    given = reader.web.dependencies
    draft = None if given.changes is None else given.changes.last_step()
    return reader.page(
        "console/changes.html", changes=changes, most=RECENT, draft=draft,
        startable=given.changes is not None, deployed=given.site.deployed, **vocabulary(reader),
    )  # fmt: skip


@router.post(PAGE)
async def plan_change(
    reader: SignedInReader, command: Commanding, asked: ChangeAsked
) -> RedirectResponse:
    starter, actor, given = _starter(reader), reader.actor, reader.web.dependencies

    def plan() -> None:
        zone = ZoneInfo(given.site.contract.timezone)
        starter.plan(asked.plan(given.clock.now(), zone), actor)

    await command.run((CHANGE, "+"), plan)
    return RedirectResponse(PAGE, 303)


@router.post(PAGE + "/deployments")
async def deploy(
    reader: SignedInReader, command: Commanding, asked: ChangeAsked
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    await command.run((CHANGE, "+"), lambda: starter.deploy(asked.deployment(), actor))
    return RedirectResponse(PAGE, 303)


@router.get(PAGE + "/{number}")
async def show_change(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, CHANGE, number)
    change = await read(lambda seen: read_change(seen.session, number))
    starter = reader.web.dependencies.changes
    step = None if starter is None else starter.last_step(number)
    offers = offers_for(
        change,
        str(reader.actor),
        may_approve=reader.may(Permission.APPROVE_CHANGES),
        may_change=reader.may(Permission.DEPLOY),
        can_start=starter is not None,
        step=step,
    )
    return reader.page(
        "console/change.html", change=change, offers=offers, step=step, **vocabulary(reader)
    )


@router.post(PAGE + "/{number}/approve")
async def approve_change(
    _reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    await command((CHANGE, number), lambda uow: service.approve(uow, number))
    return _back_to(number)


@router.post(PAGE + "/{number}/cancel")
async def cancel_change(
    _reader: SignedInReader, command: Commanding, number: str, reason: Annotated[str, Form()] = ""
) -> RedirectResponse:
    await command((CHANGE, number), lambda uow: service.cancel(uow, number, reason))
    return _back_to(number)


@router.post(PAGE + "/{number}/rehearse")
async def rehearse_change(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.rehearse(number, actor))


@router.post(PAGE + "/{number}/rehearsal/cancel")
async def cancel_rehearsal(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.cancel_rehearsal(number, actor))


@router.post(PAGE + "/{number}/apply")
async def apply_change(
    reader: SignedInReader, command: Commanding, number: str, hold: Annotated[bool, Form()] = False
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.apply(number, actor, hold=hold))


@router.post(PAGE + "/{number}/confirm")
async def confirm_change(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.confirm(number, actor))


@router.post(PAGE + "/{number}/resume")
async def resume_change(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.resume(number, actor))


@router.post(PAGE + "/{number}/rollback")
async def roll_back_change(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    return await _step(command, number, lambda: starter.rollback(number, actor))


async def _step(command: Commanding, number: str, start: Callable[[], None]) -> RedirectResponse:
    await command.run((CHANGE, number), start)
    return _back_to(number)


def _back_to(number: str) -> RedirectResponse:
    return RedirectResponse(f"{PAGE}/{number}", 303)
