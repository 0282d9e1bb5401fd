"""Leased lines, who provides them, and how their bandwidth is shared (A11, A12)."""

from typing import Self

from pydantic import Field, model_validator

from device_configs.site.model.values import Frozen, Title, WallPosition
from device_configs.site.texts import Key, Line, LinkName, Name, Phone, Reference


class Provider(Frozen):
    """A carrier; all its circuits may fail together."""

    name: Key
    title: Title
    fault_phone: Phone
    """Where a broken circuit is reported (报障电话)."""


class Circuit(Frozen):
    """A leased line to a provider (电子政务外网 A/B, 互联网, 语音中继)."""

    name: Name
    title: Title
    provider: Reference
    zone: Reference
    links: tuple[LinkName, ...]
    bandwidth_mbps: int = Field(gt=0)
    bandwidth_class: Reference
    contract_number: Line
    wall: WallPosition
    bgp_secret: Name | None = None
    """Key of the BGP session with the other end (RFC 2385), by its name in the secrets."""
    group: Key | None = None
    """Circuits of one group back each other up."""
    public: bool = False
    """Whether the Internet is at its far end: addresses that nobody there has are dropped at the
    edge then. A circuit to another organisation carries private addresses rightly."""


class TrafficClass(Frozen):
    """A kind of traffic that lines treat alike, told apart by its code point (RFC 2474)."""

    name: Name
    title: Title
    dscp: int = Field(ge=0, le=63)


class Share(Frozen):
    """What a traffic class gets of a line; ``priority`` 0 is served first above the guarantee."""

    traffic_class: Reference
    guaranteed_percent: int = Field(ge=1, le=100)
    maximum_percent: int = Field(default=100, ge=1, le=100)
    priority: int = Field(ge=0, le=7)

    @model_validator(mode="after")
    def _maximum_holds_the_guarantee(self) -> Self:
        if self.maximum_percent < self.guaranteed_percent:
            raise ValueError("maximum_percent should not be less than guaranteed_percent")
        return self


class BandwidthClass(Frozen):
    """A bandwidth that is ordered for circuits and access links, and how it is shared.

    Traffic of no listed class gets the share of the class with code point 0.
    """

    name: Name
    title: Title
    mbps: int = Field(gt=0)
    shares: tuple[Share, ...] = ()
