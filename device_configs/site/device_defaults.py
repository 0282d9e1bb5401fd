"""What devices share in hosts.yml: ``vars`` of all and of a role, as Ansible has them (pure).

What is nearest to a device holds; mappings (``asset``, ``asset_tags``) are laid over each other key
by key, one level deep.
"""

from collections.abc import Mapping
from typing import Any

OWN = frozenset({"title", "ansible_host", "loopback", "partner", "wall", "ports", "as_number"})
"""Fields that no two devices share."""


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` with what ``above`` says otherwise."""
    both = {
        key: {**below[key], **value}
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **both}


def refused(key: str, fields: frozenset[str]) -> str | None:
    """Why a field may not be one of many devices; None where it may."""
    if key not in fields:
        return "is no field of a device"
    return "belongs to one device alone" if key in OWN else None
