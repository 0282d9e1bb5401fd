"""Accounts of a vendor's box: who can get in, and who did, as its driver reads it; the reading is
pure.

Of passwords only whether there is one is kept, of communities only that there is one. Which key
opens an account is compared where a box shows it as OpenSSH does (EOS); the others have forms of
their own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from ipaddress import ip_address
from typing import TYPE_CHECKING

from device_configs.accounts.eos import FAMILY, eos_accounts, eos_uses
from device_configs.accounts.model import COMMUNITY, AccountUse, Address, FoundAccount
from device_configs.changes.box_sessions import BoxSessions
from device_configs.drivers.bounded import each_device
from device_configs.site.model import AccountProtocol

if TYPE_CHECKING:
    from device_configs.drivers.vendor.getters import DisplayGetters

FAMILIES = ("huawei_vrp", "h3c_comware", FAMILY)
_FULL_RIGHTS = {"huawei_vrp": 3, "h3c_comware": 15}
"""The least level that may configure: VRP's management level, Comware's network-admin."""


@dataclass(frozen=True, slots=True)
class BoxAccounts:
    """What a box said. ``since`` is how far back its log reaches; None where it shows none."""

    accounts: tuple[FoundAccount, ...]
    uses: tuple[AccountUse, ...]
    since: datetime | None


def read_box_accounts(
    sessions: BoxSessions,
    devices: Sequence[str],
    now: datetime,
    on_result: Callable[[str, str], None],
) -> tuple[dict[str, BoxAccounts], dict[str, str]]:
    """What each box says at ``now`` (aware), and why nothing is known of the others; one that fails
    ends no other."""
    found: dict[str, BoxAccounts] = {}
    problems: dict[str, str] = {}
    for outcome in each_device(devices, lambda name: _read(sessions, name, now)):
        if outcome.result is not None:
            found[outcome.item] = outcome.result
        else:
            text = str(outcome.error).splitlines()
            problems[outcome.item] = text[0] if text else type(outcome.error).__name__
        on_result(outcome.item, problems.get(outcome.item, ""))
    return found, problems


def _read(sessions: BoxSessions, name: str, now: datetime) -> BoxAccounts:
    return (
        _read_eos(sessions, name, now)
        if sessions.families[name] == FAMILY
        else _read_display(sessions, name)
    )


def _read_eos(sessions: BoxSessions, name: str, now: datetime) -> BoxAccounts:
    with sessions.session(name) as driver:
        running = str(driver.get_config("running")["running"])
        log = str(driver.cli(["show logging"])["show logging"])
    uses, since = eos_uses(name, log, running, now)
    return BoxAccounts(eos_accounts(name, running), uses, since)


def _read_display(sessions: BoxSessions, name: str) -> BoxAccounts:
    from device_configs.drivers.vendor.driver import log_buffer

    family = sessions.families[name]
    with sessions.session(name) as driver:
        getters: DisplayGetters = driver  # type: ignore[assignment]  # both drivers are
        running = str(driver.get_config("running")["running"])
        users = getters.get_users()
        log = log_buffer(driver)  # type: ignore[arg-type]  # those of FAMILIES have one
    levels = {user: int(found["level"]) for user, found in users.items()}
    uses, since = box_uses(name, log, zone_of(running))
    return BoxAccounts(box_accounts(name, family, running, levels), uses, since)


def box_accounts(
    device: str, family: str, running: str, levels: Mapping[str, int]
) -> tuple[FoundAccount, ...]:
    """Every account by which somebody can get in; ``levels`` are those of the getter of users."""
    shut, passwords = _states(running)
    found = [
        FoundAccount(
            device, name, AccountProtocol.SSH, level >= _FULL_RIGHTS[family], name in passwords
        )
        for name, level in levels.items()
        if name not in shut
    ]
    users = dict.fromkeys(re.findall(r"^ *snmp-agent usm-user v3 (\S+)", running, re.M))
    found += [FoundAccount(device, name, AccountProtocol.SNMP) for name in users]
    communities = re.findall(r"^ *snmp-agent community (\w+)", running, re.M)
    if communities:
        found.append(FoundAccount(device, COMMUNITY, AccountProtocol.SNMP, "write" in communities))
    return tuple(found)


def _states(running: str) -> tuple[frozenset[str], frozenset[str]]:
    """Accounts that nobody can enter by, and those with a password."""
    shut: set[str] = set()
    passwords: set[str] = set()
    current = ""
    for line in running.splitlines():
        match line.split():
            case ["local-user", name, "class", "network", *_]:
                current = name
                shut.add(name)  # for access to the network, not to the box
            case ["local-user", name, "password", *_]:
                passwords.add(name)
            case ["local-user", name, "state", "block", *_]:
                shut.add(name)
            case ["local-user" | "manager-user", name, *_]:
                current = name
            case ["password", *_] if current:
                passwords.add(current)
            case ["state", "block", *_] if current:
                shut.add(current)
            case ["#"]:
                current = ""
    return frozenset(shut), frozenset(passwords)


_VRP = re.compile(
    r"^(?P<at>\w{3} +\d+ \d{4} [\d:]{8})(?:\.\d+)?(?P<zone>[+-]\d\d:\d\d)?(?: DST)? \S+ %%\d\d"
    r"(?P<text>.*)"
)
_COMWARE = re.compile(r"^%(?P<at>\w{3} +\d+ [\d:]{8}):\d{3} (?P<year>\d{4}) \S+ (?P<text>.*)")
_SIGNED_IN = re.compile(
    r"SSH_USER_LOGIN.*?UserName=(?P<name>[^,)]+), UserAddress=(?P<source>[^,)]+)|"
    r"SSHS_LOG: Accepted \S+ for (?P<who>\S+) from (?P<where>\S+) port|"
    r"SHELL_LOGIN: (?P<whom>\S+) logged in from (?:con|aux|usb)\d"
)


def box_uses(device: str, log: str, zone: tzinfo) -> tuple[tuple[AccountUse, ...], datetime | None]:
    """Sign-ins that the log buffer names, and since when it has anything.

    Comware's lines, and VRP's without an offset, are in the box's own time.
    """
    rows = list(_rows(log, zone))
    uses = set()
    for at, text in rows:
        if (found := _SIGNED_IN.search(text)) is not None:
            name = found["name"] or found["who"] or found["whom"]
            source = _address(found["source"] or found["where"] or "")
            uses.add(AccountUse(device, name, AccountProtocol.SSH, at, source))
    since = min((at for at, _ in rows), default=None)
    return tuple(sorted(uses, key=lambda use: (use.at, use.name))), since


def zone_of(running: str) -> tzinfo:
    """The box's time zone, by its ``clock timezone NAME {add|minus} HH:MM:SS``; UTC without."""
    found = re.search(r"^clock timezone \S+ (add|minus) (\d+):(\d+):(\d+)", running, re.M)
    if found is None:
        return UTC
    hours, minutes, seconds = (int(text) for text in found.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(offset if found[1] == "add" else -offset)


def _rows(log: str, zone: tzinfo) -> Iterator[tuple[datetime, str]]:
    for line in log.splitlines():
        if (vrp := _VRP.match(line)) is not None:
            at = _instant(vrp["at"], "%b %d %Y %H:%M:%S", vrp["zone"], zone)
            text = vrp["text"]
        elif (comware := _COMWARE.match(line)) is not None:
            at = _instant(f"{comware['at']} {comware['year']}", "%b %d %H:%M:%S %Y", None, zone)
            text = comware["text"]
        else:
            continue
        if at is not None:
            yield at, text


def _instant(text: str, form: str, offset: str | None, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.strptime(" ".join(text.split()), form)  # noqa: DTZ007 - its zone is next
        known = zone if offset is None else datetime.strptime(offset, "%z").tzinfo
        return at.replace(tzinfo=known).astimezone(UTC)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip().rstrip("."))
    except ValueError:
        return None
