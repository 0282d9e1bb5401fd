"""The management plane: who may sign in, who polls, where logs and traps go, whose time it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from zoneinfo import ZoneInfo

from device_configs.render.addressing import MANAGEMENT
from device_configs.render.families.family import Family
from device_configs.render.passwords import break_glass_accounts, password_of
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.site.model import Access, AccountKind, AccountProtocol, Device, Site


@dataclass(frozen=True)
class Login:
    """An account that signs in by SSH with the public key of its holder."""

    name: str
    level: str
    """Privilege in the family's terms."""
    key: str
    """Public key in OpenSSH's one-line form."""


@dataclass(frozen=True)
class BreakGlass:
    """An account that signs in by password, at the console as well."""

    name: str
    level: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Poller:
    """SNMPv3 user with authentication (SHA-1) and privacy (AES-128), as the collectors ask."""

    name: str
    auth_password: str
    priv_password: str


@dataclass(frozen=True)
class TimeZone:
    """``sign`` and ``offset`` (``HH:MM:SS``) to UTC; the contract's zone keeps one offset."""

    region: str
    """Name in the time zone database, e.g. ``Asia/Shanghai``."""
    name: str
    sign: str
    offset: str


@dataclass(frozen=True)
class Management:
    """``network`` is the one from which the box may be reached."""

    network: IPv4Network
    logins: tuple[Login, ...]
    break_glass: tuple[BreakGlass, ...]
    access: Access
    poller: Poller | None
    community: str | None
    """Community of SNMPv2c, for boxes that are polled by it."""
    log_hosts: tuple[IPv4Address, ...]
    trap_host: IPv4Address
    time_server: IPv4Address | None
    """None on the host whose time the others take."""
    time_zone: TimeZone
    location: str


def derive_management(
    site: Site, device: Device, family: Family, secrets: Secrets
) -> Management | None:
    """The management plane of a device; None for what is not deployed to.

    Raises :class:`~device_configs.render.secrets.SecretsMissing` without an account's key.
    """
    if not device.deployed:
        return None
    host = site.monitoring_host
    assert host.management_address is not None  # noqa: S101 - checked by the loader
    is_host = device.name == host.name
    return Management(
        network=site.networks[MANAGEMENT].prefix,
        logins=_logins(site, device, family, secrets),
        break_glass=tuple(
            BreakGlass(a.name, family.privileges[a.privilege], password_of(site, a, secrets))
            for a in break_glass_accounts(site, device)
        ),
        access=site.access,
        poller=_poller(site, device, secrets),
        community=secrets.snmp_community if device.snmp == "v2c" else None,
        log_hosts=tuple(
            log.management_address
            for log in site.devices_where(lambda role: role.collects_logs)
            if log.management_address is not None and log.name != device.name
        ),
        trap_host=host.management_address,
        time_server=None if is_host else host.management_address,
        time_zone=_time_zone(site.contract.timezone),
        location=f"{site.racks[device.rack].room} {device.rack}",
    )


def _logins(site: Site, device: Device, family: Family, secrets: Secrets) -> tuple[Login, ...]:
    return tuple(
        Login(account.name, family.privileges[account.privilege], secrets.login_key(account.name))
        for account in site.accounts
        if account.protocol is AccountProtocol.SSH
        and account.kind is not AccountKind.BREAK_GLASS
        and device.name in account.devices
    )


def _poller(site: Site, device: Device, secrets: Secrets) -> Poller | None:
    users = [
        account.name
        for account in site.accounts
        if account.protocol is AccountProtocol.SNMP and device.name in account.devices
    ]
    unknown = [name for name in users if name != secrets.snmp_user]
    if unknown:
        raise NotRenderable(
            f"accounts.yml: accounts[{unknown[0]}]: the secrets hold no passwords of this SNMP "
            f"user, only those of {secrets.snmp_user!r}"
        )
    if not users or device.snmp != "v3":
        return None
    return Poller(secrets.snmp_user, secrets.snmp_auth_password, secrets.snmp_priv_password)


def _time_zone(name: str) -> TimeZone:
    instant = datetime(2026, 1, 1, tzinfo=ZoneInfo(name))
    offset = instant.utcoffset() or timedelta()
    minutes = abs(int(offset.total_seconds())) // 60
    return TimeZone(
        region=name,
        name=instant.tzname() or "UTC",
        sign="minus" if offset < timedelta() else "add",
        offset=f"{minutes // 60:02}:{minutes % 60:02}:00",
    )
