"""Accounts of a Linux device or terminal: who can get in, and who did; commands, and pure reading.

Nothing that opens an account leaves the device: of passwords only whether there is one, of keys the
fingerprint, of SNMP users the name, of communities only that there is one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address

from device_configs.accounts.model import (
    COMMUNITY,
    AccountUse,
    Address,
    DeviceAccounts,
    FoundAccount,
)
from device_configs.deploy.sections import ShellSection
from device_configs.site.model import AccountProtocol, Device

MOST_USES = 20_000
_LOGS = "/var/log/syslog.1 /var/log/syslog /var/log/auth.log.1 /var/log/auth.log /var/log/secure"
_COLLECTED = "/var/log/audit/*.log"
_SIGN_INS = "sshd.* Accepted |SSHS_LOG: Accepted |SSH_USER_LOGIN"
"""Lines of OpenSSH, of Comware and of VRP; the latter two on collectors alone."""
_ADMINISTRATORS = "sudo wheel admin adm"
_NO_SHELL = ("/nologin", "/false", "/sync", "/halt", "/shutdown")

_KEYS = """\
show() { [ -f "$2" ] && ssh-keygen -lf "$2" | awk -v who="$1" '{print who, $2}'; }
while IFS=: read -r name _ _ _ _ home _; do
    for file in "$home"/.ssh/authorized_keys "$home"/.ssh/authorized_keys2; do
        show "$name" "$file"
    done
