"""The accounts of a Linux router that may sign in, as NAPALM's users. Pure."""

from __future__ import annotations

from napalm.base import models

ADMINISTRATOR = 15
READER = 1
# One round trip: the accounts, who may become root, and each account's keys.
COMMAND = r"""
getent passwd
echo ---
getent group sudo wheel frrvty
echo ---
getent passwd | while IFS=: read -r name _ _ _ _ folder _; do
    sed "s|^|$name |" "$folder/.ssh/authorized_keys" 2>/dev/null
done
true
"""
_NO_SHELL = ("nologin", "false", "sync", "shutdown", "halt")


def users(shown: str) -> dict[str, models.UsersDict]:
    """Who may sign in by shell; level 15 is root, sudo or FRR's own group, 1 anybody else.

    The password is never read; NAPALM's model wants the member.
    """
    accounts, groups, keys = ([*shown.split("---\n"), "", ""])[:3]
    strong = {"root"}
    for line in groups.splitlines():
        strong.update(name for name in line.rsplit(":", 1)[-1].split(",") if name)
    found: dict[str, models.UsersDict] = {}
    for line in accounts.splitlines():
        name, _, uid, *_, shell = line.split(":")
        if not shell.endswith(_NO_SHELL):
            level = ADMINISTRATOR if name in strong or uid == "0" else READER
            found[name] = {"level": level, "password": "", "sshkeys": []}
    for line in keys.splitlines():
        name, _, key = line.partition(" ")
        if name in found and key.strip() and not key.startswith("#"):
            found[name]["sshkeys"].append(key.strip())
    return found
