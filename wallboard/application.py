"""The ASGI application: routers, guard and background followers put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response

from ops_core.kernel.i18n import Language
from wallboard import accounts
from wallboard.dependencies import Dependencies
from wallboard.errors import install_error_pages
from wallboard.guard import Guard
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles
from wallboard.wall import router as wall
from wallboard.wall.live import LiveWall
from wallboard.wall.tiles import TilePainter
from wallboard.web import Web


def create_application(dependencies: Dependencies) -> FastAPI:
    """The whole web face. Serve it with ``timeout_graceful_shutdown=2``: streams stay open."""
    statics = StaticFiles()
    pages = Pages(statics)
    painters = {language: TilePainter(dependencies.site, pages, language) for language in Language}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        followers = [asyncio.create_task(app.state.live_wall.run())]
        yield
        for follower in followers:
            follower.cancel()
        for follower in followers:
            with suppress(asyncio.CancelledError):
                await follower

    app = FastAPI(
        title="值守 Zhishou",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.web = Web(dependencies, pages, statics)
    app.state.painters = painters
    app.state.live_wall = LiveWall(dependencies.wall, painters, dependencies.clock, statics.release)
    app.include_router(accounts.router)
    app.include_router(wall.router)
    _add_fixed_routes(app, statics)
    install_error_pages(app)
    app.add_middleware(Guard, allowed_hosts=dependencies.allowed_hosts)
    return app


def _add_fixed_routes(app: FastAPI, statics: StaticFiles) -> None:
    @app.get("/static/{release}/{name:path}", include_in_schema=False)
    async def static_file(release: str, name: str) -> Response:
        return statics.answer(release, name)

    @app.get("/", include_in_schema=False)
    async def start() -> RedirectResponse:
        return RedirectResponse("/wall", 303)

    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        return Response("ok\n", media_type="text/plain")
