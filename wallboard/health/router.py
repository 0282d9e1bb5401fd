"""Pages and answers about the product itself."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ops_core.kernel.i18n import translate
from ops_core.kernel.permissions import Permission
from wallboard.health.exposition import MEDIA_TYPE, Exposition
from wallboard.health.models import HealthModel, health_model
from wallboard.health.tables import figures_of
from wallboard.web import ApiReader, SignedInReader, reader_language, web_of

router = APIRouter()


@router.get("/healthz", include_in_schema=False)
async def answer_probe(request: Request) -> Response:
    """``ok``, or 503 with a line for each vital part that fails. For load balancers, unsigned.

    Not even a database is asked: whoever waits for one must still get his answer. What an error
    said is left out here, for anybody may ask.
    """
    health = web_of(request).dependencies.health.health()
    if health.is_healthy:
        return Response("ok\n", media_type="text/plain")
    language = reader_language(request)
    reasons = [
        f"{concern.key}: {translate(concern.text, language)}\n"
        for concern in health.concerns
        if concern.is_vital
    ]
    return Response("".join(reasons), 503, {"retry-after": "5"}, "text/plain")


@router.get("/metrics", include_in_schema=False)
async def expose_metrics(reader: ApiReader) -> Response:
    """Every figure about ourselves, for Prometheus (``authorization: type: Bearer``)."""
    await reader.require(Permission.READ_METRICS, "api", "metrics")
    exposition: Exposition = reader.request.app.state.exposition
    return Response(exposition.text(), media_type=MEDIA_TYPE)


@router.get("/api/health", tags=["health"])
async def read_health(reader: ApiReader) -> HealthModel:
    """Workers, concerns and figures at this instant."""
    await reader.require(Permission.READ_METRICS, "api", "health")
    return health_model(reader.web.dependencies.health.health(), reader.language)


@router.get("/health", include_in_schema=False)
async def show_health(reader: SignedInReader, q: str = "") -> HTMLResponse:
    await reader.require(Permission.SEE_HEALTH, "page", "health")
    health = reader.web.dependencies.health.health()
    return reader.page(
        "console/health.html", health=health, figures=figures_of(health.measures, q), words=q
    )
