"""What a request may bring, and how long it may take to (plain ASGI).

A body is refused by the length that is announced, and by the length that arrives; before anybody is
known, little is taken. The application answers what ends the reading.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallboard.guard import bearer_token, refuse

KIB, MIB = 2**10, 2**20
STRANGERS_BYTES = 64 * KIB
"""Of a request with neither cookie nor token: enough to sign in."""
ORDINARY_BYTES = 2 * MIB
LARGE_BYTES: Sequence[tuple[str, int]] = (("/api/calls/events", 16 * MIB),)
"""By the beginning of the path: a telephone system's log of some hours."""
FILES_BYTES = 64 * MIB
"""A form with files, unless the settings say how large those may be."""
BODY_S = 60.0
"""From the head to the last byte of the body."""


class Bounded:
    """Refuses bodies that are too large (413) or too slow (408), and NUL in addresses (400)."""

    def __init__(
        self, app: ASGIApp, files_bytes: int = FILES_BYTES, body_s: float = BODY_S
    ) -> None:
        self._app, self._files_bytes, self._body_s = app, files_bytes, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await refuse(HTTPStatus.BAD_REQUEST, "malformed", "地址中有不可用的字符")(
                scope, receive, send
            )
            return
        most = most_bytes(scope["path"], headers, self._files_bytes)
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > most:
            await _refuse_size(most)(scope, receive, send)
            return
        await self._bounded(scope, receive, send, most)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        loop = asyncio.get_running_loop()
        until, arrived, ended = loop.time() + self._body_s, 0, False

        async def limited() -> Message:
            nonlocal arrived, ended
            if ended:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
            arrived += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if arrived > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, limited, send)


def most_bytes(path: str, headers: Headers, files_bytes: int = FILES_BYTES) -> int:
    """How much the body of a request may hold."""
    if "cookie" not in headers and bearer_token(headers) is None:
        return STRANGERS_BYTES
    if headers.get("content-type", "").startswith("multipart/form-data"):
        return files_bytes
    return next((most for start, most in LARGE_BYTES if path.startswith(start)), ORDINARY_BYTES)


def _refuse_size(most: int) -> ASGIApp:
    words = f"请求内容过大，至多 {most // KIB} KiB；请压缩或拆分后再提交"
    return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content-too-large", words)
