"""What administrators do to accounts, and everybody to his own: permission, then the command."""

from collections.abc import Collection
from datetime import timedelta

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.identity import (
    IssuedToken,
    Permission,
    Role,
    User,
    create_user,
    deactivate,
    end_tokens,
    generate_password,
    issue_token,
    reactivate,
    require,
    set_password,
    set_roles,
)
from ops_core.kernel.identity.sessions import LONGEST_TOKEN_LIFETIME


def add_user(
    uow: UnitOfWork, name: str, display_name: str, roles: Collection[Role], unit: str
) -> str:
    """Add a user; returns the generated password, which is kept nowhere.

    Raises Forbidden, Invalid, Conflict.
    """
    require(uow.actor, Permission.ADMINISTER)
    password = generate_password()
    create_user(uow, name, display_name, password, roles, unit)
    return password


def change_roles(uow: UnitOfWork, name: str, roles: Collection[Role], unit: str) -> User:
    """Raises Forbidden, NotFound, Invalid, and Conflict when no administrator would be left."""
    require(uow.actor, Permission.ADMINISTER)
    return set_roles(uow, name, roles, unit)


def renew_password(uow: UnitOfWork, name: str) -> str:
    """Give a user a generated password; his sessions end. Raises Forbidden, NotFound."""
    require(uow.actor, Permission.ADMINISTER)
    password = generate_password()
    set_password(uow, name, password)
    return password


def switch_user(uow: UnitOfWork, name: str, *, active: bool) -> User:
    """Let a user sign in, or no more. Raises Forbidden, NotFound, Conflict."""
    require(uow.actor, Permission.ADMINISTER)
    return reactivate(uow, name) if active else deactivate(uow, name)


def end_tokens_of(uow: UnitOfWork, name: str) -> int:
    """Raises Forbidden unless they are the actor's own or he administers."""
    if name != uow.actor.name:
        require(uow.actor, Permission.ADMINISTER)
    _require_person(uow)
    return end_tokens(uow, name)


def change_own_password(uow: UnitOfWork, password: str, again: str) -> User:
    """The former one was verified before. Raises Forbidden to a program, Invalid."""
    _require_person(uow)
    if password != again:
        raise Invalid("两次输入的口令不一致", "", "请重新输入。")
    return set_password(uow, uow.actor.name, password)


def issue_own_token(uow: UnitOfWork, days: int, permissions: Collection[Permission]) -> IssuedToken:
    """A token that allows these of the actor's permissions. Raises Forbidden, Invalid."""
    _require_person(uow)
    if not 1 <= days <= LONGEST_TOKEN_LIFETIME.days:
        most = LONGEST_TOKEN_LIFETIME.days
        raise Invalid(
            "令牌有效期不合要求",
            message("有效期 {days} 天不在允许范围内。", days=days),
            message("请给出 1 至 {most} 天。", most=most),
        )
    return issue_token(uow, uow.actor.name, timedelta(days=days), permissions)


def _require_person(uow: UnitOfWork) -> None:
    """A token makes no further token, and changes no password."""
    if uow.actor.by_token:
        raise Forbidden("程序不能更改账户", "", "请本人登录后操作。")
