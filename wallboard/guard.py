"""What every request passes, as plain ASGI: host, origin, request id, security headers."""

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_core.kernel.errors import PROBLEM_MEDIA_TYPE
from ops_core.kernel.web_address import Origin

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def host_name(host: str) -> str:
    """The name part of a Host header: ``127.0.0.1:8000`` is ``127.0.0.1``, IPv6 keeps brackets."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def bearer_token(headers: Headers) -> str | None:
    """The token of ``Authorization: Bearer`` (RFC 6750), None without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def is_cross_site(method: str, headers: Headers, public: Origin | None = None) -> bool:
    """Whether an unsafe request comes from another site's page; ``public`` is ours behind a proxy.

    Browsers say so by Sec-Fetch-Site, older ones by Origin. A client that sends neither is no
    browser; it may not ride on a browser's cookie. A bearer token is no such ride: no browser
    adds one by itself, and the cookie beside it is not looked at.
    """
    if method in _SAFE_METHODS:
        return False
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is not None:
        ours = public is not None and origin == str(public)
        return not ours and urlsplit(origin).netloc != headers.get("host")
    return "cookie" in headers and bearer_token(headers) is None


class Guard:
    """Refuses what must not reach the application and dresses what leaves it."""

    def __init__(self, app: ASGIApp, allowed_hosts: frozenset[str], public: Origin | None) -> None:
        self._app, self._allowed_hosts, self._public = app, allowed_hosts, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if host_name(headers.get("host", "")) not in self._allowed_hosts:
            return refuse(421, "misdirected-request", "此地址不属于本平台")
        if is_cross_site(scope["method"], headers, self._public):
            return refuse(403, "cross-site-request", "请求来自其他网站，已拒绝")
        return None


def refuse(status: int, kind: str, title: str) -> JSONResponse:
    """An answer that needs nothing of the application."""
    problem = {"type": f"urn:zhishou:problem:{kind}", "title": title, "status": status}
    return JSONResponse(problem, status, media_type=PROBLEM_MEDIA_TYPE)
