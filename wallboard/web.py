"""What the routers share: the reader of a request, his language, and the pages he gets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import DomainError, Forbidden, Unauthenticated
from ops_core.kernel.i18n import Language, message, translate
from ops_core.kernel.identity import User, user_of_session, user_of_token
from ops_core.kernel.permissions import Actor, Permission, allows, require
from ops_core.kernel.shown_names import PersonName, UnitName
from wallboard.appearance import APPEARANCE_COOKIE, DARK_MEDIA, Appearance, appearance_of
from wallboard.audience import Audience
from wallboard.dependencies import Dependencies
from wallboard.guard import bearer_token
from wallboard.language import LANGUAGE_COOKIE, language_of
from wallboard.menu import MenuEntry, ShownEntry, grouped, menu_of
from wallboard.pages import Pages
from wallboard.people import People
from wallboard.static_files import StaticFiles
from wallboard.threads import Lanes, run_in_lane

SESSION_COOKIE = "zhishou_session"
API_KEY = "api_key"
"""The state of a request that holds the token its address or form brought."""

T = TypeVar("T")


class SignInFirst(DomainError):
    """A page was asked for by a reader who has to sign in before."""


@dataclass(frozen=True)
class Web:
    """The pieces that live as long as the application."""

    dependencies: Dependencies
    pages: Pages
    statics: StaticFiles
    lanes: Lanes
    entries: tuple[MenuEntry, ...]
    people: People = field(default_factory=People)


@dataclass(frozen=True)
class Reader:
    """Whoever looks at a page. ``user`` is None before signing in; ``by_token``: his program."""

    web: Web
    request: Request
    language: Language
    user: User | None
    by_token: bool = False

    @property
    def signed_in(self) -> User:
        """Raises :class:`Unauthenticated`."""
        if self.user is None:
            raise Unauthenticated(message("请先登录"))
        return self.user

    @property
    def actor(self) -> Actor:
        """The user as the one who causes changes. Raises :class:`Unauthenticated`."""
        return replace(self.signed_in.actor, by_token=self.by_token)

    @property
    def audience(self) -> Audience:
        """The reader as the live stream knows him. Raises :class:`Unauthenticated`."""
        user = self.signed_in
        held = frozenset(one for one in Permission if self.may(one))
        return Audience(user.name, held, user.unit)

    def may(self, permission: Permission) -> bool:
        return self.user is not None and allows(self.user.actor, permission)

    @property
    def appearance(self) -> Appearance:
        return appearance_of(self.request.cookies.get(APPEARANCE_COOKIE))

    @property
    def menu(self) -> tuple[ShownEntry, ...]:
        """The pages this reader may go to; empty before signing in."""
        return menu_of(self.web.entries, self.may, self.language)

    async def require(self, permission: Permission, subject: str, subject_id: str) -> User:
        """The user, if he may. Raises Unauthenticated or Forbidden.

        A refusal is audited where it is answered, and so is one that the domain raises later in
        the request: it is filed under this subject.
        """
        user = self.signed_in
        self.about(subject, subject_id)
        require(user.actor, permission)
        return user

    def about(self, subject: str, subject_id: str) -> None:
        """What this request is about: a refusal from now on is filed under it."""
        self.request.state.subject = (subject, subject_id)

    async def require_any(
        self, permissions: Sequence[Permission], subject: str, subject_id: str
    ) -> User:
        """The same for a page that either of several permissions opens."""
        held = next((one for one in permissions if self.may(one)), permissions[0])
        return await self.require(held, subject, subject_id)

    async def record_refusal(self, error: Forbidden) -> None:
        """Put on record that this reader was refused; nothing for one who is not signed in."""
        user = self.user
        if user is None:
            return
        path = self.request.url.path
        about: tuple[str, str] = getattr(self.request.state, "subject", ("page", path))
        subject, subject_id = about
        detail = {"permission": error.permission, "path": path, "reason": str(error.title)}

        def record() -> None:
            dependencies = self.web.dependencies
            clock = dependencies.clock
            with unit_of_work(dependencies.database, None, clock, user.actor) as uow:
                uow.audit("refused", subject, subject_id, detail)

        await self.web.lanes.commands.run(record)  # it writes, whatever the request does

    def person(self, name: str | None) -> str:
        """Whoever acted under a name, as this reader is shown him; empty for nobody."""
        return "" if not name else translate(self.web.people.shown(name, self.user), self.language)

    def shown(self, name: PersonName | UnitName) -> str:
        """A name of a refusal as this reader's screens call whom it names."""
        if isinstance(name, PersonName):
            return self.person(str(name))
        unit = self.web.dependencies.site.hotline.unit_of.get(str(name))
        if unit is None:
            return str(name)
        return unit.title.en if self.language is Language.ENGLISH else unit.title.zh

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
            "address": address_of(self.request),
            "site": dependencies.site,
            "menu": self.menu,
            "menu_groups": grouped(self.menu, self.language),
            "person": self.person,
            "people": lambda names: "、".join(self.person(name) for name in names),
            "dark_media": DARK_MEDIA[self.appearance],
            "may": lambda permission: self.may(Permission(permission)),
            "now": dependencies.clock.now(),
        }
        text = self.web.pages.render(template, self.language, everywhere | dict(context))
        return HTMLResponse(text, status)


def address_of(request: Request) -> str:
    """Path and query of a page: where its reader comes back to."""
    url = request.url
    return f"{url.path}?{url.query}" if url.query and request.method == "GET" else url.path


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work (database, services) off the event loop, in the request's lane.

    Raises :class:`wallboard.threads.ServerBusy` when the lane has no thread for it in time.
    """
    return await run_in_lane(work)


def web_of(request: Request) -> Web:
    web = request.app.state.web
    if not isinstance(web, Web):
        raise TypeError("the application was not made by create_application")
    return web


def reader_language(request: Request) -> Language:
    default = web_of(request).dependencies.settings.language
    return language_of(request.cookies.get(LANGUAGE_COOKIE), default)


async def reader_of(request: Request) -> Reader:
    """The reader of this request, signed in or not.

    A bearer token stands for itself: the cookie beside it is not looked at. Raises
    :class:`Unauthenticated` for a token that holds no more.
    """
    token = bearer_token(request.headers)
    if token is None:  # an empty one is there, and no token
        token = getattr(request.state, API_KEY, None)
    if token is None:
        return await _reader_by(request, user_of_session, request.cookies.get(SESSION_COOKIE))
    reader = await _reader_by(request, user_of_token, token)
    if reader.user is None:
        raise Unauthenticated(
            message("令牌无效"),
            message("令牌不存在、已过期或已终止。"),
            message("请由管理员用 zhishou users token 重新签发。"),
        )
    return reader


async def reader_of_refusal(request: Request) -> Reader:
    """The reader who reads of a refusal; nobody when it is the token that was refused."""
    try:
        return await reader_of(request)
    except Unauthenticated:
        return await _reader_by(request, user_of_token, None)


def unknown_reader(request: Request) -> Reader:
    """A reader of whom nothing is asked of the database."""
    return Reader(web_of(request), request, reader_language(request), None)


async def _reader_by(
    request: Request, look_up: Callable[[Session, str, Clock], User | None], token: str | None
) -> Reader:
    web = web_of(request)

    def user() -> User | None:
        with web.dependencies.database.reading() as session:
            web.people.refresh(session, web.dependencies.clock.now())
            return look_up(session, token or "", web.dependencies.clock)

    found = None if token is None else await in_thread(user)
    by_token = look_up is user_of_token
    return Reader(web, request, reader_language(request), found, by_token)


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
