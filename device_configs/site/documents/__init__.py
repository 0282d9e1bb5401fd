"""The files of a declaration as typed documents, before references between them are resolved."""

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address

from pydantic import BaseModel

from device_configs.site.calendar import FILE as CALENDAR
from device_configs.site.calendar import YearDocument
from device_configs.site.documents.policy import (
    AcceptedRiskDocument,
    AccountDocument,
    AddressSetDocument,
    ChannelDocument,
    GateDocument,
    HttpFloodDocument,
    UserDocument,
    UserGroupDocument,
)
from device_configs.site.documents.seats import SeatGroup
from device_configs.site.documents.topology import (
    DeviceDocument,
    LinkDocument,
    NetworkDocument,
    SeatDocument,
    SiteDocument,
    link_name,
)
from device_configs.site.hotline import FILE as HOTLINE
from device_configs.site.hotline import Hotline
from device_configs.site.model import (
    Access,
    Application,
    BandwidthClass,
    Circuit,
    ComplianceException,
    Contract,
    DeviceRole,
    Duct,
    Feed,
    Frozen,
    IpsProfile,
    LoginGuard,
    PolicyRegion,
    Protocols,
    Provider,
    Rack,
    RuleSet,
    Service,
    SynProxy,
    TimeRange,
    TrafficClass,
    Zone,
)
from device_configs.site.reporting import FILE as REPORTS
from device_configs.site.reporting import ReportChapter, ReportDuty

__all__ = [
    "ACCESS",
    "LISTS",
    "PROTOCOLS",
    "SEAT_GROUPS",
    "SINGLE",
    "AcceptedRiskDocument",
    "AccountDocument",
    "AddressSetDocument",
    "ChannelDocument",
    "DeviceDocument",
    "Documents",
    "GateDocument",
    "HttpFloodDocument",
    "LinkDocument",
    "NetworkDocument",
    "SeatDocument",
    "SeatGroup",
    "SiteDocument",
    "UserDocument",
    "UserGroupDocument",
    "file_of",
    "link_name",
]

PROTOCOLS, ACCESS, SEAT_GROUPS = "protocols.yml", "access.yml", "seats.yml"
SINGLE: Mapping[str, tuple[str, type[BaseModel]]] = {
    "site.yml": ("site", SiteDocument),
    "contract.yml": ("contract", Contract),
    HOTLINE: ("hotline", Hotline),
    PROTOCOLS: ("protocols", Protocols),
    ACCESS: ("access", Access),
}
"""Files that hold one item: file -> (field of Documents, its type)."""

LISTS: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "zones.yml": {"zones": Zone},
    "networks.yml": {"networks": NetworkDocument},
    "links.yml": {"links": LinkDocument},
    "circuits.yml": {"providers": Provider, "circuits": Circuit},
    "services.yml": {"services": Service},
    "qos.yml": {"traffic_classes": TrafficClass, "bandwidth_classes": BandwidthClass},
    "premises.yml": {"feeds": Feed, "racks": Rack, "ducts": Duct},
    "risks.yml": {"accepted_risks": AcceptedRiskDocument},
    "objects.yml": {
        "address_sets": AddressSetDocument,
        "regions": PolicyRegion,
        "applications": Application,
        "time_ranges": TimeRange,
        "users": UserDocument,
        "user_groups": UserGroupDocument,
    },
    "policies.yml": {"rule_sets": RuleSet},
    "protection.yml": {
        "ips_profiles": IpsProfile,
        "http_flood_limits": HttpFloodDocument,
        "compliance_exceptions": ComplianceException,
        "syn_proxies": SynProxy,
        "login_guards": LoginGuard,
    },
    "gates.yml": {"gates": GateDocument},
    "accounts.yml": {"accounts": AccountDocument},
    SEAT_GROUPS: {"seat_groups": SeatGroup},
    CALENDAR: {"years": YearDocument},
    REPORTS: {"report_duties": ReportDuty, "report_chapters": ReportChapter},
}
"""Files that hold lists: file -> key, which is also the field of Documents -> type of an item."""
MAY_BE_LEFT_OUT = frozenset({REPORTS, PROTOCOLS, ACCESS, SEAT_GROUPS})
"""Files that a declaration may be without: what they list is then not there, and what they set is
as its type says."""


def file_of(key: str) -> str:
    """The file that declares a list, e.g. ``objects.yml`` for ``time_ranges``."""
    return next(file for file, lists in LISTS.items() if key in lists)


