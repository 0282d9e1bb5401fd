"""Who may do what: roles, permissions, and the table that joins them (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import message


class Role(StrEnum):
    """What a person is in the centre."""

    NETWORK_ENGINEER = "network_engineer"
    DUTY_TECHNICIAN = "duty_technician"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What can be allowed."""

    SEE_WALL = "see_wall"
    SEE_INCIDENTS = "see_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    DEPLOY = "deploy"
    OPERATE_TWIN = "operate_twin"
    SEE_AUDIT = "see_audit"
    ADMINISTER = "administer"


_SEEING = frozenset({Permission.SEE_WALL, Permission.SEE_INCIDENTS})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.NETWORK_ENGINEER: _SEEING
        | {Permission.HANDLE_INCIDENTS, Permission.DEPLOY, Permission.OPERATE_TWIN},
        Role.DUTY_TECHNICIAN: _SEEING | {Permission.HANDLE_INCIDENTS},
        Role.SUPERVISOR: _SEEING | {Permission.HANDLE_INCIDENTS, Permission.SEE_AUDIT},
        Role.ADMINISTRATOR: _SEEING | {Permission.SEE_AUDIT, Permission.ADMINISTER},
    }
)


class ActorKind(StrEnum):
    """A person who signed in, or a part of the product acting by itself."""

    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever causes a change. As text: ``zhang.wei`` for a user, ``system:alerts`` for a part."""

    name: str
    kind: ActorKind
    roles: frozenset[Role] = frozenset()

    def __str__(self) -> str:
        return self.name if self.kind is ActorKind.USER else f"{self.kind}:{self.name}"

    @staticmethod
    def user(name: str, roles: Iterable[Role]) -> "Actor":
        return Actor(name, ActorKind.USER, frozenset(roles))

    @staticmethod
    def system(name: str) -> "Actor":
        return Actor(name, ActorKind.SYSTEM)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything at least one of the roles allows."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))


def allows(actor: Actor, permission: Permission) -> bool:
    """Whether the actor may. A system actor may do all: what it does was decided in code."""
    return actor.kind is ActorKind.SYSTEM or permission in permissions_of(actor.roles)


def require(actor: Actor, permission: Permission) -> None:
    """Raises :class:`Forbidden`, naming the roles that would do, unless the actor may."""
    if allows(actor, permission):
        return
    sufficient = "、".join(role for role, granted in PERMISSIONS.items() if permission in granted)
    raise Forbidden(
        "没有权限",
        message("{actor} 没有权限 {permission}。", actor=actor, permission=permission),
        message("请由具备以下角色之一的人员操作，或请管理员授予角色：{roles}。", roles=sufficient),
    )