done </etc/passwd
for path in $(sshd -T | sed -n 's/^authorizedkeysfile //p'); do
    case $path in *%*) ;; /*) show '*' "$path" ;; esac
done
true"""
_SNMP = """\
cat /etc/snmp/snmpd.conf /etc/snmp/snmpd.conf.d/*.conf /var/lib/snmp/snmpd.conf | awk '
$1 == "createUser" { print "user", ($2 == "-e" ? $4 : $2) }
$1 == "usmUser" { print "user", $5 }
$1 == "rwuser" { print "writer", $2 }
$1 ~ /^(ro|rw)community6?$/ || $1 ~ /^com2sec6?$/ { print "community", substr($1, 1, 2) }'"""
_SHADOW = """\
awk -F: '{ print $1, ($2 == "" ? "open" : $2 ~ /^[!*]/ ? "locked" : "set") }' /etc/shadow"""


def commands_of(device: Device) -> dict[str, str]:
    """What to run on a device, by section."""
    return _commands(f"{_LOGS} {_COLLECTED}" if device.role.collects_logs else _LOGS)


def terminal_commands() -> dict[str, str]:
    """What to run on a seat's terminal, by section."""
    return _commands(_LOGS)


def _commands(logs: str) -> dict[str, str]:
    return {
        "passwd": "cat /etc/passwd",
        "shadow": _SHADOW,
        "groups": f"getent group {_ADMINISTRATORS}; true",
        "sudoers": "cat /etc/sudoers /etc/sudoers.d/* | awk '/^[^#%@].*ALL/ {print $1}'; true",
        "admitted": "sshd -T | sed -n 's/^allowusers //p'",
        "keys": _KEYS,
        "snmp": _SNMP,
        "accepted": f"grep -hE '{_SIGN_INS}' {logs} | tail -n {MOST_USES}; true",
        "begins": f'for file in {logs}; do [ -s "$file" ] && head -n 1 "$file"; done; true',
        "journal": "[ -d /run/systemd/system ] && "
        f"journalctl -q -o short-iso --utc -t sshd -g Accepted -n {MOST_USES}; true",
        "last": f"TZ=UTC last -F -w -i -f /var/log/wtmp | head -n {MOST_USES}; true",
        "lastlog": "TZ=UTC lastlog; true",
    }


def accounts_of(device: str, sections: Mapping[str, ShellSection]) -> tuple[FoundAccount, ...]:
    """Every account by which somebody can get in.

    Raises KeyError for a section that is missing and ValueError where /etc/passwd or /etc/shadow
    could not be read: an account that was not seen must not pass for none.
    """
    for name in ("passwd", "shadow"):
        if sections[name].status != 0 or not sections[name].output.strip():
            raise ValueError(f"/etc/{name} could not be read")
    passwords = dict(_pairs(sections["shadow"].text))
    keys: dict[str, set[str]] = {}
    for name, fingerprint in _pairs(sections["keys"].text):
        keys.setdefault(name, set()).add(fingerprint)
    admitted = set(sections["admitted"].text.split())
    powerful = set(sections["sudoers"].text.split())
    for line in sections["groups"].text.splitlines():
        powerful |= set(line.rpartition(":")[2].split(","))
    found = []
    for row in sections["passwd"].text.splitlines():
        name, _, uid, *_, shell = row.split(":") if row.count(":") == 6 else [row, "", "", ""]
        is_root = uid == "0"
        has_shell = not shell.endswith(_NO_SHELL)
        has_password = passwords.get(name) in ("set", "open")
        own = keys.get(name, set())
        common = keys.get("*", set()) if not admitted or name in admitted else set()
        if is_root or (has_shell and (has_password or own or common)):
            found.append(
                FoundAccount(
                    device, name, AccountProtocol.SSH, is_root or name in powerful,
                    has_password, frozenset(own | common),
                )
            )  # fmt: skip
    return (*found, *_snmp_accounts(device, sections["snmp"].text))


def _snmp_accounts(device: str, text: str) -> Iterator[FoundAccount]:
    rows = set(_pairs(text))
    writers = {name for kind, name in rows if kind == "writer"}
    for name in sorted({_snmp_name(name) for kind, name in rows if kind in ("user", "writer")}):
        yield FoundAccount(device, name, AccountProtocol.SNMP, name in writers)
    communities = {kind for what, kind in rows if what == "community"}
    if communities:
        yield FoundAccount(device, COMMUNITY, AccountProtocol.SNMP, "rw" in communities)


def _snmp_name(word: str) -> str:
    """``usmUser`` keeps names quoted, or as the hexadecimal of their bytes and a closing zero."""
    if word.startswith("0x"):
        try:
            return bytes.fromhex(word[2:]).rstrip(b"\0").decode(errors="replace")
        except ValueError:
            return word
    return word.strip('"')


_AT = r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
_STAMP = re.compile(rf"^(?:<\d+>1 )?{_AT} (?P<host>\S+) ")
_ACCEPTED = re.compile(
    r" Accepted (?P<how>\S+) for (?P<name>\S+) from (?P<source>[0-9a-fA-F.:]+)\S* port \d+"
)
_BOX_SIGNED_IN = re.compile(
    r"SSH_USER_LOGIN.*?UserName=(?P<name>[^,)]+), UserAddress=(?P<source>[0-9a-fA-F.:]+)"
)
_LAST = re.compile(
    r"^(?P<name>\S+) +(?P<line>\S+) +(?P<source>\S+) +\w{3} (?P<at>\w{3} +\d+ [\d:]{8} \d{4})"
)
_BEGINS = re.compile(r"^\S+ begins \w{3} (?P<at>\w{3} +\d+ [\d:]{8} \d{4})", re.M)
_LASTLOG = re.compile(
    r"^(?P<name>\S+) .*?(?P<source>[0-9a-fA-F]+[.:][0-9a-fA-F.:]+)? +"
    r"\w{3} (?P<at>\w{3} +\d+ [\d:]{8}) [+-]\d{4} (?P<year>\d{4})$"
)


def uses_of(
    device: str, sections: Mapping[str, ShellSection]
) -> tuple[tuple[AccountUse, ...], Mapping[str, datetime]]:
    """Sign-ins that the device's records name, once each, and since when each host is recorded.

    A log collector's records are of many hosts, by the names they log under.
    """
    lines = [*sections["accepted"].text.splitlines(), *sections["journal"].text.splitlines()]
    found = {use for line in lines if (use := sign_in_of(line)) is not None}
    last = sections["last"].text
    found |= {use for line in last.splitlines() if (use := _session(device, line)) is not None}
    lastlog = sections["lastlog"].text.splitlines()
    found |= {use for line in lastlog if (use := _latest(device, line)) is not None}
    since = dict(_log_starts(sections["begins"].text.splitlines()))
    if (begins := _BEGINS.search(last)) is not None and (at := _utc(begins["at"])) is not None:
        since[device] = min(at, since.get(device, at))
    return tuple(sorted(found, key=lambda use: (use.at, use.name))), since


def gathered_by_device(
    names: Iterable[str],
    accounts: Mapping[str, tuple[FoundAccount, ...]],
    problems: Mapping[str, str],
    records: Iterable[tuple[tuple[AccountUse, ...], Mapping[str, datetime]]],
) -> tuple[DeviceAccounts, ...]:
    """Each device with its accounts, and its uses from whoever recorded them."""
    uses: dict[str, set[AccountUse]] = {}
    since: dict[str, datetime] = {}
    for recorded, starts in records:
        for use in recorded:
            uses.setdefault(use.device, set()).add(use)
        for host, at in starts.items():
            since[host] = min(at, since.get(host, at))
    return tuple(
        DeviceAccounts(
            name,
            accounts.get(name, ()),
            tuple(sorted(uses.get(name, ()), key=lambda use: (use.at, use.name))),
            since.get(name),
            problems.get(name, ""),
        )
        for name in names
    )


def sign_in_of(line: str) -> AccountUse | None:
    """The sign-in that a line of a log records; None for any other line."""
    stamp = _STAMP.match(line)
    accepted = _ACCEPTED.search(line) or _BOX_SIGNED_IN.search(line)
    if stamp is None or accepted is None or (at := _instant(stamp["at"])) is None:
        return None
    # To the second: the device and its log collector keep one sign-in with other fractions.
    return AccountUse(
        stamp["host"].partition(".")[0], accepted["name"], AccountProtocol.SSH,
        at.replace(microsecond=0), _address(accepted["source"]),
    )  # fmt: skip


def _session(device: str, line: str) -> AccountUse | None:
    found = _LAST.match(line)
    if found is None or found["name"] in ("reboot", "shutdown", "runlevel"):
        return None
    at = _utc(found["at"])
    if at is None:
        return None
    source = _address(found["source"])
    if source is not None and int(source) == 0:  # at a console
        source = None
    return AccountUse(device, found["name"], AccountProtocol.SSH, at, source)


def _latest(device: str, line: str) -> AccountUse | None:
    found = _LASTLOG.match(line)
    at = None if found is None else _utc(f"{found['at']} {found['year']}")
    if found is None or at is None:
        return None
    source = _address(found["source"] or "")
    return AccountUse(device, found["name"], AccountProtocol.SSH, at, source)


def _log_starts(lines: list[str]) -> Iterator[tuple[str, datetime]]:
    starts: dict[str, datetime] = {}
    for line in lines:
        stamp = _STAMP.match(line)
        at = None if stamp is None else _instant(stamp["at"])
        if stamp is not None and at is not None:
            host = stamp["host"].partition(".")[0]
            starts[host] = min(at, starts.get(host, at))
    yield from starts.items()


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2:
            yield words[0], words[1]


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _utc(text: str) -> datetime | None:
    try:
        return datetime.strptime(" ".join(text.split()), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    """The address; an IPv4 one that came over an IPv6 socket is that IPv4 one."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
