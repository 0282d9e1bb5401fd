"""What a trap or a log line says about who signs in to a device and changes it; pure.

Object identifiers are those of HUAWEI-CONFIG-MAN-MIB, HUAWEI-DATASYNC-MIB, HH3C-CONFIG-MAN-MIB and
HH3C-SSH-MIB; log lines those of OpenSSH, VRP (SHELL, CONFIGURATION) and Comware (SHELL, CFGMAN,
SSHS). No command is kept of what a line says: it may hold a secret.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from monitors.collect.polling.words import text
from monitors.collect.protocol.ber import Value
from monitors.collect.trap_meaning import Trap


class NoticeKind(StrEnum):
    CHANGED = "changed"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True)
class ConfigurationNotice:
    """A device's word that it was changed, or may be. Who and from where: empty if it is silent.

    Whoever can send in the device's name can say anything: it is a reason to look, no proof.
    """

    device: str
    kind: NoticeKind
    at: datetime
    who: str = ""
    source: str = ""


HUAWEI_CHANGED = "1.3.6.1.4.1.2011.6.10.2.1"  # hwCfgManEventlog
HUAWEI_SEQUENCE = "1.3.6.1.4.1.2011.5.25.191.3.1"  # hwCfgChgNotify
COMWARE_CHANGED = "1.3.6.1.4.1.25506.2.4.2.1"  # hh3cCfgManEventlog
COMWARE_SIGNED_IN = "1.3.6.1.4.1.25506.2.22.1.3.0.3"  # hh3cSSHUserLogin
COMWARE_SIGNED_OUT = "1.3.6.1.4.1.25506.2.22.1.3.0.4"  # hh3cSSHUserLogoff
_HUAWEI_LOG = "1.3.6.1.4.1.2011.6.10.1.1.7.1"  # hwCfgLogEntry: user 7, source address 10
_COMWARE_SESSION = "1.3.6.1.4.1.25506.2.22.1.1.3.1"  # hh3cSSHSessionEntry: user 2, address 4

_TRAPS = {
    HUAWEI_CHANGED: (NoticeKind.CHANGED, f"{_HUAWEI_LOG}.7", f"{_HUAWEI_LOG}.10"),
    HUAWEI_SEQUENCE: (NoticeKind.CHANGED, "", ""),
    COMWARE_CHANGED: (NoticeKind.CHANGED, "", ""),
    COMWARE_SIGNED_IN: (
        NoticeKind.SIGNED_IN, f"{_COMWARE_SESSION}.2", f"{_COMWARE_SESSION}.4",
    ),
    COMWARE_SIGNED_OUT: (
        NoticeKind.SIGNED_OUT, f"{_COMWARE_SESSION}.2", f"{_COMWARE_SESSION}.4",
    ),
}  # fmt: skip
"""By notification: what it says, and the columns with the user and the address."""

_WORDS = (
    (
        NoticeKind.SIGNED_IN, "Accepted ",
        r"sshd.* Accepted \S+ for (?P<who>\S+) from (?P<source>\S+)",
    ),
    (
        NoticeKind.SIGNED_OUT, "Disconnected from user",
        r"sshd.* Disconnected from user (?P<who>\S+) (?P<source>\S+)",
    ),
    (
        NoticeKind.CHANGED, "hwcfgmaneventlog",
        r"(?i)/hwcfgmaneventlog"
        r'(?:.*?TerUser="?(?P<who>[^",)]+))?(?:.*?SrcAddr=(?P<source>[^,)\s]+))?',
    ),
    (NoticeKind.CHANGED, "CFGMAN_CFGCHANGED", r"CFGMAN/\d+/CFGMAN_CFGCHANGED"),
    (
        NoticeKind.CHANGED, "CMDRECORD",
        r"SHELL/\d+/CMDRECORD(?:.*?Ip=(?P<source>[^,)]+))?(?:.*?User=(?P<who>[^,)]+))?",
    ),
    (
        NoticeKind.CHANGED, "SHELL_CMD",
        r"SHELL/\d+/SHELL_CMD:.*?-IPAddr=(?P<source>[^-;]+)-User=(?P<who>[^;]+)",
    ),
    (
        NoticeKind.SIGNED_IN, "SHELL_LOGIN",
        r"SHELL/\d+/SHELL_LOGIN: (?P<who>\S+) logged in from (?P<source>\S+)",
    ),
    (
        NoticeKind.SIGNED_OUT, "SHELL_LOGOUT",
        r"SHELL/\d+/SHELL_LOGOUT: (?P<who>\S+) logged out from (?P<source>\S+)",
    ),
)  # fmt: skip
_LINES = tuple((kind, marker.lower(), re.compile(form)) for kind, marker, form in _WORDS)
"""Each with a plain word that the line must hold: most lines are none of these, and cheap."""
_UNKNOWN = frozenset({"", "**", "-", "N/A"})
_LONGEST_NAME = 64
"""Octets; longer is no account's name."""


def notice_of_trap(trap: Trap, at: datetime) -> ConfigurationNotice | None:
    """None for a trap that is about something else."""
    found = _TRAPS.get(trap.kind)
    if found is None:
        return None
    kind, who, source = found
    return ConfigurationNotice(
        trap.device,
        kind,
        at,
        _name(text(trap.of(who))) if who else "",
        _address_of(trap.of(source)) if source else "",
    )


def notice_of_line(device: str, line: str, at: datetime) -> ConfigurationNotice | None:
    """None for a line that is about something else."""
    lower = line.lower()
    for kind, marker, expression in _LINES:
        if marker in lower and (found := expression.search(line)) is not None:
            fields = found.groupdict()
            return ConfigurationNotice(
                device,
                kind,
                at,
                _name(fields.get("who") or ""),
                _address(fields.get("source") or ""),
            )
    return None


def _name(found: str) -> str:
    """An account's name as the device says it; nothing for what is none."""
    name = found.strip().strip("\"'").rstrip(".")
    is_name = len(name) <= _LONGEST_NAME and name.isprintable() and " " not in name
    return name if is_name and name not in _UNKNOWN else ""


def _address_of(value: Value) -> str:
    """An IpAddress, or an InetAddress in octets."""
    if isinstance(value, bytes) and len(value) in (4, 16):
        return str(ip_address(value))
    return _address(text(value))


def _address(found: str) -> str:
    try:
        return str(ip_address(found.strip().rstrip(".")))
    except ValueError:
        return ""
