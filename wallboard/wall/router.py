"""The wall's page and its stream."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from ops_core.kernel.errors import Unauthenticated
from ops_core.kernel.i18n import Language, message
from ops_core.kernel.permissions import Permission
from wallboard.wall.live import LiveWall
from wallboard.wall.stream import EventStream
from wallboard.wall.tiles import TileRenderer, sources
from wallboard.web import AnyReader, Reader, SignInFirst, in_thread

router = APIRouter(include_in_schema=False)

MAX_AGE_MS = 4_000
"""A source is stamped at least every two seconds: older than that, its tile is late."""
LOST_AFTER_MS = 12_000
"""So late, and nobody should act upon the tile any more: it says 数据中断."""


def live_wall_of(request: Request) -> LiveWall:
    live = request.app.state.live_wall
    if not isinstance(live, LiveWall):
        raise TypeError("the application was not made by create_application")
    return live


def renderer_of(request: Request, language: Language) -> TileRenderer:
    renderer = request.app.state.renderers[language]
    if not isinstance(renderer, TileRenderer):
        raise TypeError("the application was not made by create_application")
    return renderer


async def _admit(reader: Reader) -> None:
    """Let in who may see the wall. Raises Forbidden, or SignInFirst for a stranger."""
    if reader.user is None:
        raise SignInFirst(message("请先登录"), status=401)
    await reader.require(Permission.SEE_WALL, "page", "wall")


@router.get("/wall")
async def show_wall(reader: AnyReader) -> HTMLResponse:
    await _admit(reader)
    dependencies = reader.web.dependencies
    renderer = renderer_of(reader.request, reader.language)
    state = await in_thread(dependencies.wall.state)
    now = dependencies.clock.now()
    title = dependencies.site.title
    text = reader.web.pages.render(
        "wall/page.html",
        reader.language,
        {
            "site_title": title.en if reader.language is Language.ENGLISH else title.zh,
            "demonstration": dependencies.site.demonstration,
            "tiles": renderer.render(state),
            "as_of": sources(state),
            "consoles": [page for page in reader.menu if page.permission != Permission.SEE_WALL],
            "max_age_ms": MAX_AGE_MS,
            "lost_after_ms": LOST_AFTER_MS,
            "now": now,
            "reader": reader.signed_in.name,
            "release": reader.web.statics.release,
        },
    )
    return HTMLResponse(text)


@router.get("/wall/live", response_model=None)
async def stream_wall(
    reader: AnyReader, release: str = "", language: Language | None = None
) -> EventStream[Language]:
    """The wall's tiles; the page says its language, for its tabs share one stream."""
    try:
        await _admit(reader)
    except SignInFirst as error:  # a stream never redirects: any 200 would count as one
        raise Unauthenticated(message("请先登录")) from error
    return live_wall_of(reader.request).stream(language or reader.language, release)
