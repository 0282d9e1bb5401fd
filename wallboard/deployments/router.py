"""Deployments: start one and watch it. Present only when the platform can deploy."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.deploy.record import read_deployment, read_deployments
from device_configs.deploy.recording import DEPLOYMENT
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Translate, message, translations
from ops_core.kernel.permissions import Permission
from wallboard.dependencies import DeploymentStarter
from wallboard.deployments.runs import DeploymentState, run_of
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

RECENT = 50


def state_word(state: DeploymentState, translate: Translate) -> str:
    _ = translate
    return {
        DeploymentState.RUNNING: _("进行中"),
        DeploymentState.DONE: _("已完成"),
        DeploymentState.FAILED: _("失败"),
    }[state]


def _starter(reader: Reader) -> DeploymentStarter:
    starter = reader.web.dependencies.deployments
    if starter is None:
        raise NotFound(message("本平台未启用部署"))
    return starter


def _words(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext
    return {"state_word": lambda state: state_word(state, translate)}


@router.get("/deployments")
async def list_deployments(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "deployments")
    runs = await read(
        lambda seen: [
            run_of(record, seen.site, seen.now) for record in read_deployments(seen.session, RECENT)
        ]
    )
    deployed = reader.web.dependencies.site.deployed
    return reader.page("console/deployments.html", runs=runs, deployed=deployed, **_words(reader))


@router.post("/deployments")
async def start_deployment(
    reader: SignedInReader, command: Commanding, device: Annotated[str, Form()] = ""
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    number = await command.run(
        ("device", device or "*"), lambda: starter.start([device] if device else [], actor)
    )
    return RedirectResponse(f"/deployments/{number}", 303)


@router.get("/deployments/{number}")
async def show_deployment(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, DEPLOYMENT, number)
    run = await read(
        lambda seen: run_of(read_deployment(seen.session, number), seen.site, seen.now)
    )
    return reader.page("console/deployment.html", run=run, **_words(reader))
