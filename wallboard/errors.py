"""Refusals as answers: problem+json (RFC 9457) for programs, a page that helps for people."""

import errno
import logging
from dataclasses import asdict
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ops_core.kernel.errors import (
    PROBLEM_MEDIA_TYPE,
    DatabaseBusy,
    DomainError,
    Forbidden,
    Problem,
    TooManyAttempts,
    localized_problem,
    refusal_of,
)
from ops_core.kernel.i18n import Language, message
from ops_core.kernel.shown_names import holds_names, with_shown_names
from wallboard.open311.refusals import georeport_refusal, is_georeport
from wallboard.threads import ServerBusy
from wallboard.web import (
    SignInFirst,
    address_of,
    reader_language,
    reader_of_refusal,
    unknown_reader,
    web_of,
)

log = logging.getLogger(__name__)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_ROOM_AGAIN_S = 30
"""After how many seconds it is worth while to try again on a full disk."""


def install_error_pages(app: FastAPI) -> None:
    """Answer every kind of failure, the unexpected included, without showing internals."""
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _no_room)
    app.add_exception_handler(Exception, _unexpected)


def accepts_page(request: Request) -> bool:
    """Browsers ask for HTML; programs and the API get problem+json."""
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


async def _sign_in_first(request: Request, _error: Exception) -> Response:
    if not accepts_page(request) or request.method != "GET" or "hx-request" in request.headers:
        return await _answer(
            request,
            Problem("urn:zhishou:problem:unauthenticated", message("请先登录"), 401, "", ""),
        )
    return RedirectResponse(
        f"/login?next={quote(address_of(request), safe='/')}", HTTPStatus.SEE_OTHER
    )


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    if isinstance(error, Forbidden):
        try:
            await (await reader_of_refusal(request)).record_refusal(error)
        except (ServerBusy, DatabaseBusy) as busy:  # a refusal is on record before it is answered
            error = busy
    answer = await _answer(request, await _named(request, error))
    if isinstance(error, TooManyAttempts | ServerBusy | DatabaseBusy):
        answer.headers["retry-after"] = str(error.retry_after_s)
    return answer


async def _named(request: Request, error: DomainError) -> Problem:
    """The refusal with people and units as the reader's screens call them."""
    problem = refusal_of(error)
    if holds_names(problem):
        try:
            reader = await reader_of_refusal(request)
        except (ServerBusy, DatabaseBusy):  # as they are kept
            return localized_problem(problem, reader_language(request))
        problem = with_shown_names(problem, reader.shown)
    return localized_problem(problem, reader_language(request))


async def _no_room(request: Request, error: Exception) -> Response:
    """A disk that is full is nobody's fault and passes: the same request may be granted later."""
    if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
        raise error
    log.error("no room on a disk at %s", request.url.path, exc_info=error)
    problem = Problem(
        "urn:zhishou:problem:disk-full",
        message("磁盘已满"),
        HTTPStatus.SERVICE_UNAVAILABLE,
        message("写不下临时文件，本次操作没有完成。"),
        message("请清理磁盘后重试。"),
    )
    answer = await _answer(request, problem)
    answer.headers["retry-after"] = str(_ROOM_AGAIN_S)
    return answer


async def _malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [(".".join(str(part) for part in e["loc"]), str(e["msg"])) for e in error.errors()]
    problem = Problem(
        "urn:zhishou:problem:malformed",
        message("请求格式不正确"),
        422,
        "；".join(place for place, _ in faults),
        "",
        {"faults": [{"field": place, "detail": text} for place, text in faults]},
    )
    return await _answer(request, problem)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    titles = {
        404: message("没有这个页面"),
        405: message("不支持这种请求方法"),
        408: message("请求内容未能及时送达"),
        413: message("请求内容过大"),
    }
    title = titles.get(error.status_code, message("请求未能完成"))
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    too_much = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and is_form
    remedy = (
        message("请压缩或拆分后再上传；上限由 ZHISHOU_EVIDENCE_FILE_MB 设定。") if too_much else ""
    )
    problem = Problem("about:blank", title, error.status_code, "", remedy)
    return await _answer(request, problem)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected failure at %s", request.url.path, exc_info=error)
    problem = Problem(
        "about:blank",
        message("平台内部错误"),
        500,
        message("错误已写入日志。"),
        message("请稍后重试。"),
    )
    return await _answer(request, problem)


async def _answer(request: Request, problem: Problem) -> Response:
    language = reader_language(request)
    localized = localized_problem(problem, language)
    if is_georeport(request.url.path):
        return georeport_refusal(request.url.path, localized)
    if not accepts_page(request):
        members = {name: value for name, value in asdict(localized).items() if value}
        body = members.pop("members", {}) | members
        headers = {"www-authenticate": "Bearer"} if problem.status == 401 else None
        return JSONResponse(body, problem.status, headers, PROBLEM_MEDIA_TYPE)
    if "hx-request" in request.headers:
        return _notice(request, localized, language)
    try:
        reader = await reader_of_refusal(request)
    except (ServerBusy, DatabaseBusy):  # nobody knows who reads; the page says what is wrong
        reader = unknown_reader(request)
    return reader.page_with_status("console/error.html", problem.status, {"problem": localized})


def _notice(request: Request, problem: Problem, language: Language) -> HTMLResponse:
    text = web_of(request).pages.render("console/notice.html", language, {"problem": problem})
    return HTMLResponse(text, problem.status)
