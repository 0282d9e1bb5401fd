"""Protection profiles: intrusion prevention and DoS thresholds (A6), what keeps floods of sessions,
requests and sign-ins from an address (A10)."""

from datetime import date
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Key, Line, Name, Paragraph, Reference


class FloodKind(StrEnum):
    """Kinds of flood that are blocked in both directions (A6)."""

    TCP_FLOOD = "tcp_flood"
    UDP_FLOOD = "udp_flood"
    ICMP_FLOOD = "icmp_flood"
    ACK_FLOOD = "ack_flood"
    UDP_SMURF = "udp_smurf"
    ICMP_SMURF = "icmp_smurf"


class FloodThreshold(Frozen):
    """Packets a second to one destination above which the rest is dropped; 0 drops every one.

    ``inward`` is from the outside to the inner network. A smurf is a request sent to the
    broadcast address of a network.
    """

    kind: FloodKind
    inward: int = Field(ge=0, le=1_000_000)
    outward: int = Field(ge=0, le=1_000_000)
    inward_per_source: int | None = Field(default=None, ge=1, le=1_000_000)
    """Packets a second of one source, dropped above it before they count for their destination,
    so that one flooding source leaves the others what the threshold grants."""
    outward_per_source: int | None = Field(default=None, ge=1, le=1_000_000)


class ScadaProtocol(StrEnum):
    """Industrial protocols whose attacks are looked for."""

    MODBUS = "modbus"
    S7 = "s7"
    IEC104 = "iec104"
    DNP3 = "dnp3"
    ETHERNET_IP = "ethernet_ip"
    OPC_UA = "opc_ua"


class IpsProfile(Frozen):
    """What the intrusion prevention devices look for and when their signatures are too old."""

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    signatures_above: int = Field(ge=9000)
    """The signature database must hold more than this (A6: 9000 种以上)."""
    signature_age_days: int = Field(ge=1, le=90)
    """Days after which a database that was not updated is a fault."""
    scada: tuple[ScadaProtocol, ...] = Field(min_length=1)
    scada_action: Literal["alert", "block"] = "block"
    floods: tuple[FloodThreshold, ...]

    def threshold(self, kind: FloodKind) -> FloodThreshold:
        """The threshold of a kind; every kind has one."""
        return next(flood for flood in self.floods if flood.kind is kind)


class HttpFloodLimit(Frozen):
    """What one source may ask of a web address before it is shut out (CC 攻击防护)."""

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    address: IPv4Address
    ports: tuple[int, ...] = Field(min_length=1)
    new_connections_per_second: int = Field(gt=0)
    burst: int = Field(gt=0)
    connections: int = Field(gt=0)
    """Connections of one source at the same time."""
    block_seconds: int = Field(gt=0, le=86400)
    """How long a source stays shut out."""
    requests_per_second: int | None = Field(default=None, ge=1, le=100_000)
    """Requests of one source over all of its connections, averaged over ten seconds; the gate that
    answers at the address refuses the rest with status 429."""


class SynProxy(Frozen):
    """Sessions to some addresses are answered by the firewall itself while more begin than usual.

    Only who completes the handshake is let through to the server, so that a flood of SYNs from
    forged addresses costs neither a session of the firewall nor one of the server.
    """

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    destinations: tuple[Reference, ...] = Field(min_length=1)
    """Address sets."""
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(min_length=1)
    above_per_second: int = Field(ge=1, le=1_000_000)
    """New sessions a second, to all of these addresses, from which on it answers."""
    mss: int = Field(default=1460, ge=536, le=8960)
    """Largest segment it offers in the servers' place (RFC 9293, 3.7.1): theirs."""
    window_scale: int = Field(default=7, ge=0, le=14)
    """Shift of the receive window it offers in the servers' place (RFC 7323): theirs."""


class LoginGuard(Frozen):
    """Who tries to sign in to a device too often is banned for a while."""

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (22,)
    attempts_per_minute: int = Field(ge=1, le=1000)
    """New sessions of one source; the monitoring host, from which devices are managed, may more."""
    ban_seconds: int = Field(ge=1, le=86400)


class ComplianceException(Frozen):
    """A rule of ``device_configs/compliance/rules`` that devices need not keep, for a while."""

    name: Key
    rule: Reference
    """The name of the rule."""
    devices: tuple[Reference, ...] = Field(min_length=1)
    reason: Paragraph = Field(min_length=10)
    owner: Line
    """Who answers for it."""
    until: date
    """The last day on which it holds."""
