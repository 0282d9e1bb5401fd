"""objects.yml, protection.yml, gates.yml, accounts.yml and risks.yml as they are written.

A *place* is written ``network/holder``: a member or a virtual address of a declared network.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from device_configs.site.documents.topology import Names
from device_configs.site.model import (
    AccountKind,
    AccountProtocol,
    ChannelKind,
    DatabaseEngine,
    Direction,
    ExpectedUse,
    Frozen,
    GateMode,
    Privilege,
    Title,
)
from device_configs.site.texts import (
    AccountName,
    Address,
    Key,
    Line,
    Name,
    Paragraph,
    Prefix,
    UrlPath,
)

PLACE = r"^[A-Za-z][A-Za-z0-9-]{0,80}/[A-Za-z][A-Za-z0-9-]{0,80}$"
Place = Annotated[str, Field(pattern=PLACE)]
Prefixes = tuple[Prefix, ...]


class AddressSetDocument(Frozen):
    """A set is the union of all that is named."""

    name: Name
    title: Title
    prefixes: Prefixes = ()
    ranges: tuple[Annotated[Names, Field(min_length=2, max_length=2)], ...] = ()
    """First and last address, both included."""
    networks: Names = ()
    zones: Names = ()
    services: Names = ()
    """Addresses at which the checks of a service find it."""
    members: tuple[Place, ...] = ()


class UserDocument(Frozen):
    """A person and the places that stand for the name."""

    name: Name
    title: Title
    seats: tuple[int, ...] = ()
    prefixes: Prefixes = ()


class UserGroupDocument(Frozen):
    """A group is the union of all that is named."""

    name: Name
    title: Title
    users: Names = ()
    seats: tuple[int, ...] = ()
    networks: Names = ()
    prefixes: Prefixes = ()


class HttpFloodDocument(Frozen):
    """What one source may ask of a web address."""

    name: Name
    title: Title
    devices: Names = Field(min_length=1)
    at: Place
    ports: tuple[int, ...] = Field(min_length=1)
    new_connections_per_second: int = Field(gt=0)
    burst: int = Field(gt=0)
    connections: int = Field(gt=0)
    block_seconds: int = Field(gt=0, le=86400)
    requests_per_second: int | None = Field(default=None, ge=1, le=100_000)


class ChannelDocument(Frozen):
    """One application through the gate."""

    name: Name
    title: Title
    kind: ChannelKind
    direction: Direction
    at: Place
    port: int = Field(ge=1, le=65535)
    server: Address
    server_port: int = Field(ge=1, le=65535)
    health: UrlPath | None = None
    methods: Names = ()
    engine: DatabaseEngine | None = None
    clients: Names = ()


class GateDocument(Frozen):
    """The devices of a gate and their channels."""

    name: Name
    title: Title
    devices: Names = Field(min_length=1)
    mode: GateMode
    channels: tuple[ChannelDocument, ...] = Field(min_length=1)


class AccountDocument(Frozen):
    """An account and where it exists: on the devices named, on all of the roles named, and on the
    terminals of the seats whose numbers are given."""

    name: AccountName
    kind: AccountKind
    holder: Line
    protocol: AccountProtocol = AccountProtocol.SSH
    privilege: Privilege
    roles: Names = ()
    devices: Names = ()
    terminals: Literal["all"] | tuple[int, ...] = ()
    purpose: Line = Field(min_length=5)
    expected_use: ExpectedUse
    password_secret: Name | None = None
    """Password of a break-glass account, by its name below `keys` of secrets.json."""

    @model_validator(mode="after")
    def _breaks_glass_by_password(self) -> Self:
        breaks = self.kind is AccountKind.BREAK_GLASS
        if breaks != (self.password_secret is not None):
            raise ValueError(
                "password_secret should be there for kind break_glass, and for no other"
            )
        if breaks and self.protocol is not AccountProtocol.SSH:
            raise ValueError("protocol should be ssh for kind break_glass")
        return self


class AcceptedRiskDocument(Frozen):
    """``elements`` are devices, links, ``rack:`` ``feed:`` ``duct:`` ``provider:`` groups, every
    device of a ``role:`` or every link of a ``kind:``. No ``services``: all of them."""

    name: Key
    elements: Names = Field(min_length=1)
    services: Names = ()
    seats: int = Field(ge=0)
    reason: Paragraph = Field(min_length=10)
