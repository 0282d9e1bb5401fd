"""A made-up site of any size, whole enough for every proof.

Blocks of fifty devices, each like the shipped centre: two routers, two firewalls, two intrusion
prevention devices in line, two core switches, and access switches of twelve seats with two
uplinks. One block has the Internet exit with its gate. Each firewall pair has rules of its own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from device_configs.site import Site, load_site
from device_configs.site.model import (
    AcceptedRisk,
    Action,
    AddressSet,
    Application,
    ApplicationMatch,
    Bandwidth,
    Check,
    Circuit,
    DeclaredRule,
    Device,
    Duct,
    End,
    Feed,
    Half,
    Link,
    LinkKind,
    Network,
    PortRange,
    Protocol,
    Rack,
    Rate,
    RuleSet,
    Seat,
    Service,
    Title,
    VirtualAddress,
    WallPosition,
)
from device_configs.site.role_files import standard_roles

SHIPPED = Path(__file__).parents[2] / "inventory"

BLOCK = 50
SEATS_PER_SWITCH = 12
RULES = 2_000

_TITLE = Title(zh="合成", en="synthetic")
_WALL = WallPosition(column=0, row=0)
_SEATS = IPv4Network("10.64.0.0/10")
_LINKS = IPv4Network("10.200.0.0/14")
_LOOPBACKS = IPv4Network("10.254.0.0/16")
_MANAGEMENT = IPv4Network("10.255.0.0/16")
_SERVICE = IPv4Address("10.100.0.10")


@dataclass
class _Draft:
    devices: dict[str, Device] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    circuits: dict[str, Circuit] = field(default_factory=dict)
    racks: dict[str, Rack] = field(default_factory=dict)
    rule_sets: dict[str, RuleSet] = field(default_factory=dict)
    address_sets: dict[str, AddressSet] = field(default_factory=dict)
    segments: Iterator[IPv4Network] = field(default_factory=lambda: _SEATS.subnets(new_prefix=24))
    pairs: Iterator[IPv4Network] = field(default_factory=lambda: _LINKS.subnets(new_prefix=31))

    def device(self, name: str, role: str, half: Half, rack: str, partner: str | None) -> str:
        number = len(self.devices) + 1
        outside = role == "provider"
        routes = role in ("router", "firewall", "core_switch", "provider")
        feeds = {Half.A: ("feed-a",), Half.B: ("feed-b",), Half.SHARED: ("feed-a", "feed-b")}
        self.devices[name] = Device(
            name=name,
            role=standard_roles()[role],
            title=_TITLE,
            half=half,
            rack=rack,
            platform="frr",
            management_address=None if outside else _MANAGEMENT[number],
            loopback=_LOOPBACKS[number] if routes else None,
            partner=partner,
            feeds=() if outside else feeds[half],
            deployed=not outside,
            polled=not outside,
        )
        self.racks.setdefault(rack, Rack(name=rack, title=_TITLE, room="r", feeds=("feed-a",)))
        return name

    def joined(self, a: str, b: str, kind: LinkKind, network: str, **more: object) -> str:
        name = str(more.pop("name", f"{a}--{b}"))
        self.links[name] = Link(
            name=name,
            a=End(device=a, port=str(more.pop("port_a", b))[:15]),
            b=End(device=b, port=str(more.pop("port_b", a))[:15]),
            kind=kind,
            network=network,
            bandwidth_mbps=10_000,
            **more,  # type: ignore[arg-type]
        )
        return name

    def routed(
        self, a: str, b: str, zone: str, kind: LinkKind = LinkKind.ROUTED, **more: object
    ) -> str:
        prefix = next(self.pairs)
        name = self.joined(a, b, kind, f"{a}--{b}", **more)
        members = {a: prefix[0], b: prefix[1]}
        self.networks[name] = Network(name=name, zone=zone, prefix=prefix, members=members)
        return name

    def inline(self, a: str, through: str, b: str) -> None:
        """A cable from ``a`` to ``b`` with a transparent device in the middle."""
        prefix, network = next(self.pairs), f"{a}--{b}"
        members = {a: prefix[0], b: prefix[1]}
        self.networks[network] = Network(
            name=network, zone="backbone", prefix=prefix, members=members, bridges=(through,)
        )
        for end, other in ((a, b), (b, a)):
            name = self.joined(
                end, f"{through}-{other}", LinkKind.INLINE, network, port_a=f"{other}-{through}"
            )
            b_end = End(device=through, port=f"{end}-{other}"[:15])
            self.links[name] = self.links[name].model_copy(update={"b": b_end})


def synthetic_site(devices: int, rules: int = RULES) -> Site:
    """A site of about so many devices; the same number always gives the same site."""
    draft = _Draft()
    blocks = max(1, devices // BLOCK)
    access = max(1, devices // blocks - 8)
    for number in range(blocks):
        _block(draft, f"{number:02}", access)
        _rules(draft, f"{number:02}", rules)
    _internet(draft)
    _management(draft)
    shipped = load_site(SHIPPED)
    providers = _named(draft, "provider")
    changes = {
        "devices": draft.devices,
        "networks": draft.networks,
        "links": draft.links,
        "seats": draft.seats,
        "circuits": draft.circuits,
        "racks": draft.racks,
        "rule_sets": draft.rule_sets,
        "address_sets": draft.address_sets,
        "applications": _applications(),
        "services": _services(providers),
        "feeds": {n: Feed(name=n, title=_TITLE) for n in ("feed-a", "feed-b")},
        "ducts": {n: Duct(name=n, title=_TITLE) for n in ("east", "west")},
        "accepted_risks": _accepted(draft, providers),
        "users": {},
        "user_groups": {},
        "regions": {},
        "http_flood_limits": {},
        "syn_proxies": {},
        "login_guards": {},
        "ips_profiles": {
            name: profile.model_copy(update={"devices": _named(draft, "intrusion_prevention")})
            for name, profile in shipped.ips_profiles.items()
        },
        "accounts": (),
        "gates": {
            name: gate.model_copy(update={"channels": gate.channels[:1]})
            for name, gate in shipped.gates.items()
        },
    }
    fields = {name: getattr(shipped, name) for name in Site.model_fields}
    return Site.model_construct(**fields | changes)


def _named(draft: _Draft, role: str) -> tuple[str, ...]:
    return tuple(name for name, device in draft.devices.items() if device.role.name == role)


def _block(draft: _Draft, block: str, access: int) -> None:
    pairs = {}
    for short, role in (
        ("rt", "router"),
        ("fw", "firewall"),
        ("ip", "intrusion_prevention"),
        ("co", "core_switch"),
    ):
        a, b = f"{short}{block}a", f"{short}{block}b"
        draft.device(a, role, Half.A, f"R{block}a", b)
        draft.device(b, role, Half.B, f"R{block}b", a)
        pairs[short] = (a, b)
    cloud = draft.device(f"eg{block}", "provider", Half.SHARED, "provider", None)
    for router, duct, half in zip(pairs["rt"], ("east", "west"), "ab", strict=True):
        link = draft.routed(
            router, cloud, "egov", LinkKind.CIRCUIT, circuit=f"eg{block}{half}", ducts=(duct,)
        )
        draft.circuits[f"eg{block}{half}"] = Circuit(
            name=f"eg{block}{half}", title=_TITLE, provider=f"carrier-{half}", zone="egov",
            links=(link,), bandwidth_mbps=1000, bandwidth_class="egov-1000",
            contract_number="-", wall=_WALL, group=f"eg{block}",
        )  # fmt: skip
    for a, b in (pairs["rt"], pairs["fw"], pairs["co"]):
        draft.routed(a, b, "backbone")
    for router in pairs["rt"]:
        for firewall in pairs["fw"]:
            draft.routed(router, firewall, "backbone")
    for firewall, ips in zip(pairs["fw"], pairs["ip"], strict=True):
        for core in pairs["co"]:
            draft.inline(firewall, ips, core)
    for number in range(access):
        _access(draft, f"{block}{number:03}", pairs["co"], first=block == "00" and number == 0)


def _access(draft: _Draft, number: str, cores: tuple[str, str], first: bool) -> None:
    switch = draft.device(f"sw{number}", "access_switch", Half.SHARED, f"W{number}", None)
    network, prefix = f"se{number}", next(draft.segments)
    members = {cores[0]: prefix[2], cores[1]: prefix[3], switch: prefix[4]}
    for core in cores:
        draft.joined(core, switch, LinkKind.ACCESS, network)
    if first:
        draft.device("mon", "monitoring_host", Half.SHARED, "R-ops", None)
        draft.joined("mon", switch, LinkKind.ACCESS, network)
        members["mon"] = prefix[5]
    for place in range(SEATS_PER_SWITCH):
        count = len(draft.seats) + 1
        name, address = f"seat-{count:05}", prefix[11 + place]
        members[name] = address
        draft.seats[name] = Seat(
            number=count, name=name, switch=switch, network=network, address=address, row=1,
            column=1, phone="-", host_asset="-", display_asset="-",
        )  # fmt: skip
        draft.joined(switch, name, LinkKind.SEAT, network, port_b="eth0")
    draft.networks[network] = Network(
        name=network, zone="seats", prefix=prefix, members=members, bridges=(switch,),
        virtual_addresses=(
            VirtualAddress(name="gateway", address=prefix[1], router_id=11, members=cores),
        ),
    )  # fmt: skip


def _internet(draft: _Draft) -> None:
    """The Internet firewall and the gate, between the first block's cores and the Internet."""
    draft.device("fwx", "internet_firewall", Half.SHARED, "R-net", None)
    draft.device("inet", "provider", Half.SHARED, "provider", None)
    draft.device("gap-a", "gate", Half.A, "R-net", "gap-b")
    draft.device("gap-b", "gate", Half.B, "R-ops", "gap-a")
    link = draft.routed("fwx", "inet", "internet", LinkKind.CIRCUIT, circuit="internet")
    draft.circuits["internet"] = Circuit(
        name="internet", title=_TITLE, provider="carrier-a", zone="internet", links=(link,),
        bandwidth_mbps=500, bandwidth_class="internet-500", contract_number="-", wall=_WALL,
    )  # fmt: skip
    cores = ("co00a", "co00b")
    draft.joined(*cores, LinkKind.TRUNK, "svc", name="trunk", port_a="svc-b", port_b="svc-a")
    svc, dmz = IPv4Network("10.20.20.0/24"), IPv4Network("10.30.0.0/24")
    gates = ("gap-a", "gap-b")
    for core, gate in zip(cores, gates, strict=True):
        draft.joined(core, gate, LinkKind.ACCESS, "svc")
        draft.joined("fwx", gate, LinkKind.ACCESS, "dmz")
    draft.networks["svc"] = Network(
        name="svc", zone="services", prefix=svc, bridges=cores,
        members={cores[0]: svc[2], cores[1]: svc[3], gates[0]: svc[11], gates[1]: svc[12]},
        virtual_addresses=(
            VirtualAddress(name="gateway", address=svc[1], router_id=20, members=cores),
            VirtualAddress(name="gate", address=svc[10], router_id=21, members=gates),
        ),
    )  # fmt: skip
    draft.networks["dmz"] = Network(
        name="dmz", zone="dmz", prefix=dmz, bridges=("fwx",),
        members={"fwx": dmz[1], gates[0]: dmz[11], gates[1]: dmz[12]},
        virtual_addresses=(
            VirtualAddress(name="gate", address=dmz[10], router_id=31, members=gates),
        ),
    )  # fmt: skip
    draft.rule_sets["outer"] = RuleSet(
        name="outer", title=_TITLE, devices=("fwx",), default=Action.DENY,
        rules=(_rule("intake", ("internet",), ("dmz",), (), (), ("app-0",)),),
    )  # fmt: skip