class Documents(Frozen):
    """All files of a declaration, each item valid by itself; items of wrong form are left out."""

    site: SiteDocument | None
    contract: Contract | None
    hotline: Hotline | None
    protocols: Protocols | None
    access: Access | None
    roles: Mapping[str, DeviceRole]
    devices: Mapping[str, tuple[str, DeviceDocument]]
    """Name -> (role group, host variables)."""
    seats: tuple[SeatDocument, ...]
    seat_file: str = "seats.csv"
    seat_groups: tuple[SeatGroup, ...] = ()
    seat_places: Mapping[tuple[int, str], tuple[str, str]] = {}
    """(number, field) -> file and path, where a group says the field and not the seat list."""
    zones: tuple[Zone, ...]
    networks: tuple[NetworkDocument, ...]
    links: tuple[LinkDocument, ...]
    providers: tuple[Provider, ...]
    circuits: tuple[Circuit, ...]
    services: tuple[Service, ...]
    traffic_classes: tuple[TrafficClass, ...]
    bandwidth_classes: tuple[BandwidthClass, ...]
    feeds: tuple[Feed, ...]
    racks: tuple[Rack, ...]
    ducts: tuple[Duct, ...]
    accepted_risks: tuple[AcceptedRiskDocument, ...]
    address_sets: tuple[AddressSetDocument, ...]
    regions: tuple[PolicyRegion, ...]
    applications: tuple[Application, ...]
    time_ranges: tuple[TimeRange, ...]
    users: tuple[UserDocument, ...]
    user_groups: tuple[UserGroupDocument, ...]
    rule_sets: tuple[RuleSet, ...]
    ips_profiles: tuple[IpsProfile, ...]
    http_flood_limits: tuple[HttpFloodDocument, ...]
    compliance_exceptions: tuple[ComplianceException, ...]
    syn_proxies: tuple[SynProxy, ...]
    login_guards: tuple[LoginGuard, ...]
    gates: tuple[GateDocument, ...]
    accounts: tuple[AccountDocument, ...]
    years: tuple[YearDocument, ...]
    report_duties: tuple[ReportDuty, ...]
    report_chapters: tuple[ReportChapter, ...]

    @cached_property
    def known_devices(self) -> Mapping[str, tuple[DeviceRole, DeviceDocument]]:
        """Devices of a known role, with it."""
        return {
            name: (self.roles[role], device)
            for name, (role, device) in self.devices.items()
            if role in self.roles
        }

    @cached_property
    def deployed(self) -> Mapping[str, DeviceDocument]:
        """Devices that the declaration is brought to."""
        return {
            name: device
            for name, (role, device) in self.known_devices.items()
            if device.is_deployed(role)
        }

    @cached_property
    def polled(self) -> Mapping[str, DeviceDocument]:
        """Devices that are watched."""
        return {
            name: device
            for name, (role, device) in self.known_devices.items()
            if device.is_polled(role)
        }

    @cached_property
    def ours(self) -> Mapping[str, DeviceDocument]:
        """Devices of the contract: whoever's role is unknown is taken for one of ours."""
        outside = {name for name, (role, _) in self.known_devices.items() if role.outside}
        return {name: d for name, (_, d) in self.devices.items() if name not in outside}

    def devices_of(self, has: str) -> Mapping[str, DeviceRole]:
        """Devices whose role has a property, with it."""
        return {n: role for n, (role, _) in self.known_devices.items() if getattr(role, has)}

    def seat_place(self, number: int, field: str) -> tuple[str, str]:
        """File and path of one field of a seat: in the seat list, or of the default that it has."""
        return self.seat_places.get((number, field), (self.seat_file, f"seat {number}.{field}"))

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, BaseModel]]:
        """The named items of each list: key -> name -> item."""
        return {
            key: {item.name: item for item in getattr(self, key)}
            for lists in LISTS.values()
            for key, model in lists.items()
            if "name" in model.model_fields and key != "links"
        }

    @cached_property
    def places(self) -> Mapping[str, IPv4Address]:
        """Every place ``network/holder`` with its address."""
        found: dict[str, IPv4Address] = {}
        for network in self.networks:
            for name, address in network.members.items():
                found[f"{network.name}/{name}"] = address
            for virtual in network.virtual_addresses:
                found[f"{network.name}/{virtual.name}"] = virtual.address
        return found
