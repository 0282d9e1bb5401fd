"""What proves who sends a request: the session of a sign-in, or the token of a program.

Both are random secrets that are kept here as their SHA-256 only, end with the user's password and
with his deactivation, and carry the roles of the moment. A session is held by a browser as a
cookie; a token is sent as ``Authorization: Bearer``. Neither is taken for the other.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.identity.accounts import User, find_user, user_of
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Permission, permissions_of
from ops_core.kernel.tables import UserRow, UserSessionRow

SESSION_LIFETIME = timedelta(hours=12)
TOKEN_LIFETIME = timedelta(days=365)
LONGEST_TOKEN_LIFETIME = timedelta(days=3 * 366)
TOKEN_BYTES = 32

_USER = "user"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session; ``token`` is the secret for the cookie and is not stored anywhere."""

    user: User
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A program's token; ``token`` is the secret itself and is not stored anywhere."""

    user: User
    token: str
    expires_at: datetime


def open_session(uow: UnitOfWork, user: User, lifetime: timedelta = SESSION_LIFETIME) -> SignedIn:
    """Let an authenticated user stay signed in; expired sessions of anyone are removed."""
    now = uow.clock.now()
    token = _remember(uow.session, user.name, now, now + lifetime, for_program=False)
    return SignedIn(user, token, now + lifetime)


def user_of_session(session: Session, token: str, clock: Clock) -> User | None:
    """Whoever holds the session, with the roles of this moment; None when it holds no more."""
    return _holder(session, token, clock, for_program=False)


def close_session(uow: UnitOfWork, token: str) -> None:
    """Sign out, in the name of whoever held it; a session that holds no more is left at that."""
    held = uow.session.get(UserSessionRow, sha256(token))
    if held is None or held.for_program:
        return
    uow.session.delete(held)
    actor = user_of(uow.session.get_one(UserRow, held.user_name)).actor
    uow.acting_as(actor).audit("signed_out", _USER, actor.name, {})


def issue_token(
    uow: UnitOfWork,
    name: str,
    lifetime: timedelta = TOKEN_LIFETIME,
    permissions: Collection[Permission] | None = None,
) -> IssuedToken:
    """Give a program a token of the user's; earlier ones go on holding.

    With ``permissions`` it allows those alone, and of those only what the user may at the moment.
    Raises :class:`NotFound`, :class:`Conflict` for a user who is deactivated, and
    :class:`Invalid` for a lifetime that is not positive or above LONGEST_TOKEN_LIFETIME, or for a
    permission that the user does not have.
    """
    if not timedelta(0) < lifetime <= LONGEST_TOKEN_LIFETIME:
        raise Invalid(
            "令牌有效期不合要求",
            message("有效期 {days} 天不在允许范围内。", days=lifetime.days),
            message("请给出 1 至 {most} 天。", most=LONGEST_TOKEN_LIFETIME.days),
        )
    user = find_user(uow.session, name)
    if not user.active:
        raise Conflict(
            "用户已停用",
            message("{name} 已停用，不能签发令牌。", name=name),
            "请先恢复该用户。",
        )
    limits = _limits(user, permissions)
    now = uow.clock.now()
    token = _remember(uow.session, name, now, now + lifetime, for_program=True, limits=limits)
    detail: JsonObject = {"expires_at": (now + lifetime).isoformat()}
    if limits is not None:
        detail = {**detail, "permissions": limits}
    uow.event(_USER, name, "user_token_issued", detail)
    uow.audit("user_token_issued", _USER, name, detail)
    return IssuedToken(user, token, now + lifetime)


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token that holds; ``permissions`` None: all that its user may."""

    issued_at: datetime
    expires_at: datetime
    permissions: frozenset[Permission] | None


def list_tokens(session: Session, name: str, now: datetime) -> list[HeldToken]:
    """The tokens of the user's programs that hold now, the newest first."""
    rows = session.scalars(
        select(UserSessionRow)
        .where(
            UserSessionRow.user_name == name,
            UserSessionRow.for_program.is_(True),
            UserSessionRow.expires_at > now,
        )
        .order_by(UserSessionRow.opened_at.desc())
    )
    return [
        HeldToken(
            row.opened_at,
            row.expires_at,
            None if row.permissions is None else _known(row.permissions.split()),
        )
        for row in rows
    ]


def end_tokens(uow: UnitOfWork, name: str) -> int:
    """End all tokens of the user's programs and say how many there were; sign-ins go on.

    Raises :class:`NotFound`.
    """
    find_user(uow.session, name)
    theirs = (UserSessionRow.user_name == name, UserSessionRow.for_program.is_(True))
    ended = len(uow.session.scalars(select(UserSessionRow.token_hash).where(*theirs)).all())
    uow.session.execute(delete(UserSessionRow).where(*theirs))
    uow.event(_USER, name, "user_tokens_ended", {"ended": ended})
    uow.audit("user_tokens_ended", _USER, name, {"ended": ended})
    return ended


def signed_in_since(session: Session, token: str) -> datetime | None:
    """When the session of a browser was opened; None for no session."""
    held = session.get(UserSessionRow, sha256(token))
    return None if held is None or held.for_program else held.opened_at


def user_of_token(session: Session, token: str, clock: Clock) -> User | None:
    """Whose program sent the token, with the roles of this moment; None when it holds no more."""
    return _holder(session, token, clock, for_program=True)


def _limits(user: User, permissions: Collection[Permission] | None) -> str | None:
    if permissions is None:
        return None
    beyond = frozenset(permissions) - permissions_of(user.roles)
    if beyond or not permissions:
        raise Invalid(
            "令牌权限不合要求",
            message(
                "{name} 没有这些权限：{beyond}。", name=user.name, beyond="、".join(sorted(beyond))
            )
            if beyond
            else "",
            message("可选：{held}。", held="、".join(sorted(permissions_of(user.roles)))),
        )
    return " ".join(sorted(permissions))


def _known(names: Iterable[str]) -> frozenset[Permission]:
    """A permission that there is no more allows nothing."""
    return frozenset(Permission(name) for name in names if name in set(Permission))


def sha256(text: str) -> str:
    """The hexadecimal digest under which a token, or a name that was typed, is kept."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _remember(
    session: Session,
    name: str,
    now: datetime,
    expires_at: datetime,
    *,
    for_program: bool,
    limits: str | None = None,
) -> str:
    session.execute(delete(UserSessionRow).where(UserSessionRow.expires_at <= now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        UserSessionRow(
            token_hash=sha256(token),
            user_name=name,
            opened_at=now,
            expires_at=expires_at,
            for_program=for_program,
            permissions=limits,
        )
    )
    return token


def _holder(session: Session, token: str, clock: Clock, *, for_program: bool) -> User | None:
    held = session.get(UserSessionRow, sha256(token))
    if held is None or held.for_program is not for_program or held.expires_at <= clock.now():
        return None
    row = session.get_one(UserRow, held.user_name)
    if not row.active:
        return None
    user = user_of(row)
    if held.permissions is None:
        return user
    return replace(user, limited_to=_known(held.permissions.split()))