def _management(draft: _Draft) -> None:
    switch = draft.device("sw-mgmt", "management_switch", Half.SHARED, "R-ops", None)
    members = {d.name: d.management_address for d in draft.devices.values() if d.management_address}
    draft.networks["management"] = Network(
        name="management", zone="management", prefix=_MANAGEMENT, members=members,
        bridges=(switch,),
    )  # fmt: skip
    for name in members:
        if name != switch:
            draft.joined(switch, name, LinkKind.MANAGEMENT, "management", port_b="mgmt")


def _applications() -> dict[str, Application]:
    return {
        f"app-{i}": Application(
            name=f"app-{i}",
            title=_TITLE,
            matches=(
                ApplicationMatch(
                    protocol=Protocol.UDP if i % 7 == 6 else Protocol.TCP,
                    ports=(PortRange(first=8080 + i * 10, last=8080 + i * 10 + i % 3),),
                ),
            ),
        )
        for i in range(60)
    }


def _rules(draft: _Draft, block: str, count: int) -> None:
    """Mostly narrow permits between a few sources and servers, some denies, some wide rules."""
    dice = random.Random(int(block))
    seats = [n.prefix for n in draft.networks.values() if n.zone == "seats"]
    for number in range(200):
        prefix = dice.choice(seats)
        parts = [prefix] if number % 4 else [prefix, dice.choice(seats)]
        _set(draft, f"from-{block}-{number}", parts)
    for number in range(400):
        host = IPv4Network((int(IPv4Address("10.100.0.0")) + dice.randrange(65_536), 32))
        _set(draft, f"to-{block}-{number}", [host])
    _set(draft, f"svc-{block}", [IPv4Network("10.20.20.0/28")])
    found = []
    for number in range(count):
        seats_set, server_set = f"from-{block}-{dice.randrange(200)}", f"to-{block}-{number % 400}"
        source, destination, zones = seats_set, server_set, ("seats", "egov")
        if number % 4 == 1:
            source, destination, zones = server_set, seats_set, ("egov", "seats")
        elif number % 8 == 3:
            source, zones = f"svc-{block}", ("services", "egov")
        found.append(
            _rule(
                f"r{number}", zones[:1], zones[1:], (source,), (destination,),
                tuple(f"app-{i}" for i in dice.sample(range(60), dice.choice((1, 1, 2)))),
                deny=number % 10 == 9,
                time=dice.choice((None, None, None, "office-hours", "peak-hours")),
            )
        )  # fmt: skip
    guarantee = Bandwidth(guaranteed_mbps=Rate(up=100, down=200))
    found[0] = found[0].model_copy(update={"bandwidth": guarantee})
    draft.rule_sets[f"fw{block}"] = RuleSet(
        name=f"fw{block}", title=_TITLE, devices=(f"fw{block}a", f"fw{block}b"),
        default=Action.DENY, rules=tuple(found),
    )  # fmt: skip
    draft.rule_sets[f"ip{block}"] = RuleSet(
        name=f"ip{block}", title=_TITLE, devices=(f"ip{block}a", f"ip{block}b"),
        default=Action.ALLOW,
        rules=(_rule("no-logins", ("seats",), ("egov",), (), (), ("app-59",), deny=True),),
    )  # fmt: skip


