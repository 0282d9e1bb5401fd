"""Deployments: start one and watch it. Present only when the platform can deploy."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.i18n import message, translations
from ops_core.kernel.permissions import Permission
from wallboard.formats import Translate
from wallboard.records import DeploymentDesk, DeploymentState
from wallboard.web import Reader, SignedInReader, in_thread

router = APIRouter(include_in_schema=False)

RECENT = 50


def state_word(state: DeploymentState, translate: Translate) -> str:
    _ = translate
    return {
        DeploymentState.RUNNING: _("进行中"),
        DeploymentState.DONE: _("已完成"),
        DeploymentState.ROLLED_BACK: _("已回退"),
        DeploymentState.FAILED: _("失败"),
    }[state]


def _desk(reader: Reader) -> DeploymentDesk:
    desk = reader.web.dependencies.deployments
    if desk is None:
        raise NotFound(message("本平台未启用部署"))
    return desk


def _words(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext
    return {"state_word": lambda state: state_word(state, translate)}


@router.get("/deployments")
async def list_deployments(reader: SignedInReader) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "deployments")
    desk = _desk(reader)
    runs = await in_thread(lambda: list(desk.recent(RECENT)))
    managed = reader.web.dependencies.site.deployed
    return reader.page("console/deployments.html", runs=runs, managed=managed, **_words(reader))


@router.post("/deployments")
async def start_deployment(
    reader: SignedInReader, device: Annotated[str, Form()] = ""
) -> RedirectResponse:
    user = await reader.require(Permission.DEPLOY, "device", device or "*")
    if device and device not in reader.web.dependencies.site.devices:
        raise Invalid(message("没有这台设备"))
    desk = _desk(reader)
    number = await in_thread(lambda: desk.start([device] if device else [], user.actor))
    return RedirectResponse(f"/deployments/{number}", 303)


@router.get("/deployments/{number}")
async def show_deployment(reader: SignedInReader, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "deployment", number)
    desk = _desk(reader)
    run = await in_thread(lambda: desk.detail(number))
    return reader.page("console/deployment.html", run=run, **_words(reader))
