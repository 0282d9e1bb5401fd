"""Signing in and out, and the choice of language and appearance."""

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.kernel.errors import Conflict, DatabaseBusy, DomainError, TooManyAttempts
from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.identity import (
    SignedIn,
    Whence,
    begin_attempt,
    finish_attempt,
    open_for,
    sign_out,
)
from wallboard.appearance import APPEARANCE_COOKIE, Appearance
from wallboard.language import LANGUAGE_COOKIE
from wallboard.threads import ServerBusy
from wallboard.web import SESSION_COOKIE, AnyReader, Reader, in_thread

router = APIRouter(include_in_schema=False)

DEVICE_COOKIE = "zhishou_device"
"""Sealed: a browser cannot make up one of another name."""
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
        signed_in = await _sign_in(reader, name, password, lifetime)
    except DomainError as failure:
        words = [translate(text, reader.language) for text in (failure.detail, failure.remedy)]
        context = {"target": local_path(target), "name": name, "failure": " ".join(words)}
        page = reader.page_with_status("console/login.html", failure.status, context)
        if isinstance(failure, TooManyAttempts | DatabaseBusy | ServerBusy):
            page.headers["retry-after"] = str(failure.retry_after_s)
        return page
    return _welcome(reader, signed_in, local_path(target), lifetime)


async def _sign_in(reader: Reader, name: str, password: str, lifetime: timedelta) -> SignedIn:
    """Raises what refuses it. The hash is computed in threads of its own."""
    given, lanes = reader.web.dependencies, reader.web.lanes
    client = reader.request.client
    device = device_of(reader, name)
    whence = Whence("" if client is None else client.host, device)
    attempt = await in_thread(lambda: begin_attempt(given.database, name, given.clock, whence))
    right = await lanes.passwords.run(lambda: attempt.verify(password))

    def finish() -> SignedIn:
        user = finish_attempt(given.database, attempt, right, given.clock)
        return open_for(given.database, user, given.clock, lifetime)

    return await in_thread(finish)


def device_of(reader: Reader, name: str) -> str:
    """What this browser is known by if the name signed in here before; empty otherwise."""
    try:
        kept = reader.web.dependencies.vault.unseal(reader.request.cookies.get(DEVICE_COOKIE, ""))
    except Conflict:  # made up, or of another installation
        return ""
    kind, _, rest = kept.partition(" ")
    owner, _, device = rest.partition(" ")
    return device if (kind, owner) == (DEVICE_COOKIE, name.strip().lower()) else ""


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
    name = signed_in.user.name
    device = device_of(reader, name) or secrets.token_urlsafe(16)
    answer.set_cookie(
        DEVICE_COOKIE,
        reader.web.dependencies.vault.seal(f"{DEVICE_COOKIE} {name} {device}"),
        max_age=_YEAR_S,
        path="/login",
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
    return _chosen(reader, LANGUAGE_COOKIE, language.value, target)


@router.post("/appearance")
async def choose_appearance(
    reader: AnyReader,
    appearance: Annotated[Appearance, Form()],
    target: Annotated[str, Form()] = "/",
) -> RedirectResponse:
    return _chosen(reader, APPEARANCE_COOKIE, appearance.value, target)


def _chosen(reader: Reader, cookie: str, value: str, target: str) -> RedirectResponse:
    """Back to the page, with the choice kept in the browser for a year."""
    answer = RedirectResponse(local_path(target), 303)
    answer.set_cookie(cookie, value, max_age=_YEAR_S, samesite="lax", secure=_secure(reader))
    return answer
