"""The lists of administration: users, the audit log, the settings in force."""

from collections.abc import Sequence

from ops_core.kernel.audit import AuditEntry, read_audit
from ops_core.kernel.i18n import message
from ops_core.kernel.identity import User, list_users
from ops_core.kernel.permissions import Permission
from wallboard.administration.settings import ShownSetting, shown_settings
from wallboard.administration.words import role_word
from wallboard.lists.cells import Cell, Named
from wallboard.lists.model import MOST_ROWS, Asking, ListColumn, ListTable


def _users(asking: Asking) -> Sequence[User]:
    return list_users(asking.seen.session)


def _roles(one: User, asking: Asking) -> Cell:
    held = sorted(one.roles)
    return Named(" ".join(held), " ".join(role_word(role, asking.reader.language) for role in held))


def _active(one: User, asking: Asking) -> Cell:
    _ = asking.gettext
    return Named("active" if one.active else "inactive", _("在用") if one.active else _("已停用"))


USERS = ListTable(
    "users", "/users", (Permission.ADMINISTER,),
    (
        ListColumn("name", message("用户名"), lambda one, _: one.name),
        ListColumn("display_name", message("姓名"), lambda one, _: one.display_name),
        ListColumn("roles", message("角色"), _roles),
        ListColumn("unit", message("承办单位"), lambda one, _: one.unit),
        ListColumn("state", message("状态"), _active),
        ListColumn("created_at", message("创建"), lambda one, _: one.created_at),
    ),
    _users,
)  # fmt: skip


def _entries(asking: Asking) -> Sequence[AuditEntry]:
    return read_audit(asking.seen.session, MOST_ROWS + 1, words=asking.asked.get("q", "").strip())


AUDIT = ListTable(
    "audit", "/audit", (Permission.SEE_AUDIT,),
    (
        ListColumn("position", message("序号"), lambda one, _: one.position),
        ListColumn("at", message("时间"), lambda one, _: one.at),
        ListColumn("actor", message("人员"), lambda one, by: by.person(one.actor)),
        ListColumn("user", message("用户名"), lambda one, _: one.actor),
        ListColumn("action", message("动作"), lambda one, _: one.action),
        ListColumn("subject_type", message("对象类型"),
            lambda one, _: one.subject_type),
        ListColumn("subject", message("对象"), lambda one, _: one.subject_id),
        ListColumn("detail", message("内容"), lambda one, _: one.detail),
        ListColumn("hash", message("散列值"), lambda one, _: one.hash),
    ),
    _entries,
)  # fmt: skip


def _settings(asking: Asking) -> Sequence[ShownSetting]:
    return shown_settings(asking.given.settings, asking.reader.language)


def _origin(one: ShownSetting, asking: Asking) -> Cell:
    _ = asking.gettext
    word = _("默认") if one.is_default else _("已设置")
    return Named("default" if one.is_default else "set", word)


SETTINGS = ListTable(
    "settings", "/settings", (Permission.ADMINISTER,),
    (
        ListColumn("name", message("名称"), lambda one, _: one.name),
        ListColumn("value", message("值"), lambda one, _: one.value),
        ListColumn("origin", message("来源"), _origin),
        ListColumn("text", message("说明"), lambda one, _: one.text),
    ),
    _settings,
)  # fmt: skip
