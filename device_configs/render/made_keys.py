"""Keys that an installation makes up for itself, each of the form that its use takes."""

import secrets
import string

from device_configs.render.protocol_keys import key_bounds
from device_configs.site.model import PasswordPolicy, Site
from ops_core.kernel.made_secrets import made_secret

CHARACTERS, OCTETS = 16, 12
"""Of a key that nothing bounds: as much as keyed MD5 of OSPF takes."""
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_")


def made_key(site: Site, name: str) -> str:
    """A random value for the key ``name``: a password as access.yml asks for, or a key of a
    protocol, no longer than what signs with it takes."""
    if any(account.password_secret == name for account in site.accounts):
        return _made_password(site.access.passwords)
    most = min((bound.most for bound in key_bounds(site) if bound.secret == name),
               default=CHARACTERS)  # fmt: skip
    return made_secret(OCTETS)[:most]


def _made_password(policy: PasswordPolicy | None) -> str:
    """Letters first, for no command line takes those for an option; each kind is among them."""
    length = max(CHARACTERS, 0 if policy is None else policy.least_characters)
    first, *others = [secrets.choice(kind) for kind in _KINDS]
    others += [secrets.choice("".join(_KINDS)) for _ in range(length - len(_KINDS))]
    secrets.SystemRandom().shuffle(others)
    return "".join([first, *others])
