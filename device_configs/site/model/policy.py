"""Filter policies by zone, address, time, user and application, with their limits (A5, A10)."""

import re
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import DeviceText, Line, Name, Prefix, Reference


class AddressSet(Frozen):
    """A named set of addresses; its prefixes are collapsed and sorted."""

    name: Name
    title: Title
    prefixes: tuple[IPv4Network, ...]


class PolicyRegion(Frozen):
    """A named part of the Internet as a list of prefixes (A10)."""

    name: Name
    title: Title
    prefixes: tuple[Prefix, ...] = Field(min_length=1)


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class PortRange(Frozen):
    """Ports ``first`` to ``last``, both included."""

    first: int = Field(ge=0, le=65535)
    last: int = Field(ge=0, le=65535)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the first port should not be above the last")
        return self

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


WrittenPorts = Annotated[int, Field(ge=0, le=65535)] | Annotated[str, Field(pattern=r"^\d+-\d+$")]
"""Ports as the declaration writes them: ``8080`` or ``"8000-8010"``."""


def _port_range(written: object) -> object:
    if isinstance(written, int):
        return {"first": written, "last": written}
    if isinstance(written, str) and re.fullmatch(r"\d+-\d+", written):
        first, last = written.split("-")
        return {"first": first, "last": last}
    if isinstance(written, PortRange | dict):
        return written
    raise ValueError('should be a port or "first-last"')


class ApplicationMatch(Frozen):
    """One protocol of an application; ``ports`` are destination ports, empty for ICMP echo."""

    protocol: Protocol
    ports: tuple[
        Annotated[PortRange, BeforeValidator(_port_range, json_schema_input_type=WrittenPorts)], ...
    ] = ()


class Application(Frozen):
    """A named application (应用): what a firewall tells it by."""

    name: Name
    title: Title
    matches: tuple[ApplicationMatch, ...] = Field(min_length=1)


class Weekday(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


CLOCK_TIME = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"


class PolicyPeriod(Frozen):
    """From ``start`` up to, not including, ``end`` on each of the days, in the site's time zone."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    start: str = Field(pattern=CLOCK_TIME)
    end: str = Field(pattern=CLOCK_TIME)

    @property
    def start_minute(self) -> int:
        """Minutes since midnight, 0-1439."""
        return _minutes(self.start)

    @property
    def end_minute(self) -> int:
        """Minutes since midnight, 1-1440."""
        return _minutes(self.end)

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_minute <= self.start_minute:
            raise ValueError("end should be after start; split a period that crosses midnight")
        return self


class TimeRange(Frozen):
    """A named time: any of the weekly periods, within the absolute bounds where they are given."""

    name: Name
    title: Title
    periods: tuple[PolicyPeriod, ...] = ()
    starts_at: datetime | None = None
    """Local time of the site, without offset."""
    ends_at: datetime | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.periods and self.starts_at is None and self.ends_at is None:
            raise ValueError("periods, starts_at or ends_at should be given")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at should be after starts_at")
        return self


class PolicyUser(Frozen):
    """A person whom firewalls know by the addresses of the places bound to the name."""

    name: Name
    title: Title
    prefixes: tuple[IPv4Network, ...]


class UserGroup(Frozen):
    """Users and places under one name; its prefixes hold those of its users."""

    name: Name
    title: Title
    users: tuple[str, ...]
    prefixes: tuple[IPv4Network, ...]


class Action(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


class Rate(Frozen):
    """Bandwidth in Mbit/s: ``up`` from the rule's source to its destination, ``down`` back."""

    up: int = Field(gt=0, le=100_000)
    down: int = Field(gt=0, le=100_000)


class Bandwidth(Frozen):
    """What all traffic of a rule gets together; ``priority`` 0 is served first."""

    maximum_mbps: Rate | None = None
    guaranteed_mbps: Rate | None = None
    priority: int = Field(default=3, ge=0, le=7)

    @model_validator(mode="after")
    def _maximum_holds_the_guarantee(self) -> Self:
        most, least = self.maximum_mbps, self.guaranteed_mbps
        if most is None and least is None:
            raise ValueError("maximum_mbps or guaranteed_mbps should be given")
        if most and least and (most.up < least.up or most.down < least.down):
            raise ValueError("maximum_mbps should not be less than guaranteed_mbps")
        return self


class PerAddressLimit(Frozen):
    """What each inner address may use of a rule (每IP流控)."""

    maximum_mbps: Rate | None = None
    connections: int | None = Field(default=None, gt=0)
    """Sessions at the same time."""
    new_per_second: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if (self.maximum_mbps, self.connections, self.new_per_second) == (None, None, None):
            raise ValueError("maximum_mbps, connections or new_per_second should be given")
        return self


class DeclaredRule(Frozen):
    """One rule. An empty dimension matches everything; users and sources must both match.

    ``from_regions`` matches the source's region, and any source outside every region matches
    only rules without it.
    """

    name: Name
    from_zones: tuple[Reference, ...] = Field(min_length=1)
    to_zones: tuple[Reference, ...] = Field(min_length=1)
    sources: tuple[Reference, ...] = ()
    from_regions: tuple[Reference, ...] = ()
    users: tuple[Reference, ...] = ()
    """Users and user groups."""
    destinations: tuple[Reference, ...] = ()
    applications: tuple[Reference, ...] = ()
    time: Reference | None = None
    action: Action
    log: bool = False
    bandwidth: Bandwidth | None = None
    per_address: PerAddressLimit | None = None
    traffic_class: Reference | None = None
    """Class its packets are marked with."""
    purpose: DeviceText
    """What it is for, in English: boxes show it as the rule's description."""
    purpose_zh: Line = ""
    """The same in Chinese, for documents in Chinese."""


class RuleSet(Frozen):
    """The ordered rules of a firewall, or of a pair: the first that matches decides."""

    name: Name
    title: Title
    devices: tuple[Reference, ...] = Field(min_length=1)
    default: Action
    """What happens to traffic that no rule matches."""
    rules: tuple[DeclaredRule, ...]


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
