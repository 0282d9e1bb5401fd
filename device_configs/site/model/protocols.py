"""What routing, time and redundancy protocols speak with each other: numbers, timers, keys.

A key is named here and kept in the secrets of the installation (``keys`` of ``secrets.json``).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Literal, Self

from pydantic import Field, model_validator

from device_configs.site.model.values import Frozen
from device_configs.site.texts import Address, Name

MOST_MD5_CHARACTERS = 16
"""A key of OSPF by keyed MD5 (RFC 2328 section D.3)."""
MOST_VRRP_CHARACTERS = 8
"""A key of VRRPv2 (RFC 2338 section 5.3.6.1): boxes take no longer one."""


class NamedSecret(Frozen):
    """A key by its name in the secrets."""

    secret: Name
    """Name below `keys` of secrets.json."""


class NumberedSecret(NamedSecret):
    """A key that both ends know by a number."""

    key_id: int = Field(default=1, ge=1, le=255)
    algorithm: Literal["md5", "hmac-sha-256"] = "hmac-sha-256"
    """`md5` where one end knows nothing better: an old box, or Linux (FRR 8.4) in OSPF."""


class OspfProtocol(Frozen):
    """OSPF inside the centre (RFC 2328)."""

    area: Address = IPv4Address(0)
    hello_s: int = Field(default=1, ge=1, le=65_535)
    dead_s: int = Field(default=4, ge=2, le=65_535)
    """A neighbour that is not heard for so long is gone; BFD finds that sooner."""
    key: NumberedSecret | None = None
    """None: neighbours are taken at their word."""

    @model_validator(mode="after")
    def _misses_a_hello(self) -> Self:
        if self.dead_s < 2 * self.hello_s:
            raise ValueError(f"dead_s should be {2 * self.hello_s} or more, twice hello_s")
        return self


class BgpProtocol(Frozen):
    """BGP among our own devices and over circuits (RFC 4271)."""

    as_number: int = Field(default=65_010, ge=1, le=4_294_967_294)
    """Ours; that of the other end of a circuit stands at its device in hosts.yml."""
    keepalive_s: int = Field(default=1, ge=1, le=21_845)
    hold_s: int = Field(default=3, ge=3, le=65_535)
    connect_retry_s: int = Field(default=1, ge=1, le=65_535)
    key: NamedSecret | None = None
    """Of the sessions among our own devices (RFC 2385); a circuit names its own in
    circuits.yml."""

    @model_validator(mode="after")
    def _misses_a_keepalive(self) -> Self:
        if self.hold_s < 3 * self.keepalive_s:
            raise ValueError(f"hold_s should be {3 * self.keepalive_s} or more, three keepalives")
        return self


class BfdProtocol(Frozen):
    """How soon a dead neighbour is found (RFC 5880)."""

    interval_ms: int | None = Field(default=None, ge=10, le=1_000)
    """None: 100 ms on boxes, 40 ms on Linux."""
    multiplier: int = Field(default=3, ge=3, le=50)


class NtpProtocol(Frozen):
    """Whose time boxes believe (RFC 5905)."""

    key: NumberedSecret | None = None
    """The monitoring host's time service must hold it, too."""


class HotStandbyProtocol(Frozen):
    """What the halves of a pair of firewalls say to each other."""

    key: NamedSecret | None = None


class VrrpProtocol(Frozen):
    """Who holds a gateway's address."""

    preempt_delay_s: int = Field(default=60, ge=0, le=1_800)
    """How long the first member waits when it comes back: its routing must have settled."""
    key: NamedSecret | None = None
    """Keyed MD5, which VRRPv2 alone has (RFC 2338; left out since RFC 3768)."""


class Protocols(Frozen):
    """protocols.yml. What is not named keeps its default, and no key."""

    ospf: OspfProtocol = OspfProtocol()
    bgp: BgpProtocol = BgpProtocol()
    bfd: BfdProtocol = BfdProtocol()
    ntp: NtpProtocol = NtpProtocol()
    hot_standby: HotStandbyProtocol = HotStandbyProtocol()
    vrrp: VrrpProtocol = VrrpProtocol()

    def secret_names(self) -> Iterator[str]:
        """The keys that are named, in the order of the fields."""
        for part in (self.ospf, self.bgp, self.ntp, self.hot_standby, self.vrrp):
            if part.key is not None:
                yield part.key.secret
