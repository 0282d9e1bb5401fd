"""What the routers share: the reader of a request, his language, and the pages he gets."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from ops_core.kernel.audit import record_audit
from ops_core.kernel.errors import DomainError, Unauthenticated
from ops_core.kernel.i18n import Language, message
from ops_core.kernel.identity import User, user_of_session
from ops_core.kernel.permissions import Permission, allows, require
from wallboard.dependencies import Dependencies
from wallboard.language import LANGUAGE_COOKIE, language_of
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles

SESSION_COOKIE = "zhishou_session"

T = TypeVar("T")


class SignInFirst(DomainError):
    """A page was asked for by a reader who has to sign in before."""


@dataclass(frozen=True)
class Web:
    """The pieces that live as long as the application."""

    dependencies: Dependencies
    pages: Pages
    statics: StaticFiles


@dataclass(frozen=True)
class Reader:
    """Whoever looks at a page. ``user`` is None before signing in."""

    web: Web
    request: Request
    language: Language
    user: User | None

    @property
    def signed_in(self) -> User:
        """Raises :class:`Unauthenticated`."""
        if self.user is None:
            raise Unauthenticated(message("请先登录"))
        return self.user

    def may(self, permission: Permission) -> bool:
        return self.user is not None and allows(self.user.actor, permission)

    async def require(self, permission: Permission, subject: str, subject_id: str) -> User:
        """The user, if he may; a refusal is audited. Raises Unauthenticated or Forbidden."""
        user = self.signed_in
        if not allows(user.actor, permission):
            await in_thread(lambda: self._record_refusal(user, permission, subject, subject_id))
            require(user.actor, permission)
        return user

    def _record_refusal(
        self, user: User, permission: Permission, subject: str, subject_id: str
    ) -> None:
        dependencies = self.web.dependencies
        detail = {"permission": permission.value, "path": self.request.url.path}
        with dependencies.database.transaction() as session:
            record_audit(
                session, user.actor, "refused", subject, subject_id, detail, dependencies.clock
            )

    def page(self, template: str, **context: object) -> HTMLResponse:
        """A console page in the reader's language."""
        return self.page_with_status(template, 200, context)

    def page_with_status(
        self, template: str, status: int, context: Mapping[str, object]
    ) -> HTMLResponse:
        """The same with another status than 200: a refusal, an error."""
        dependencies = self.web.dependencies
        everywhere: dict[str, object] = {
            "user": self.user,
            "path": self.request.url.path,
            "site": dependencies.site,
            "has_deployments": dependencies.deployments is not None,
            "has_proofs": dependencies.proofs is not None,
            "may_deploy": self.may(Permission.DEPLOY),
            "may_handle": self.may(Permission.HANDLE_INCIDENTS),
            "now": dependencies.clock.now(),
        }
        text = self.web.pages.render(template, self.language, everywhere | dict(context))
        return HTMLResponse(text, status)


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work (database, services) off the event loop."""
    return await asyncio.to_thread(work)


def web_of(request: Request) -> Web:
    web = request.app.state.web
    if not isinstance(web, Web):
        raise TypeError("the application was not made by create_application")
    return web


def reader_language(request: Request) -> Language:
    default = web_of(request).dependencies.settings.language
    return language_of(request.cookies.get(LANGUAGE_COOKIE), default)


async def reader_of(request: Request) -> Reader:
    """The reader of this request, signed in or not."""
    web = web_of(request)
    token = request.cookies.get(SESSION_COOKIE)
    user = None if token is None else await in_thread(lambda: _user(web, token))
    return Reader(web, request, reader_language(request), user)


def _user(web: Web, token: str) -> User | None:
    with web.dependencies.database.reading() as session:
        return user_of_session(session, token, web.dependencies.clock)


AnyReader = Annotated[Reader, Depends(reader_of)]


async def signed_in_reader(reader: AnyReader) -> Reader:
    """Raises :class:`SignInFirst`, which sends a browser to the sign-in page."""
    if reader.user is None:
        raise SignInFirst(message("请先登录"), status=401)
    return reader


SignedInReader = Annotated[Reader, Depends(signed_in_reader)]


async def api_reader(reader: AnyReader) -> Reader:
    """Raises :class:`Unauthenticated`."""
    if reader.user is None:
        raise Unauthenticated(message("请先登录"))
    return reader


ApiReader = Annotated[Reader, Depends(api_reader)]
