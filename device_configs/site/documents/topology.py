"""hosts.yml, networks.yml, links.yml, seats.csv and site.yml as they are written."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from device_configs.site.model import (
    Asset,
    DeviceRole,
    Frozen,
    Half,
    Polling,
    SiteLines,
    TagKind,
    Title,
    VirtualAddress,
    WallPosition,
)
from device_configs.site.texts import (
    Address,
    Cell,
    CellPhone,
    DeviceText,
    HostName,
    Ipv6Prefix,
    Key,
    LinkName,
    Name,
    PortName,
    Prefix,
    Reference,
)

Names = tuple[Reference, ...]

MANAGED = (
    "`managed` is no field any more: remove it where the role says it (a provider is neither "
    "deployed nor polled); else write `deployed: false`, `polled: false`, or both"
)


def _texts(tags: object) -> object:
    return {k: str(v) for k, v in tags.items()} if isinstance(tags, dict) else tags


class DeviceDocument(Frozen):
    """Host variables of one device in hosts.yml."""

    title: Title
    half: Half
    rack: Key
    ansible_host: Address | None = None
    loopback: Address | None = None
    as_number: int | None = Field(default=None, ge=1, le=4_294_967_294)
    """Of what stands outside the contract, at the other end of a circuit; None: 65100."""
    partner: HostName | None = None
    platform: Key = "frr"
    asset: Asset | None = None
    asset_tags: Annotated[Mapping[Key, DeviceText], BeforeValidator(_texts)] = Field(
        default_factory=dict
    )
    feeds: Names | None = None
    """Feeds it draws from, where they are not all of its rack's."""
    wall: WallPosition | None = None
    snmp: Literal["v2c", "v3", "none"] = "v3"
    snmp_authentication: Literal["sha", "sha-256"] = "sha"
    """How its SNMPv3 user signs: HMAC-SHA-96 (RFC 3414) or HMAC-192-SHA-256 (RFC 7860)."""
    polling: Polling | None = None
    """How its SNMP agent is asked, where it is slower or smaller than most."""
    deployed: bool | None = None
    """False: nothing is brought to it, whatever its role says. None: as its role says."""
    polled: bool | None = None
    """False: it is not watched, whatever its role says. None: as its role says."""
    ports: Mapping[PortName, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Sockets that ports are fixed to, counted from 1 among those of the port's speed (10 Gbit/s
    and more, or less). Other ports take the free ones in the order of their cables, so a fixed
    port never moves when a cable is added."""
    site_lines: tuple[SiteLines, ...] = ()
    """Lines that follow from nothing that is declared, each with its reason."""

    @model_validator(mode="before")
    @classmethod
    def _knows_no_managed(cls, value: object) -> object:
        if isinstance(value, dict) and "managed" in value:
            raise ValueError(MANAGED)
        return value

    def is_deployed(self, role: DeviceRole) -> bool:
        """Whether the declaration is brought to it: a device may only take itself out."""
        return role.deployed and self.deployed is not False

    def is_polled(self, role: DeviceRole) -> bool:
        """Whether it is watched: a device may only take itself out."""
        return role.polled and self.polled is not False


class SiteDocument(Frozen):
    """site.yml: who we are, and the kinds of tags devices carry."""

    name: Key
    title: Title
    demonstration: bool = False
    tag_kinds: tuple[TagKind, ...] = Field(min_length=6)
    """At least six (A8)."""


SHORTEST_PREFIX = 8


def _of_a_segment(prefix: IPv4Network) -> IPv4Network:
    if prefix.prefixlen < SHORTEST_PREFIX:
        raise ValueError(
            f"{prefix} is no segment's: write the prefix of its hosts, as 10.20.1.0/24"
        )
    return prefix


class NetworkDocument(Frozen):
    """One segment of networks.yml."""

    name: Name = Field(max_length=12)
    zone: Reference
    prefix: Annotated[Prefix, AfterValidator(_of_a_segment)]
    ipv6_prefix: Ipv6Prefix | None = None
    """A second prefix, of IPv6; whoever has an address here has the same number of host in it."""
    bridges: Names = ()
    members: Mapping[HostName, Address] = Field(default_factory=dict)
    virtual_addresses: tuple[VirtualAddress, ...] = ()
    vlan: int | None = Field(default=None, ge=2, le=4000)
    """Number of its VLAN on switches (IEEE 802.1Q)."""


class LinkMember(Frozen):
    """One cable of several that are one line."""

    port_a: PortName | None = None
    port_b: PortName | None = None
    ducts: Names = ()


class LinkDocument(Frozen):
    """One cable of links.yml, one through a transparent device, or several that are one line."""

    a: HostName
    b: HostName
    kind: Literal["routed", "inline", "access", "trunk", "circuit"]
    name: LinkName | None = None
    port_a: PortName | None = None
    port_b: PortName | None = None
    network: Reference | None = None
    zone: Reference | None = None
    prefix: Prefix | None = None
    ipv6_prefix: Ipv6Prefix | None = None
    """Of a cable with a prefix of its own: ``a`` takes the even address of this one as well."""
    through: HostName | None = None
    redundant: bool = True
    bandwidth_mbps: int | None = Field(default=None, gt=0)
    """Of each of its cables."""
    bandwidth_class: Reference | None = None
    ducts: Names = ()
    members: tuple[LinkMember, ...] = Field(default=(), max_length=8)
    """The cables that are one line by LACP (IEEE 802.1AX); left out for one cable."""

    @property
    def ports(self) -> tuple[tuple[str, str], ...]:
        """The ports at `a` and `b` of each cable: named after the other end, from the second on
        with a number."""
        if not self.members:
            return ((self.port_a or self.b, self.port_b or self.a),)
        return tuple(
            (member.port_a or f"{self.b}{suffix}", member.port_b or f"{self.a}{suffix}")
            for member, suffix in zip(self.members, _SUFFIXES, strict=False)
        )

    def port_count(self, holder: tuple[str, str]) -> int:
        """How many of its cables end at a (device, port)."""
        ends = [end for a, b in self.ports for end in ((self.a, a), (self.b, b))]
        return ends.count(holder)


_SUFFIXES = ("", *(f"-{number}" for number in range(2, 9)))


def link_name(link: LinkDocument) -> str:
    """Declared name of a link, by default ``a--b``."""
    return link.name or f"{link.a}--{link.b}"


SEAT_NUMBERS = (1, 99_999)


class SeatDocument(Frozen):
    """One seat in its long form: a row of the seat list, or what groups of seats.yml say."""

    number: int = Field(ge=SEAT_NUMBERS[0], le=SEAT_NUMBERS[1])
    switch: HostName
    network: Reference
    address: Address
    row: int = Field(ge=1)
    column: int = Field(ge=1)
    phone: CellPhone
    host_asset: Cell
    display_asset: Cell

    @field_validator("display_asset")
    @classmethod
    def _displays_are_named_once(cls, text: str) -> str:
        names = [name.strip() for name in text.split("+")]
        if len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
            raise ValueError("names several displays: join each name once by +, DP-001+DP-101")
        return text
