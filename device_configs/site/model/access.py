"""How people get into devices: servers that know them, passwords, the console, the banner."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from device_configs.site.model.values import Frozen
from device_configs.site.texts import Address, BannerText, Name

PEOPLE = "people"
"""The domain of those whom the servers know: they sign in as NAME@people."""


class SignInServer(Frozen):
    """A server that is asked who somebody is; it stands in the management network."""

    address: Address
    port: int | None = Field(default=None, ge=1, le=65_535)
    """None: 1812 (RADIUS, RFC 2865) or 49 (TACACS+, RFC 8907)."""


class SignInServers(Frozen):
    """The servers in the order in which they are asked; none answers: the box's own accounts."""

    protocol: Literal["radius", "tacacs"]
    """`tacacs` is HWTACACS on Huawei and H3C, TACACS+ on Arista."""
    secret: Name
    """Key that boxes share with the servers, by its name below `keys` of secrets.json."""
    hosts: tuple[SignInServer, ...] = Field(min_length=1, max_length=2)

    def port_of(self, host: SignInServer) -> int:
        """The port that a server is asked at."""
        return host.port or {"radius": 1_812, "tacacs": 49}[self.protocol]


class PasswordPolicy(Frozen):
    """What a password must be, and what trying them costs (GB/T 22239-2019 8.1.4.1)."""

    least_characters: int = Field(default=12, ge=8, le=64)
    least_kinds: int = Field(default=3, ge=1, le=4)
    """Of small letters, capitals, digits and others."""
    attempts: int = Field(default=5, ge=3, le=10)
    lock_minutes: int = Field(default=10, ge=5, le=360)


class ConsolePolicy(Frozen):
    """The console of boxes that have a break-glass account; without one nobody could pass."""

    idle_minutes: int = Field(default=10, ge=1, le=1_440)


class Access(Frozen):
    """access.yml. What is not named is not set on any device."""

    servers: SignInServers | None = None
    passwords: PasswordPolicy | None = None
    console: ConsolePolicy = ConsolePolicy()
    banner: BannerText | None = None
    """Shown before anybody signs in."""

    def secret_names(self) -> Iterator[str]:
        """The keys that are named."""
        if self.servers is not None:
            yield self.servers.secret
