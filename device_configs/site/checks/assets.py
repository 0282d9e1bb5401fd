"""Racks, feeds, asset attributes, tags and accounts."""

from collections.abc import Iterator

from device_configs.site.checks.naming import device_named, refer
from device_configs.site.documents import AccountDocument, DeviceDocument, Documents
from device_configs.site.faults import Faults, nearest
from device_configs.site.model import AccountKind, AccountProtocol, Privilege
from device_configs.site.role_files import FOLDER as ROLES

LEAST_TAGS = 6
"""Kinds of tags that every asset carries (A8)."""

HOSTS, PREMISES, ACCOUNTS = "hosts.yml", "premises.yml", "accounts.yml"
SEATS = "seats.csv"


def check(documents: Documents, faults: Faults) -> None:
    """Report what does not fit together in the asset register."""
    for rack in documents.racks:
        refer(PREMISES, f"racks[{rack.name}].feeds", rack.feeds, "feeds", documents, faults)
    for name, (_, device) in documents.devices.items():
        if name in documents.ours:
            _place(name, device, documents, faults)
            _attributes(name, device, faults)
        _tags(name, device, documents, faults)
        _polling(name, device, name in documents.polled, faults)
        if device.snmp != "v3" and device.snmp_authentication != "sha":
            faults.add(HOSTS, f"{name}.snmp_authentication",
                       "is of SNMPv3, which it does not speak",
                       "remove it, or write `snmp: v3`")  # fmt: skip
    _overlapping_units(documents, faults)
    _accounts(documents, faults)


def _polling(name: str, device: DeviceDocument, is_polled: bool, faults: Faults) -> None:
    polling = device.polling
    if polling is None:
        return
    if device.snmp == "none" or not is_polled:
        faults.add(HOSTS, f"{name}.polling", "is for an agent that is not polled",
                   "remove it, or have the device polled by `snmp`")  # fmt: skip
    elif polling.interval_s and polling.timeout_s and polling.timeout_s > polling.interval_s:
        faults.add(HOSTS, f"{name}.polling.timeout_s",
                   f"{polling.timeout_s:g} is longer than the interval, {polling.interval_s:g}",
                   "give it a longer interval_s, or a shorter time-out")  # fmt: skip


def _place(name: str, device: DeviceDocument, documents: Documents, faults: Faults) -> None:
    refer(HOSTS, f"{name}.rack", [device.rack], "racks", documents, faults)
    rack = next((found for found in documents.racks if found.name == device.rack), None)
    if rack is None:
        return
    for feed in device.feeds or ():
        if feed not in rack.feeds:
            faults.add(HOSTS, f"{name}.feeds", f"{feed!r} does not reach rack {rack.name}",
                       nearest(feed, rack.feeds) or "use a feed of the rack",
                       rack.feeds)  # fmt: skip
    if device.feeds == ():
        faults.add(HOSTS, f"{name}.feeds", "is empty", "name a feed, or leave it to the rack",
                   rack.feeds)  # fmt: skip
    if device.asset and device.asset.unit + device.asset.height - 1 > rack.units:
        faults.add(HOSTS, f"{name}.asset.unit",
                   f"{device.asset.unit} and height {device.asset.height} leave rack {rack.name}",
                   f"the rack has {rack.units} units")  # fmt: skip


def _attributes(name: str, device: DeviceDocument, faults: Faults) -> None:
    if device.asset is None:
        faults.add(HOSTS, f"{name}.asset", "is missing",
                   "give vendor, model, serial, purchased and unit")  # fmt: skip
    if len(device.asset_tags) < LEAST_TAGS:
        faults.add(HOSTS, f"{name}.asset_tags", f"has {len(device.asset_tags)} kinds",
                   f"an asset carries at least {LEAST_TAGS} kinds (A8)")  # fmt: skip


def _tags(name: str, device: DeviceDocument, documents: Documents, faults: Faults) -> None:
    if documents.site is None:
        return
    kinds = {kind.name: kind for kind in documents.site.tag_kinds}
    for kind, value in device.asset_tags.items():
        path = f"{name}.asset_tags.{kind}"
        if kind not in kinds:
            faults.unknown_name(HOSTS, path, kind, kinds, "tag kind", "site.yml")
        elif kinds[kind].values and value not in kinds[kind].values:
            faults.add(HOSTS, path, f"found {value!r}",
                       nearest(value, kinds[kind].values) or "use one of the list",
                       kinds[kind].values)  # fmt: skip


