"""What a device's FRR runs by, which may be something else than what its files say.

Runs on the device; the standard library alone.
"""

import hashlib
import subprocess
from pathlib import Path

try:
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_trees as trees

UNSTEADY = ("Building configuration", "Current configuration", "!", "end", "frr version")
DRAINED = Path("/run/device-drain")
UNREADABLE = "unreadable"
ROLE_LINE = " max-metric router-lsa administrative"
"""Follows the role in the pair, not the configuration."""


def frr_running():
    """What FRR runs by, hashed without what its role in the pair adds, behind whether the device
    is drained; empty without FRR."""
    if not Path("/run/frr/zebra.pid").exists():
        return ""
    try:
        shown = subprocess.run(
            ["vtysh", "-c", "show running-config"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=trees.TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return UNREADABLE
    text = shown.stdout.decode(errors="replace").splitlines()
    lines = [ln for ln in text if ln.strip() and not ln.startswith(UNSTEADY) and ln != ROLE_LINE]
    drained = "drained" if DRAINED.exists() else "serving"
    return "{}:{}".format(drained, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def is_same_running(one, other):
    """Whether FRR runs by the same; a drain changes what runs and nothing of the configuration, so
    of two readings with one between them the files decide."""
    if UNREADABLE in (one, other):
        return False
    same_state = one.partition(":")[0] == other.partition(":")[0]
    return one == other if same_state else True
