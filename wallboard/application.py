"""The ASGI application: routers, guard and background followers put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import Language, message
from ops_core.kernel.workers import Workers
from wallboard.areas import areas_of
from wallboard.audience import Audience
from wallboard.bodies import MIB, Bounded
from wallboard.dependencies import Dependencies
from wallboard.errors import install_error_pages
from wallboard.follower import Follower
from wallboard.guard import Guard
from wallboard.health.exposition import Exposition
from wallboard.openapi import describe
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles
from wallboard.threads import ChooseLane, Lanes
from wallboard.wall.live import LiveWall
from wallboard.wall.stream import EventStream
from wallboard.wall.tiles import TileRenderer
from wallboard.web import ApiReader, SignedInReader, Web

STREAM_SILENCE_S = 30.0


def create_application(dependencies: Dependencies) -> FastAPI:
    """The whole web face. Serve it with ``timeout_graceful_shutdown=2``: streams stay open."""
    statics, pages = _shipped()
    renderers = {
        language: TileRenderer(dependencies.site, pages, language) for language in Language
    }
    lanes = Lanes()
    dependencies.health.add("web", measures=lanes.measures, concerns=lanes.concerns)
    live_wall = LiveWall(
        dependencies.wall, renderers, dependencies.clock, statics.release, lanes.wall
    )
    follower = Follower(dependencies.database, dependencies.bus, dependencies.clock, lanes.events)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        streams = {"wall-stream": live_wall.run, "console-stream": follower.run}
        tasks = [
            asyncio.create_task(_keep(dependencies.workers, name, run), name=name)
            for name, run in streams.items()
        ]
        yield
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        lanes.close()

    app = FastAPI(
        title="值守 Zhishou",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    areas = areas_of(dependencies)
    entries = tuple(entry for area in areas for entry in area.entries)
    app.state.web = Web(dependencies, pages, statics, lanes, entries)
    app.state.renderers = renderers
    app.state.live_wall = live_wall
    app.state.exposition = Exposition(dependencies.health.health)
    # As they are: included once more, each would be analysed anew at the first request (0.2 s).
    app.router.routes.extend(
        route for area in areas for router in area.routers for route in router.routes
    )
    _add_fixed_routes(app, statics, follower)
    app.openapi = cache(lambda: describe(app))  # type: ignore[method-assign]
    install_error_pages(app)
    settings = dependencies.settings
    app.add_middleware(ChooseLane, lanes=lanes)
    app.add_middleware(Bounded, files_bytes=(settings.evidence_file_mb + 1) * MIB)
    app.add_middleware(Guard, allowed_hosts=settings.accepted_hosts, public=settings.public_origin)
    return app


@cache
def _shipped() -> tuple[StaticFiles, Pages]:
    """What all applications of a process show alike: read and compiled once."""
    statics = StaticFiles()
    return statics, Pages(statics)


async def _keep(
    workers: Workers, name: str, run: Callable[[Callable[[], None]], Awaitable[None]]
) -> None:
    """Run a stream; each of its heartbeats shows that it gets on."""
    await workers.task(
        name, lambda worker: run(worker.succeeded), longest_silence_s=STREAM_SILENCE_S
    )


def _add_fixed_routes(app: FastAPI, statics: StaticFiles, follower: Follower) -> None:
    @app.get("/static/{release}/{name:path}", include_in_schema=False)
    async def static_file(release: str, name: str) -> Response:
        return statics.answer(release, name)

    @app.get("/", include_in_schema=False)
    async def start(reader: SignedInReader) -> RedirectResponse:
        if not reader.menu:
            raise Forbidden(
                message("没有可打开的页面"),
                message("{name} 的角色没有任何页面。", name=reader.signed_in.name),
                message("请管理员授予角色；程序请使用接口（/api）。"),
            )
        return RedirectResponse(reader.menu[0].href, 303)

    @app.get("/live", include_in_schema=False, response_model=None)
    async def live(reader: ApiReader, request: Request) -> EventStream[Audience]:
        return follower.stream(reader.audience, request.headers.get("last-event-id"))