def _set(draft: _Draft, name: str, prefixes: list[IPv4Network]) -> None:
    draft.address_sets[name] = AddressSet(name=name, title=_TITLE, prefixes=tuple(prefixes))


def _rule(
    name: str,
    sources: tuple[str, ...],
    destinations: tuple[str, ...],
    source_sets: tuple[str, ...],
    destination_sets: tuple[str, ...],
    applications: tuple[str, ...],
    deny: bool = False,
    time: str | None = None,
) -> DeclaredRule:
    return DeclaredRule(
        name=name, from_zones=sources, to_zones=destinations, sources=source_sets,
        destinations=destination_sets, applications=applications, time=time,
        action=Action.DENY if deny else Action.ALLOW, purpose="synthetic",
    )  # fmt: skip


def _services(providers: tuple[str, ...]) -> dict[str, Service]:
    clouds = tuple(name for name in providers if name != "inet")
    checks = (Check(kind="http", address=_SERVICE, port=8080, path="/health"),)
    return {
        "platform": Service(
            name="platform", title=_TITLE, zone="egov", hosts=clouds, checks=checks
        ),
        "knowledge": Service(
            name="knowledge", title=_TITLE, zone="egov", hosts=clouds, checks=checks
        ),
        "web_intake": Service(
            name="web_intake", title=_TITLE, zone="internet", hosts=("inet",), checks=(),
            used_by_seats=False,
        ),
    }  # fmt: skip


def _accepted(draft: _Draft, providers: tuple[str, ...]) -> dict[str, AcceptedRisk]:
    everything = ("platform", "knowledge", "web_intake")
    switches = _named(draft, "access_switch")
    cabinets = [f"rack:{draft.devices[name].rack}" for name in switches]
    cables = [link.name for link in draft.links.values() if link.kind is LinkKind.SEAT]
    exit_ = ("fwx", "fwx--inet", "inet", "rack:R-net", "provider:carrier-a")
    found = (
        ("switches", (*switches, *cabinets), everything, SEATS_PER_SWITCH),
        ("cables", tuple(cables), everything, 1),
        ("exit", exit_, ("web_intake",), 0),
        ("clouds", providers, everything, len(draft.seats)),
    )
    return {
        name: AcceptedRisk(
            name=name, elements=elements, services=services, seats=seats, reason="synthetic site"
        )
        for name, elements, services, seats in found
    }
