"""Signing in and out, and the choice of language."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.kernel.errors import DatabaseBusy, DomainError, TooManyAttempts
from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.identity import SignedIn, sign_in, sign_out
from wallboard.language import LANGUAGE_COOKIE
from wallboard.threads import ServerBusy
from wallboard.web import SESSION_COOKIE, AnyReader, Reader, in_thread

router = APIRouter(include_in_schema=False)

_YEAR_S = 365 * 24 * 3600


def local_path(target: str) -> str:
    """Where to go on to; anything but a path of this site becomes the wall."""
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target
    return target if ours else "/"


def _secure(reader: Reader) -> bool:
    """Whether cookies travel by TLS alone: they do where the public address is, or this request."""
    public = reader.web.dependencies.settings.public_origin
    is_public = public is not None and public.is_secure
    return reader.request.url.scheme == "https" or is_public


@router.get("/login")
async def show_sign_in(reader: AnyReader, next: str = "/") -> HTMLResponse:  # noqa: A002
    return reader.page("console/login.html", target=local_path(next), name="", failure=None)


@router.post("/login")
async def submit_sign_in(
    reader: AnyReader,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    target: Annotated[str, Form()] = "/",
) -> Response:
    dependencies = reader.web.dependencies
    lifetime = timedelta(hours=dependencies.settings.session_lifetime_h)
    try:
        signed_in = await in_thread(
            lambda: sign_in(dependencies.database, name, password, dependencies.clock, lifetime)
        )
    except DomainError as failure:
        words = [translate(text, reader.language) for text in (failure.detail, failure.remedy)]
        context = {"target": local_path(target), "name": name, "failure": " ".join(words)}
        page = reader.page_with_status("console/login.html", failure.status, context)
        if isinstance(failure, TooManyAttempts | DatabaseBusy | ServerBusy):
            page.headers["retry-after"] = str(failure.retry_after_s)
        return page
    return _welcome(reader, signed_in, local_path(target), lifetime)


def _welcome(
    reader: Reader, signed_in: SignedIn, target: str, lifetime: timedelta
) -> RedirectResponse:
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=int(lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_secure(reader),
    )
    return answer


@router.post("/logout")
async def submit_sign_out(reader: AnyReader) -> RedirectResponse:
    dependencies = reader.web.dependencies
    token = reader.request.cookies.get(SESSION_COOKIE)

    if token is not None:
        await in_thread(lambda: sign_out(dependencies.database, token, dependencies.clock))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.post("/language")
async def choose_language(
    reader: AnyReader,
    language: Annotated[Language, Form()],
    target: Annotated[str, Form()] = "/",
) -> RedirectResponse:
    answer = RedirectResponse(local_path(target), 303)
    secure = _secure(reader)
    answer.set_cookie(
        LANGUAGE_COOKIE, language.value, max_age=_YEAR_S, samesite="lax", secure=secure
    )
    return answer
