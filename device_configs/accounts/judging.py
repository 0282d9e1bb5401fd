"""Hold what devices have against what is declared; pure.

Unknown stays unknown: a device that was not read, a record that is too short and keys that nobody
named make doubts, neither findings nor good accounts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.accounts.model import (
    COMMUNITY,
    AccountDoubt,
    AccountFinding,
    AccountJudgement,
    AccountReason,
    AccountUse,
    DeviceAccounts,
    DoubtReason,
    FoundAccount,
    ListedAccount,
)
from device_configs.accounts.usual_hours import is_within
from device_configs.site.model import Account, AccountKind, AccountProtocol, Privilege, Site

WEEK = timedelta(days=7)
RECENT = timedelta(days=1)
"""A use outside of its range is a finding of the audits within a day: audits are daily."""

Name = tuple[str, AccountProtocol]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What an audit rests on. ``keys`` are the fingerprints that may open an account, by its name;
    ``owners`` says of each person whom the platform knows whether he may sign in."""

    devices: Sequence[DeviceAccounts]
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[str, bool] = field(default_factory=dict)


def judge_accounts(site: Site, facts: AccountFacts, now: datetime) -> AccountJudgement:
    """Back doors, orphans and unusual use at ``now``; findings and doubts in a fixed order."""
    doubts = [
        AccountDoubt(d.device, "", DoubtReason.DEVICE_NOT_READ, d.problem)
        for d in facts.devices
        if d.problem
    ]
    open_terminals = readable_terminals(site)
    doubts += [
        AccountDoubt(name, "", DoubtReason.NO_ACCESS_DECLARED)
        for name in _seat_names(site)
        if name not in open_terminals
    ]
    declared = {(place, a.name, a.protocol): a for a in site.accounts for place in a.places}
    raised: list[AccountFinding | AccountDoubt] = []
    for device in facts.devices:
        for account in device.accounts:
            known = declared.get((device.device, account.name, account.protocol))
            raised += _back_doors(site, account, known, facts)
    for declaration in site.accounts:
        raised += _use_of(site, declaration, facts, now)
    findings = {one for one in raised if isinstance(one, AccountFinding)}
    doubts += [one for one in raised if isinstance(one, AccountDoubt)]
    return AccountJudgement(
        tuple(sorted(findings, key=_order)),
        tuple(sorted(set(doubts))),
        tuple(_listed(site, facts)),
    )


def readable_terminals(site: Site) -> tuple[str, ...]:
    """Seats whose terminals can be asked: those with a declared administrator by ssh; pure."""
    opened = {
        name
        for account in site.accounts
        if account.protocol is AccountProtocol.SSH and account.privilege is Privilege.ADMINISTRATOR
        for name in account.terminals
    }
    return tuple(name for name in _seat_names(site) if name in opened)


def _seat_names(site: Site) -> Iterator[str]:
    return (seat.name for seat in site.seats.values())


def _order(finding: AccountFinding) -> tuple[str, ...]:
    at = "" if finding.at is None else finding.at.isoformat()
    reason = finding.reason
    return (reason.fault, finding.device, finding.name, reason, finding.detail, at)


def _back_doors(
    site: Site, account: FoundAccount, declared: Account | None, facts: AccountFacts
) -> Iterator[AccountFinding | AccountDoubt]:
    def found(reason: AccountReason, detail: str = "") -> AccountFinding:
        return AccountFinding(account.device, account.name, account.protocol, reason, detail)

    if account.name == COMMUNITY:
        device = site.devices.get(account.device)  # terminals are polled by SNMPv3
        if device is None or device.snmp != "v2c" or account.is_administrator:
            yield found(AccountReason.UNDECLARED)
        return
    if declared is None:
        yield found(AccountReason.UNDECLARED)
        return
    if account.is_administrator and declared.privilege is not Privilege.ADMINISTRATOR:
        yield found(AccountReason.EXCESS_PRIVILEGE)
    expected = facts.keys.get(account.name)
    if expected is None and account.keys:
        yield AccountDoubt(account.device, account.name, DoubtReason.KEYS_UNKNOWN)
    for key in sorted(account.keys - (expected or account.keys)):
        yield found(AccountReason.UNDECLARED_KEY, key)


