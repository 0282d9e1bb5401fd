"""FRR's secrets in a configuration for people. Pure."""

import re

MASK = "****"
_SECRETS = re.compile(
    r"^(?P<kept>\s*(?:no )?(?:"
    r"neighbor \S+ password|ip ospf authentication-key|ip ospf message-digest-key \d+ md5|"
    r"(?:enable )?password(?: 8)?|key-string|"
    r"area \S+ virtual-link \S+ .*?(?:md5|authentication-key)|isis password (?:clear|md5)|"
    r"(?:domain|area)-password (?:clear|md5)|ip rip authentication string|"
    r"vrrp \d+ authentication|rpki cache .*ssh_privkey"
    r") )(?P<secret>.+)$",
    re.M,
)


def without_secrets(configuration: str) -> str:
    """The configuration with each secret masked, line by line."""
    return _SECRETS.sub(rf"\g<kept>{MASK}", configuration)
