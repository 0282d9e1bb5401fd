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
from ops_core.kernel.identity.sessions import (
    IssuedToken,
    SignedIn,
    close_session,
    end_tokens,
    issue_token,
    open_session,
    signed_in_since,
    user_of_session,
    user_of_token,
)
from ops_core.kernel.identity.sign_in import (
    Whence,
    authenticate,
    begin_attempt,
    finish_attempt,
    open_for,
    sign_in,
    sign_out,
)
from ops_core.kernel.permissions import (
    OPERATOR_ROLES,
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
    "OPERATOR_ROLES",
    "PERMISSIONS",
    "Actor",
    "ActorKind",
    "FirstSignIn",
    "IssuedToken",
    "Permission",
    "Role",
    "SignedIn",
    "User",
    "Whence",
    "allows",
    "authenticate",
    "begin_attempt",
    "close_session",
    "create_user",
    "deactivate",
    "end_tokens",
    "ensure_first_user",
    "find_user",
    "finish_attempt",
    "generate_password",
    "issue_token",
    "list_users",
    "open_for",
    "open_session",
    "permissions_of",
    "reactivate",
    "require",
    "set_password",
    "set_roles",
    "sign_in",
    "sign_out",
    "signed_in_since",
    "user_of_session",
    "user_of_token",
]