def _use_of(
    site: Site, declared: Account, facts: AccountFacts, now: datetime
) -> Iterator[AccountFinding | AccountDoubt]:
    name: Name = (declared.name, declared.protocol)
    there = [d for d in facts.devices if d.device in declared.places]
    holding = [d.device for d in there if any((a.name, a.protocol) == name for a in d.accounts)]
    uses = [u for d in there for u in d.uses if (u.name, u.protocol) == name and u.at <= now]
    if declared.kind is AccountKind.PERSON and facts.owners.get(declared.holder) is False:
        for device in holding:
            yield AccountFinding(device, *name, AccountReason.OWNER_GONE, declared.holder)
    yield from _unusual(site, declared, uses, now)
    if declared.protocol is AccountProtocol.SNMP:
        return  # agents keep no record of who asks them; whether they are asked, polling knows
    if declared.kind is AccountKind.BREAK_GLASS:
        return  # it is there to be unused
    yield from _unused(declared, there, holding, uses, now)
    yield from _rate(declared, there, uses, now)


def _unusual(
    site: Site, declared: Account, uses: Iterable[AccountUse], now: datetime
) -> Iterator[AccountFinding]:
    usual = declared.expected_use
    hours = None if usual.time is None else site.time_ranges[usual.time]
    zone = ZoneInfo(site.contract.timezone)
    for use in uses:
        if now - use.at > RECENT:
            continue
        source = "" if use.source is None else str(use.source)
        found = (use.device, use.name, use.protocol)
        if declared.kind is AccountKind.BREAK_GLASS:
            yield AccountFinding(*found, AccountReason.BREAK_GLASS, source, use.at)
        if hours is not None and not is_within(hours, use.at.astimezone(zone)):
            yield AccountFinding(*found, AccountReason.HOURS, source, use.at)
        if usual.sources and use.source is not None and not any(
            use.source in prefix for prefix in usual.sources
        ):  # fmt: skip
            yield AccountFinding(*found, AccountReason.SOURCE, source, use.at)


def _unused(
    declared: Account,
    there: Sequence[DeviceAccounts],
    holding: Sequence[str],
    uses: Sequence[AccountUse],
    now: datetime,
) -> Iterator[AccountFinding | AccountDoubt]:
    """An orphan only where every device was read and every record reaches back far enough."""
    bound = now - timedelta(days=declared.expected_use.orphaned_after_days)
    if not holding or any(use.at >= bound for use in uses):
        return
    short = _short(declared, there, bound)
    if short:
        yield from short
        return
    last = max((use.at for use in uses), default=None)
    for device in holding:
        yield AccountFinding(
            device, declared.name, declared.protocol, AccountReason.UNUSED,
            "" if last is None else f"{last:%Y-%m-%d}",
        )  # fmt: skip


def _rate(
    declared: Account, there: Sequence[DeviceAccounts], uses: Iterable[AccountUse], now: datetime
) -> Iterator[AccountFinding | AccountDoubt]:
    least, most = declared.expected_use.sessions_per_week
    of_week = [use for use in uses if now - use.at <= WEEK]
    detail = f"{len(of_week)} ({least}-{most})"
    if len(of_week) > most:
        for device in sorted({use.device for use in of_week}):
            yield AccountFinding(
                device, declared.name, declared.protocol, AccountReason.TOO_MANY, detail
            )
    elif len(of_week) < least:
        short = _short(declared, there, now - WEEK)
        yield from short or (
            AccountFinding(d.device, declared.name, declared.protocol,
                           AccountReason.TOO_FEW, detail)
            for d in there
        )  # fmt: skip


def _short(
    declared: Account, there: Sequence[DeviceAccounts], bound: datetime
) -> list[AccountDoubt]:
    """Devices of the account that cannot say whether it was used since ``bound``."""
    read = {device.device: device for device in there}
    found = []
    for name in declared.places:
        device = read.get(name)
        if device is None or device.problem:
            found.append(AccountDoubt(name, declared.name, DoubtReason.DEVICE_NOT_READ))
        elif device.recorded_since is None or device.recorded_since > bound:
            found.append(AccountDoubt(name, declared.name, DoubtReason.RECORD_TOO_SHORT))
    return found


def _listed(site: Site, facts: AccountFacts) -> Iterator[ListedAccount]:
    declared = {(d, a.name, a.protocol) for a in site.accounts for d in a.places}
    there = {(a.device, a.name, a.protocol) for d in facts.devices for a in d.accounts}
    last: dict[tuple[str, str, AccountProtocol], AccountUse] = {}
    for use in (use for device in facts.devices for use in device.uses):
        key = (use.device, use.name, use.protocol)
        if key not in last or last[key].at < use.at:
            last[key] = use
    for key in sorted(declared | there):
        used = last.get(key)
        source = "" if used is None or used.source is None else str(used.source)
        yield ListedAccount(
            *key, key in declared, key in there, None if used is None else used.at, source
        )
