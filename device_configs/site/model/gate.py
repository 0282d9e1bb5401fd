"""The network gate (网闸): its mode and the channels through it (A7)."""

from enum import StrEnum
from ipaddress import IPv4Address

from pydantic import Field

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Name, Reference, UrlPath


class GateMode(StrEnum):
    """How a gate stands in the traffic: unseen, as a proxy of both sides, or as a hop."""

    TRANSPARENT = "transparent"
    PROXY = "proxy"
    ROUTE = "route"


class ChannelKind(StrEnum):
    HTTP = "http"
    SIP = "sip"
    DATABASE = "database"


class DatabaseEngine(StrEnum):
    """Databases between which a gate synchronises, foreign and Chinese."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    ORACLE = "oracle"
    DAMENG = "dameng"
    KINGBASE = "kingbase"


class Direction(StrEnum):
    """``inward``: a client on the Internet side opens the connection."""

    INWARD = "inward"
    OUTWARD = "outward"


class GateChannel(Frozen):
    """One application through the gate: clients reach ``address:port`` on their side, the gate
    opens a connection of its own to ``server:server_port`` on the other."""

    name: Name
    title: Title
    kind: ChannelKind
    direction: Direction
    address: IPv4Address
    port: int = Field(ge=1, le=65535)
    server: IPv4Address
    server_port: int = Field(ge=1, le=65535)
    health: UrlPath | None = None
    """Path of an HTTP channel that tells whether its server works."""
    methods: tuple[Reference, ...] = ()
    """HTTP or SIP methods that pass; others are refused."""
    engine: DatabaseEngine | None = None
    clients: tuple[Reference, ...] = ()
    """Address sets that may use the channel; empty: whoever reaches it."""


class Gate(Frozen):
    """A gate in hot standby: its devices, first the preferred one, share addresses and channels."""

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    mode: GateMode
    channels: tuple[GateChannel, ...] = Field(min_length=1)
