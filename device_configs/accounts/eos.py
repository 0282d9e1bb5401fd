"""Accounts of an Arista EOS box: who can get in, and who did, from its own texts; pure.

Of passwords only whether there is one is kept, of communities only that there is one.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_address
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device_configs.accounts.model import COMMUNITY, AccountUse, Address, FoundAccount
from device_configs.accounts.public_keys import fingerprint_of
from device_configs.site.model import AccountProtocol

FAMILY = "arista_eos"
RECORDS_SIGN_INS = "aaa authentication policy on-success log"
"""Without this line a box logs refusals alone."""
_READER = "network-operator"
"""The role of an account that names none, and the only one of the box's own that may not
configure."""
_USER = re.compile(
    r"^username (?P<name>\S+)(?: privilege \d+)?(?: role (?P<role>\S+))?(?P<rest>.*)$",
    re.M,
)
_DEFAULT_ROLE = re.compile(r"^aaa authorization policy local default-role (\S+)", re.M)
_KEY = re.compile(r"^username (\S+) (?:ssh-key|sshkey)(?: secondary)? (\S+ \S+)", re.M)


def eos_accounts(device: str, running: str) -> tuple[FoundAccount, ...]:
    """Every account by which somebody can get in: each that is configured, with the fingerprints of
    its keys. Whose role is not the box's own for reading counts as an administrator."""
    default = _DEFAULT_ROLE.search(running)
    usual = _READER if default is None else default[1]
    rows = list(_USER.finditer(running))
    roles = dict.fromkeys((row["name"] for row in rows), usual)
    roles |= {row["name"]: row["role"] for row in rows if row["role"]}
    passwords = {row["name"] for row in rows if " secret " in row["rest"]}
    keys = _keys(running)
    ssh = [
        FoundAccount(
            device, name, AccountProtocol.SSH, role != _READER, name in passwords,
            keys.get(name, frozenset()),
        )
        for name, role in roles.items()
    ]  # fmt: skip
    return (*ssh, *_snmp_accounts(device, running))


def _keys(running: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, key in _KEY.findall(running):
        # What is no key that can be read is kept as it is: it is none of the holder's.
        found.setdefault(name, set()).add(fingerprint_of(key) or "?")
    return {name: frozenset(prints) for name, prints in found.items()}


def _snmp_accounts(device: str, running: str) -> Iterator[FoundAccount]:
    for name in dict.fromkeys(re.findall(r"^snmp-server user (\S+)", running, re.M)):
        yield FoundAccount(device, name, AccountProtocol.SNMP)
    communities = re.findall(r"^snmp-server community \S+(.*)$", running, re.M)
    if communities:
        writes = any("rw" in words.split() for words in communities)
        yield FoundAccount(device, COMMUNITY, AccountProtocol.SNMP, writes)


_LINE = re.compile(
    r"^(?:(?P<first>\d{4}) )?(?P<day>\w{3} +\d+)(?: (?P<last>\d{4}))? (?P<time>[\d:]{8})(?:\.\d+)?"
    r"(?: [A-Z]+)? (?P<text>\S+ .*)$"
)
_SIGNED_IN = re.compile(
    r"%AAA-5-LOGIN: user (?P<name>\S+) logged in \[from: (?P<source>[^\]]*)\] \[service: sshd\]"
)


def eos_uses(
    device: str, log: str, running: str, now: datetime
) -> tuple[tuple[AccountUse, ...], datetime | None]:
    """Sign-ins by SSH that the log names, and since when it would have named them; None where the
    box is not configured to name them.

    A line without a year is of the latest year in which it does not lie after ``now`` (aware).
    """
    if re.search(rf"^{RECORDS_SIGN_INS}$", running, re.M) is None:
        return (), None
    zone = eos_zone(running)
    rows = [row for line in log.splitlines() if (row := _row(line, zone, now)) is not None]
    uses = {
        AccountUse(device, found["name"], AccountProtocol.SSH, at, _address(found["source"]))
        for at, text in rows
        if (found := _SIGNED_IN.search(text)) is not None
    }
    since = min((at for at, _ in rows), default=None)
    return tuple(sorted(uses, key=lambda use: (use.at, use.name))), since


def eos_zone(running: str) -> tzinfo:
    """The box's time zone, by its ``clock timezone Area/City``; UTC without one that is known."""
    found = re.search(r"^clock timezone (\S+)$", running, re.M)
    try:
        return UTC if found is None else ZoneInfo(found[1])
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _row(line: str, zone: tzinfo, now: datetime) -> tuple[datetime, str] | None:
    found = _LINE.match(line)
    if found is None:
        return None
    year = found["first"] or found["last"]
    latest = (now + timedelta(days=1)).astimezone(zone).year
    for guess in (int(year),) if year else (latest, latest - 1):
        at = _instant(f"{found['day']} {found['time']} {guess}", zone)
        if at is not None and (year or at <= now + timedelta(days=1)):
            return at, found["text"]
    return None


def _instant(text: str, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.strptime(" ".join(text.split()), "%b %d %H:%M:%S %Y")  # noqa: DTZ007
        return at.replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
