"""Device roles as data: what code may ask about a role, each answer a line of its YAML file."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Key, Reference

ROLE_NAME = r"^[a-z][a-z0-9_]{0,30}$"
"""The name of a role's file and of its group in hosts.yml, which Ansible has to take."""


class RoutingPlace(StrEnum):
    """Where a device that routes dynamically stands (OSPF and BGP)."""

    EDGE = "edge"
    """Towards the circuits: speaks to every inner router, and announces what the site uses."""
    INNER = "inner"


class FilterPlace(StrEnum):
    """How a device that decides by declared rules stands in the packets' way."""

    ROUTED = "routed"
    """Between the circuits and the inside, in each packet's route."""
    INLINE = "inline"
    """As a transparent bridge: no address, no session table."""
    BOUNDARY = "boundary"
    """With a port in each of its zones, between the site and the Internet."""


class RoleProperties(Frozen):
    """What a role's file may say. Every property has the value that most devices have."""

    title: Title
    deployed: bool = False
    """Its configuration is rendered from the declaration and brought to it over SSH."""
    polled: bool = True
    """It is watched: pinged, and asked by SNMP unless the device says ``snmp: none``."""
    profiles: tuple[Reference, ...] = ()
    """What its agent is asked: files of monitors/collect/profiles."""
    outside: bool = False
    """It is somebody else's, beyond our circuits: neither deployed to nor watched."""
    transit: bool = False
    """Traffic of others may pass it."""
    forwards: bool = False
    """It forwards IP packets between its ports."""
    routing: RoutingPlace | None = None
    filtering: FilterPlace | None = None
    hot_standby: bool = False
    """The two of a pair keep sessions in common, one active, over a connection of their own."""
    relays: bool = False
    """It ends connections and opens new ones in its clients' place."""
    isolates: bool = False
    """A gate: it passes declared channels between sides that are physically apart (A2, A7)."""
    telephony: bool = False
    """It answers SIP and holds the trunk to the telephone network."""
    access_gateway: bool = False
    """Access networks have their gateway on it, each over one port."""
    management_bridge: bool = False
    """It joins the management network from the factory, before anything is deployed to it."""
    guards_logins: bool = False
    """Its configuration can ban who tries to sign in too often (``login_guards``)."""
    uses_gateway: bool = False
    """It sends everything to the gateway of its network."""
    collects_logs: bool = False
    collects_measurements: bool = False
    """Collectors and deployment work from it; a site has one such device."""
    paired: bool = False
    """The contract asks for two in hot standby, one in each half."""
    requirements: tuple[Key, ...] = ()
    """Requirements of the contract that a device of this role is evidence for, as A3."""
    tier: int | None = Field(default=None, ge=0, le=9)
    """Its place in the row from the circuits (0, outside) to the seats, where it stands in it."""
    cut_rank: int | None = Field(default=None, ge=0, le=9)
    """The twin takes down the port of the lower rank where it cuts a cable; none: the last."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.outside and (self.deployed or self.polled):
            raise ValueError("what is outside is neither deployed nor polled; say so of both")
        if self.profiles and not self.polled:
            raise ValueError("profiles are for a role that is polled; leave them out")
        if self.filtering is FilterPlace.INLINE and self.forwards:
            raise ValueError("an inline filter forwards nothing by itself; leave `forwards` out")
        return self

    @property
    def tracks_sessions(self) -> bool:
        """Whether it keeps a strict table of connections."""
        return self.filtering in (FilterPlace.ROUTED, FilterPlace.BOUNDARY)

    @property
    def is_inline(self) -> bool:
        """Whether it filters as a transparent bridge."""
        return self.filtering is FilterPlace.INLINE

    def is_behind(self, other: "RoleProperties") -> bool:
        """Whether ``other`` stands nearer to the circuits in the row."""
        return None not in (self.tier, other.tier) and (other.tier or 0) < (self.tier or 0)


class DeviceRole(RoleProperties):
    """What a device is there for: the properties of a role, and its name."""

    name: str = Field(pattern=ROLE_NAME)

    def __str__(self) -> str:
        return self.name
