"""Users: every change is an event and an audit entry of the actor who made it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.identity.passwords import generate_password, hash_password
from ops_core.kernel.permissions import (
    OPERATOR_ROLES,
    ROLE_WORDS,
    Actor,
    Permission,
    Role,
    may_be_held_at_once,
)
from ops_core.kernel.tables import UserRow, UserSessionRow
from ops_core.kernel.written_text import written

USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
UNIT_NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")

_USER = "user"


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in while ``active``; a unit's handler names his ``unit``."""

    name: str
    display_name: str
    roles: frozenset[Role]
    active: bool
    created_at: datetime
    unit: str = ""
    limited_to: frozenset[Permission] | None = None
    """What the token that was sent allows of what the user may; None: all of it."""

    @property
    def actor(self) -> Actor:
        """The user as the one who causes changes."""
        actor = Actor.user(self.name, self.roles, self.unit)
        return replace(actor, limited_to=self.limited_to)


@dataclass(frozen=True, slots=True)
class FirstSignIn:
    """How to sign in for the first time; the password is not known anywhere else."""

    name: str
    password: str


def find_user(session: Session, name: str) -> User:
    """Raises :class:`NotFound`."""
    return user_of(_row(session, name))


def list_users(session: Session) -> list[User]:
    """Everyone, by name, those deactivated included."""
    return [user_of(row) for row in session.scalars(select(UserRow).order_by(UserRow.name))]


def check_roles(roles: Iterable[Role], unit: str) -> None:
    """Raises :class:`Invalid` unless one user may hold these roles for this unit.

    Nobody is of two sides: the operator's, the purchaser's, a unit's; and a program is of none.
    """
    held = frozenset(roles)
    if not may_be_held_at_once(held) or (Role.UNIT_HANDLER in held) is not bool(unit):
        raise Invalid(
            "角色不能这样授予",
            message(
                "所给角色：{roles}；所给单位：{unit}。",
                roles=tuple(ROLE_WORDS[role] for role in sorted(held)) or "-",
                unit=unit or "-",
            ),
            "承办单位经办人须指明一个单位且不兼任其他角色；接口程序、监控程序不兼任其他角色；"
            "采购人代表不与运营方的角色兼任；其他角色不带单位。",
            members={"roles": [role.value for role in sorted(held)], "unit": unit},
        )
    if unit and not UNIT_NAME.fullmatch(unit):
        raise Invalid(
            "单位名不合要求",
            message("{unit} 不能作单位名。", unit=unit),
            "单位名为场地声明 hotline.yml 中的 name：小写字母、数字、下划线，以字母开头。",
        )


def create_user(
    uow: UnitOfWork,
    name: str,
    display_name: str,
    password: str,
    roles: Iterable[Role],
    unit: str = "",
) -> User:
    """Add a user. Raises :class:`Invalid` or, for a name that is taken, :class:`Conflict`.

    Nobody here knows which units are declared: the handler of another one sees no order.
    """
    held = frozenset(roles)
    check_roles(held, unit)
    if not USER_NAME.fullmatch(name):
        raise Invalid(
            "用户名不合要求",
            message("{name} 不能作用户名。", name=name),
            "用户名为 2 至 32 个小写字母、数字、点、下划线或连字符，以字母开头。",
        )
    display_name = written(display_name)
    if not display_name:
        raise Invalid("姓名不能为空")
    if uow.session.get(UserRow, name) is not None:
        raise Conflict("用户名已被占用", message("用户 {name} 已存在。", name=name))
    row = UserRow(
        name=name,
        display_name=display_name,
        password_hash=hash_password(password, name),
        roles=_sorted(held),
        active=True,
        created_at=uow.clock.now(),
        unit=unit,
    )
    uow.session.add(row)
    _record(
        uow, "user_created", row, display_name=row.display_name, roles=list(row.roles), unit=unit
    )
    return user_of(row)


def set_roles(uow: UnitOfWork, name: str, roles: Iterable[Role], unit: str = "") -> User:
    """Replace the user's roles and unit; holds from the user's next request.

    Raises :class:`NotFound`, :class:`Invalid` for roles that do not go together, and
    :class:`Conflict` when no administrator would be left.
    """
    row = _row(uow.session, name)
    held = frozenset(roles)
    check_roles(held, unit)
    before, after = row.roles, _sorted(held)
    if Role.ADMINISTRATOR not in held:
        _keep_an_administrator(uow.session, row)
    row.roles, row.unit = after, unit
    _record(uow, "user_roles_set", row, before=list(before), after=list(after), unit=unit)
    return user_of(row)


def set_password(uow: UnitOfWork, name: str, password: str) -> User:
    """Replace the password and end the user's sessions. Raises NotFound or Invalid."""
    row = _row(uow.session, name)
    row.password_hash = hash_password(password, name)
    _end_sessions(uow.session, name)
    _record(uow, "user_password_set", row)
    return user_of(row)


def deactivate(uow: UnitOfWork, name: str) -> User:
    """Let the user sign in no more and end his sessions; what he did keeps his name.

    Raises :class:`NotFound`, and :class:`Conflict` when no administrator would be left.
    """
    row = _row(uow.session, name)
    _keep_an_administrator(uow.session, row)
    row.active = False
    _end_sessions(uow.session, name)
    _record(uow, "user_deactivated", row)
    return user_of(row)


def reactivate(uow: UnitOfWork, name: str) -> User:
    """Let a deactivated user sign in again. Raises :class:`NotFound`."""
    row = _row(uow.session, name)
    row.active = True
    _record(uow, "user_reactivated", row)
    return user_of(row)


def ensure_first_user(
    uow: UnitOfWork,
    name: str = "admin",
    display_name: str = "管理员",
    roles: Iterable[Role] = OPERATOR_ROLES,
) -> FirstSignIn | None:
    """Add a user with a generated password if there is none at all, and say it this once.

    Whoever starts the platform holds every role of the operator until he hands them out.
    """
    if uow.session.scalar(select(UserRow.name).limit(1)) is not None:
        return None
    password = generate_password()
    create_user(uow, name, display_name, password, roles)
    return FirstSignIn(name, password)


def user_of(row: UserRow) -> User:
    """The value a row stands for."""
    roles = frozenset(Role(role) for role in row.roles)
    return User(row.name, row.display_name, roles, row.active, row.created_at, row.unit)


def _row(session: Session, name: str) -> UserRow:
    row = session.get(UserRow, name) if USER_NAME.fullmatch(name) else None
    if row is None:
        raise NotFound("没有这个用户", message("用户 {name} 不存在。", name=name))
    return row


def _keep_an_administrator(session: Session, leaving: UserRow) -> None:
    others = session.scalars(
        select(UserRow).where(UserRow.active.is_(True), UserRow.name != leaving.name)
    )
    if Role.ADMINISTRATOR not in leaving.roles or not leaving.active:
        return
    if not any(Role.ADMINISTRATOR in other.roles for other in others):
        raise Conflict(
            "须保留一名管理员",
            message("{name} 是唯一在用的管理员。", name=leaving.name),
            "请先将管理员角色授予另一名用户。",
        )


def _end_sessions(session: Session, name: str) -> None:
    session.execute(delete(UserSessionRow).where(UserSessionRow.user_name == name))


def _sorted(roles: Iterable[Role]) -> list[str]:
    return sorted({Role(role).value for role in roles})


def _record(uow: UnitOfWork, what: str, row: UserRow, **detail: JsonValue) -> None:
    uow.session.flush()
    uow.event(_USER, row.name, what, detail)
    uow.audit(what, _USER, row.name, detail)
