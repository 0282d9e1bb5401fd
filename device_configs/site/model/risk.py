"""What fails together (racks, feeds, ducts, providers), and which risks are accepted."""

from enum import StrEnum

from pydantic import Field

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import DeviceText, Key, Reference


class Feed(Frozen):
    """A power feed: one path from the mains through its own UPS."""

    name: Key
    title: Title


class Rack(Frozen):
    """A cabinet; the devices in it draw from all its feeds unless they say otherwise."""

    name: Key
    title: Title
    room: DeviceText
    units: int = Field(default=42, ge=1, le=52)
    feeds: tuple[Reference, ...] = Field(min_length=1)


class Duct(Frozen):
    """A way of cables; an excavator takes all of them."""

    name: Key
    title: Title


class RiskKind(StrEnum):
    RACK = "rack"
    FEED = "feed"
    DUCT = "duct"
    PROVIDER = "provider"


class SharedRiskGroup(Frozen):
    """Elements that one event takes down together; the name is ``kind:member``."""

    name: str
    kind: RiskKind
    title: Title
    devices: tuple[str, ...] = ()
    """Devices that are down while the group is: for a feed those that draw from it alone."""
    links: tuple[str, ...] = ()
    """Links that are down with it, those of several cables with all of them."""
    cables: tuple[str, ...] = ()
    """Cables of such links that it takes, whatever is left of the line."""


class AcceptedRisk(Frozen):
    """Single points of failure that the site accepts, each up to a number of seats."""

    name: str
    elements: tuple[str, ...]
    """Devices, links and shared-risk groups, classes resolved; each is accepted by itself."""
    services: tuple[str, ...]
    """Services it may cut."""
    seats: int = Field(ge=0)
    """The most seats that one of the elements may cut from a service."""
    reason: str = Field(min_length=10)