def _overlapping_units(documents: Documents, faults: Faults) -> None:
    taken: dict[tuple[str, int], str] = {}
    for name, (_, device) in documents.devices.items():
        if device.asset is None:
            continue
        for unit in range(device.asset.unit, device.asset.unit + device.asset.height):
            holder = taken.setdefault((device.rack, unit), name)
            if holder != name:
                faults.add(HOSTS, f"{name}.asset.unit", f"unit {unit} of rack {device.rack} is "
                           f"taken by {holder}", "give it a free one")  # fmt: skip
                break


def _accounts(documents: Documents, faults: Faults) -> None:
    declared: dict[tuple[str, str, str], int] = {}
    for index, account in enumerate(documents.accounts):
        path = f"accounts[{account.name}]"
        for role in account.roles:
            if role not in documents.roles:
                faults.unknown_name(ACCOUNTS, f"{path}.roles", role, documents.roles,
                                    "role", f"{ROLES}/{role}.yml")  # fmt: skip
        for name in account.devices:
            device_named(ACCOUNTS, f"{path}.devices", name, documents, faults)
        if account.expected_use.time is not None:
            refer(ACCOUNTS, f"{path}.expected_use.time", [account.expected_use.time],
                  "time_ranges", documents, faults)  # fmt: skip
        least, most = account.expected_use.sessions_per_week
        if most < least:
            faults.add(ACCOUNTS, f"{path}.expected_use.sessions_per_week", f"{most} is less than "
                       f"{least}", "write the least first")  # fmt: skip
        _terminals(account, path, documents, faults)
        if not account.roles and not account.devices and not account.terminals:
            faults.add(ACCOUNTS, path, "exists nowhere", "name `roles`, `devices` or `terminals`")
        places = (*account_devices(account, documents), *account_terminals(account, documents))
        for device in places:
            holder = (device, account.name.casefold(), account.protocol)
            first = declared.setdefault(holder, index)
            if first == index:
                continue
            other = documents.accounts[first].name
            what = "is declared twice" if other == account.name else f"differs from {other} by case"
            faults.add(ACCOUNTS, path, f"{what} on {device}", "keep one of the two")
    _without_accounts(documents, faults)


def _terminals(account: AccountDocument, path: str, documents: Documents, faults: Faults) -> None:
    if account.terminals == "all" or not faults.is_whole(SEATS):
        return
    known = {seat.number for seat in documents.seats}
    for number in account.terminals:
        if number not in known:
            faults.add(ACCOUNTS, f"{path}.terminals", f"there is no seat {number}",
                       "give a number of the seat list")  # fmt: skip


def _without_accounts(documents: Documents, faults: Faults) -> None:
    """Deployment needs an administrator on every device, polling by SNMPv3 its user."""
    if not faults.is_whole(ACCOUNTS) or not faults.is_whole(HOSTS):
        return
    found: dict[AccountProtocol, set[str]] = {protocol: set() for protocol in AccountProtocol}
    for account in documents.accounts:
        if account.protocol is AccountProtocol.SNMP or (
            account.privilege is Privilege.ADMINISTRATOR
            and account.kind is not AccountKind.BREAK_GLASS
        ):
            found[account.protocol] |= set(account_devices(account, documents))
    closed = [name for name in documents.deployed if name not in found[AccountProtocol.SSH]]
    silent = [name for name, device in documents.polled.items()
              if device.snmp == "v3" and name not in found[AccountProtocol.SNMP]]  # fmt: skip
    if closed:
        faults.add(ACCOUNTS, "accounts", f"no administrator by ssh on {', '.join(closed)}",
                   "deployment could not reach them; declare one")  # fmt: skip
    if silent:
        faults.add(ACCOUNTS, "accounts", f"no account by snmp on {', '.join(silent)}",
                   "they are polled by SNMPv3; declare its user")  # fmt: skip


def account_devices(account: AccountDocument, documents: Documents) -> Iterator[str]:
    """Where an account exists, once each, in the order of hosts.yml: on the devices it names, and
    on those of its roles that are deployed to (ssh) or polled (snmp)."""
    is_ssh = account.protocol is AccountProtocol.SSH
    reached = documents.deployed if is_ssh else documents.polled
    for name, (role, _) in documents.devices.items():
        if name in account.devices or (role in account.roles and name in reached):
            yield name


def account_terminals(account: AccountDocument, documents: Documents) -> Iterator[str]:
    """The seats on whose terminals an account exists, once each, in the order of the seat list."""
    for seat in documents.seats:
        if account.terminals == "all" or seat.number in account.terminals:
            yield f"seat-{seat.number:03d}"
