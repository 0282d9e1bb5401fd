"""People who sign in, what they may do, and the proof that it is them.

Roles, permissions and actors are in :mod:`ops_core.kernel.permissions` and named here as well.
"""

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
    "Permission",
    "Role",
    "allows",
    "permissions_of",
    "require",
]
