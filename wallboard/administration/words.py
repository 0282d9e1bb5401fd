"""Names of roles and permissions for people."""

from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.permissions import ROLE_WORDS, Permission, Role


def role_word(role: str, language: Language) -> str:
    """The role's name; one that has none here is shown as it is written."""
    word = ROLE_WORDS.get(Role(role)) if role in set(Role) else None
    return role if word is None else translate(word, language)


def permission_word(permission: str, language: Language) -> str:
    """Permissions are names of the programs' interface, the same in either language."""
    _ = language
    return Permission(permission).value
