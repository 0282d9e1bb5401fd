"""The files of a declaration as typed documents, before references between them are resolved."""

from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from device_configs.site.calendar import FILE as CALENDAR
from device_configs.site.calendar import YearDocument
from device_configs.site.faults import Faults
from device_configs.site.hotline import FILE as HOTLINE
from device_configs.site.hotline import Hotline
from device_configs.site.model import (
    Circuit,
    Contract,
    Frozen,
    Half,
    Service,
    Title,
    VirtualAddress,
    WallPosition,
    Zone,
)
from device_configs.site.seat_table import read_seat_rows

Names = tuple[str, ...]
T = TypeVar("T", bound=BaseModel)


class DeviceDocument(BaseModel):
    """Host variables of one device in hosts.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    half: Half
    rack: str
    ansible_host: IPv4Address | None = None
    loopback: IPv4Address | None = None
    partner: str | None = None
    platform: str = "frr"
    asset_tags: Annotated[
        Mapping[str, str], BeforeValidator(lambda tags: {k: str(v) for k, v in tags.items()})
    ] = Field(default_factory=dict)
    wall: WallPosition | None = None
    snmp: Literal["v2c", "v3", "none"] = "v3"
    managed: bool = True


class SiteDocument(Frozen):
    name: str
    title: Title
    demonstration: bool = False


class NetworkDocument(Frozen):
    name: str = Field(max_length=12)
    zone: str
    prefix: IPv4Network
    bridges: Names = ()
    members: Mapping[str, IPv4Address] = Field(default_factory=dict)
    virtual_addresses: tuple[VirtualAddress, ...] = ()


class LinkDocument(Frozen):
    a: str
    b: str
    kind: Literal["routed", "inline", "access", "trunk", "circuit"]
    name: str | None = None
    port_a: str | None = Field(default=None, max_length=15)
    port_b: str | None = Field(default=None, max_length=15)
    network: str | None = None
    zone: str | None = None
    prefix: IPv4Network | None = None
    through: str | None = None
    redundant: bool = True
    bandwidth_mbps: int | None = Field(default=None, gt=0)


def link_name(link: LinkDocument) -> str:
    """Declared name of a link, by default ``a--b``."""
    return link.name or f"{link.a}--{link.b}"


class SeatDocument(Frozen):
    number: int = Field(ge=1)
    switch: str
    network: str
    address: IPv4Address
    row: int = Field(ge=1)
    column: int = Field(ge=1)
    phone: str
    host_asset: str
    display_asset: str


class Documents(Frozen):
    """All files of a declaration, each item valid by itself."""

    site: SiteDocument
    devices: Mapping[str, tuple[str, DeviceDocument]]
    """Name -> (role group, host variables)."""
    zones: tuple[Zone, ...]
    networks: tuple[NetworkDocument, ...]
    links: tuple[LinkDocument, ...]
    circuits: tuple[Circuit, ...]
    services: tuple[Service, ...]
    seats: tuple[SeatDocument, ...]
    contract: Contract
    years: tuple[YearDocument, ...]
    hotline: Hotline


def read_documents(folder: Path) -> Documents:
    """Read every file of the declaration in ``folder``.

    Raises :class:`SiteInvalid` with all faults of form (missing file, bad YAML, wrong type,
    unknown field) of all files.
    """
    reader = _Reader(folder)
    site = reader.one("site.yml", None, SiteDocument)
    devices = reader.devices()
    zones = reader.many("zones.yml", "zones", Zone)
    networks = reader.many("networks.yml", "networks", NetworkDocument)
    links = reader.many("links.yml", "links", LinkDocument)
    circuits = reader.many("circuits.yml", "circuits", Circuit)
    services = reader.many("services.yml", "services", Service)
    contract = reader.one("contract.yml", None, Contract)
    years = reader.many(CALENDAR, "years", YearDocument)
    hotline = reader.one(HOTLINE, None, Hotline)
    seats = reader.seats()
    reader.faults.raise_if_any()
    assert site is not None  # noqa: S101 - no fault was found
    assert contract is not None  # noqa: S101
    assert hotline is not None  # noqa: S101
    return Documents(
        site=site,
        devices=devices,
        zones=zones,
        networks=networks,
        links=links,
        circuits=circuits,
        services=services,
        seats=seats,
        contract=contract,
        years=years,
        hotline=hotline,
    )


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults = Faults()

    def yaml(self, file: str) -> Any:
        try:
            return yaml.load((self.folder / file).read_text("utf-8"), yaml.CSafeLoader)
        except OSError as error:
            self.faults.add(file, "-", f"cannot be read ({error.strerror})", "create the file")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else "-"
            problem = getattr(error, "problem", None) or "is no YAML"
            self.faults.add(file, where, str(problem), "mend the YAML syntax there")
        return None

    def one(self, file: str, path: str | None, model: type[T]) -> T | None:
        document = self.yaml(file)
        return None if document is None else self.valid(file, path or "", document, model)

    def many(self, file: str, key: str, model: type[T]) -> tuple[T, ...]:
        document = self.yaml(file)
        if document is None:
            return ()
        items = document.get(key) if isinstance(document, dict) else None
        if not isinstance(items, list):
            self.faults.add(file, key, "is no list", f"start the file with `{key}:` and a list")
            return ()
        found = (
            self.valid(file, _item_path(key, i, item), item, model) for i, item in enumerate(items)
        )
        return tuple(item for item in found if item is not None)

    def devices(self) -> dict[str, tuple[str, DeviceDocument]]:
        file = "hosts.yml"
        document = self.yaml(file)
        if document is None:
            return {}
        try:
            groups = document["all"]["children"]
            pairs = [
                (group, name, variables)
                for group, body in groups.items()
                for name, variables in body["hosts"].items()
            ]
        except (KeyError, TypeError, AttributeError):
            self.faults.add(
                file,
                "all.children",
                "is not group -> hosts -> name",
                "write an Ansible inventory with one group a role",
            )
            return {}
        found: dict[str, tuple[str, DeviceDocument]] = {}
        for group, name, variables in pairs:
            device = self.valid(file, name, variables or {}, DeviceDocument)
            if name in found:
                self.faults.add(file, name, "is declared twice", "keep one of the two")
            elif device is not None:
                found[name] = (group, device)
        return found

    def seats(self) -> tuple[SeatDocument, ...]:
        found = []
        for file, line, row in read_seat_rows(self.folder, self.faults):
            seat = self.valid(file, f"line {line}", row, SeatDocument)
            if seat is not None:
                found.append(seat)
        return tuple(found)

    def valid(self, file: str, path: str, value: Any, model: type[T]) -> T | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for problem in error.errors():
                at = ".".join(str(part) for part in (path, *problem["loc"]) if part != "")
                self.faults.add(file, at, _found(problem), _remedy(problem, model))
            return None


def _item_path(key: str, index: int, item: Any) -> str:
    if isinstance(item, dict):
        name = item.get("name") or (
            f"{item['a']}--{item['b']}" if {"a", "b"} <= set(item) else None
        )
        if name:
            return f"{key}[{name}]"
    return f"{key}[{index}]"


def _found(problem: Any) -> str:
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "extra_forbidden":
        return "is no known field"
    return f"found {problem['input']!r}"


def _remedy(problem: Any, model: type[BaseModel]) -> str:
    if problem["type"] == "missing":
        return "add it"
    if problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1:
        near = get_close_matches(str(problem["loc"][0]), list(model.model_fields), n=1)
        return f"did you mean {near[0]!r}?" if near else "remove it"
    text = str(problem["msg"])
    return text[0].lower() + text[1:]
