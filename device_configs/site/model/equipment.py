"""Devices, what the asset register knows of them, and the accounts on them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Literal

from pydantic import Field

from device_configs.site.model.role import DeviceRole
from device_configs.site.model.site_lines import SiteLines
from device_configs.site.model.values import Frozen, Half, Title, WallPosition
from device_configs.site.texts import DeviceText, Key, Line, Reference


class TagKind(Frozen):
    """A kind of tag that devices carry (A8); ``values`` closes the list of what it may say."""

    name: Key
    title: Title
    values: tuple[DeviceText, ...] = ()


class Asset(Frozen):
    """Attributes of a device as the asset register keeps them (A8)."""

    vendor: Line
    model: Line
    serial: Line
    purchased: date
    power_supplies: int = Field(default=1, ge=1, le=8)
    unit: int = Field(ge=1, le=52)
    """Lowest height unit of its place in the rack."""
    height: int = Field(default=1, ge=1, le=52)
    """Height units it takes."""


class Polling(Frozen):
    """How an SNMP agent is asked, where it is not asked as most are."""

    timeout_s: float | None = Field(default=None, gt=0, le=60)
    """How long it may take for a reply before it is asked again."""
    tries: int | None = Field(default=None, ge=1, le=5)
    interval_s: float | None = Field(default=None, ge=1, le=3_600)
    """How often it is asked."""
    repetitions: int | None = Field(default=None, ge=1, le=100)
    """Rows of a table in one reply (max-repetitions)."""
    objects: int | None = Field(default=None, ge=2, le=128)
    """Single objects in one question."""
    window: int | None = Field(default=None, ge=1, le=16)
    """Questions under way at a time."""
    most_rows: int | None = Field(default=None, ge=10, le=100_000)
    """A longer table is taken as one without an end."""


class Device(Frozen):
    """A declared device with all that is not derived from links and networks."""

    name: str
    role: DeviceRole
    title: Title
    half: Half
    rack: str
    platform: str
    management_address: IPv4Address | None
    loopback: IPv4Address | None = None
    as_number: int | None = None
    """Autonomous system of what stands outside; ours is in protocols.yml."""
    partner: str | None = None
    """The other device of the redundant pair, if the declaration has one."""
    tags: Mapping[str, str] = Field(default_factory=dict)
    asset: Asset | None = None
    """None only for what stands outside the contract."""
    feeds: tuple[str, ...] = ()
    """Power feeds it draws from; it stands while one of them does. Empty outside the contract."""
    ports: Mapping[str, int] = Field(default_factory=dict)
    """Sockets that ports are fixed to, counted from 1 among those of the port's speed; the other
    ports take the free ones in the order of their cables."""
    wall: WallPosition | None = None
    snmp: Literal["v2c", "v3", "none"] = "v3"
    snmp_authentication: Literal["sha", "sha-256"] = "sha"
    polling: Polling | None = None
    deployed: bool = True
    """Its configuration is rendered and brought to it."""
    polled: bool = True
    """It is pinged and asked. What is not is known through the ends of its neighbours only."""
    site_lines: tuple[SiteLines, ...] = ()
    """What it has beside all that follows from the declaration, in its platform's language."""

    @property
    def is_ours(self) -> bool:
        """Whether it belongs to the contract: it stands in a rack of ours and has an asset."""
        return not self.role.outside

    @property
    def is_rendered(self) -> bool:
        """Whether there is a configuration of it: deployed, or the twin's of what is outside."""
        return self.deployed or self.role.outside


class AccountKind(StrEnum):
    PERSON = "person"
    SERVICE = "service"
    BREAK_GLASS = "break_glass"
    """For the day on which nothing else opens a box; every use of it is an alarm."""


class Privilege(StrEnum):
    """What an account may do on a device, most first."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    READ_ONLY = "read_only"


class ExpectedUse(Frozen):
    """The usual range of an account's use; outside of it the bastion raises an alarm (A9)."""

    time: Reference | None = None
    """Name of a time range; None: at any hour."""
    sources: tuple[IPv4Network | IPv6Network, ...] = ()
    """Where it is used from; empty: from anywhere."""
    sessions_per_week: tuple[int, int]
    """Least and most sessions in seven days over all its devices."""
    orphaned_after_days: int = Field(default=90, ge=1)
    """Unused for longer, the account is an orphan (孤儿账号)."""


class AccountProtocol(StrEnum):
    SSH = "ssh"
    SNMP = "snmp"


class Account(Frozen):
    """An account that may exist on our devices; any other one there is a back door (A9)."""

    name: str
    kind: AccountKind
    holder: str
    """Who answers for it: a person's post, or the program that uses it."""
    protocol: AccountProtocol
    privilege: Privilege
    devices: tuple[str, ...]
    """Devices on which it exists, roles resolved."""
    terminals: tuple[str, ...] = ()
    """Seats on whose terminals it exists (``seat-001``)."""
    purpose: str
    expected_use: ExpectedUse
    password_secret: str | None = None
    """Its password, by its name in the secrets; only a break-glass account has one."""

    @property
    def places(self) -> tuple[str, ...]:
        """Devices and terminals on which it exists."""
        return (*self.devices, *self.terminals)
