"""Names of roles and permissions for people."""

from ops_core.kernel.i18n import Language, message, translate
from ops_core.kernel.permissions import Permission, Role

_ROLES = {
    Role.NETWORK_ENGINEER: message("网络工程师"),
    Role.DUTY_TECHNICIAN: message("值班技术员"),
    Role.SUPERVISOR: message("班长"),
    Role.ADMINISTRATOR: message("管理员"),
    Role.AGENT: message("话务员"),
    Role.DISPATCHER: message("派单员"),
    Role.CALLBACK_AGENT: message("回访员"),
    Role.KNOWLEDGE_EDITOR: message("知识管理员"),
    Role.PURCHASER_SUPERVISOR: message("采购人代表"),
    Role.UNIT_HANDLER: message("承办单位经办人"),
    Role.INTERFACE: message("接口程序"),
    Role.METRICS_READER: message("监控程序"),
}


def role_word(role: str, language: Language) -> str:
    """The role's name; one that has none here is shown as it is written."""
    word = _ROLES.get(Role(role)) if role in set(Role) else None
    return role if word is None else translate(word, language)


def permission_word(permission: str, language: Language) -> str:
    """Permissions are names of the programs' interface, the same in either language."""
    _ = language
    return Permission(permission).value
