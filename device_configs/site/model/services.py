"""What seats and citizens use, and the seats."""

from ipaddress import IPv4Address
from typing import Literal

from pydantic import Field

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Address, Key, Reference, UrlPath


class Check(Frozen):
    """A probe that decides whether a service answers, sent from the monitoring host."""

    kind: Literal["icmp", "tcp", "http", "sip"]
    address: Address
    port: int | None = Field(default=None, ge=1, le=65535)
    path: UrlPath = "/"
    """Path of an HTTP check; user part of the request URI of a SIP check."""


class Service(Frozen):
    """What seats and citizens use, and which elements must stand for it."""

    name: Key
    title: Title
    zone: Reference
    hosts: tuple[Reference, ...]
    """Devices that provide it; one reachable host is enough."""
    checks: tuple[Check, ...]
    used_by_seats: bool = True


class Seat(Frozen):
    """One agent's place: terminal (host and display) and phone."""

    number: int = Field(ge=1)
    name: str
    switch: str
    network: str
    address: IPv4Address
    row: int
    column: int
    phone: str
    host_asset: str
    display_asset: str
    """The display, or several joined by ``+``: all of them must be in order."""

    @property
    def displays(self) -> tuple[str, ...]:
        """The displays of the host, at least one."""
        return tuple(name.strip() for name in self.display_asset.split("+"))
