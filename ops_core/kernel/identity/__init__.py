"""People who sign in, what they may do, and the proof that it is them.

Roles, permissions and actors are in :mod:`ops_core.kernel.permissions` and named here as well.
"""

from ops_core.kernel.identity.accounts import (
    FirstSignIn,
    User,
    create_user,
    deactivate,
    ensure_first_user,
    find_user,
    list_users,
    reactivate,
    set_password,
    set_roles,
)
from ops_core.kernel.identity.passwords import generate_password
from ops_core.kernel.identity.sign_in import (
    SignedIn,
    authenticate,
    close_session,
    open_session,
    sign_in,
    user_of_session,
)
from ops_core.kernel.permissions import (
    PERMISSIONS,
    Actor,
    ActorKind,
    Permission,
    Role,
    allows,
    permissions_of,
    require,
)

__all__ = [
    "PERMISSIONS",
    "Actor",
    "ActorKind",
    "FirstSignIn",
    "Permission",
    "Role",
    "SignedIn",
    "User",
    "allows",
    "authenticate",
    "close_session",
    "create_user",
    "deactivate",
    "ensure_first_user",
    "find_user",
    "generate_password",
    "list_users",
    "open_session",
    "permissions_of",
    "reactivate",
    "require",
    "set_password",
    "set_roles",
    "sign_in",
    "user_of_session",
]
