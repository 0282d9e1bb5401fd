"""Plays: run one, watch it, break it off. Present only when the platform reaches the devices."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.plays.catalogue import PLAYS, play_named
from device_configs.plays.model import PLAY
from device_configs.plays.service import cancel_play
from device_configs.plays.store import read_play, read_plays
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message, translate, translations
from ops_core.kernel.permissions import Permission
from wallboard.dependencies import PlayStarter
from wallboard.plays.words import host_state_word, play_state_word
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

RECENT = 50


def _starter(reader: Reader) -> PlayStarter:
    starter = reader.web.dependencies.plays
    if starter is None:
        raise NotFound(message("本平台未启用剧本"))
    return starter


def _words(reader: Reader) -> dict[str, object]:
    gettext = translations(reader.language).gettext
    titles = {play.name: translate(play.title, reader.language) for play in PLAYS}
    return {
        "state_word": lambda state: play_state_word(state, gettext),
        "host_state_word": lambda state: host_state_word(state, gettext),
        "play_word": lambda name: titles.get(name, name),
    }


@router.get("/network/plays")
async def list_plays(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "plays")
    runs = await read(lambda seen: read_plays(seen.session, RECENT))
    allowed = [play for play in PLAYS if reader.may(play.permission)]
    return reader.page(
        "console/plays.html", runs=runs, most=RECENT, allowed=allowed, **_words(reader)
    )


@router.post("/network/plays")
async def start_play(
    reader: SignedInReader,
    command: Commanding,
    play: Annotated[str, Form()],
    limit: Annotated[str, Form()] = "",
    check: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    starter, actor = _starter(reader), reader.actor
    names = limit.replace("，", " ").replace(",", " ").split()
    number = await command.run((PLAY, play), lambda: starter.start(play, names, check, actor))
    return RedirectResponse(f"/network/plays/{number}", 303)


@router.get("/network/plays/{number}")
async def show_play(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, PLAY, number)
    run = await read(lambda seen: read_play(seen.session, number))
    may_cancel = reader.may(play_named(run.play).permission)
    return reader.page("console/play.html", run=run, may_cancel=may_cancel, **_words(reader))


@router.post("/network/plays/{number}/cancel")
async def cancel_running_play(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    await reader.require(Permission.SEE_INCIDENTS, PLAY, number)
    await command((PLAY, number), lambda uow: cancel_play(uow, number))
    return RedirectResponse(f"/network/plays/{number}", 303)
