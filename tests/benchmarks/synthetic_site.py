"""A synthetic declaration of any size, and the CPU time to load, validate and render it.

``python -m tests.benchmarks.synthetic_site [--devices N ...] [--rules N]`` prints one row a size.
The site is a number of districts like the shipped centre: two routers, firewalls, intrusion
prevention devices and core switches on separate feeds, two circuits in separate ducts, and access
switches of four seats each. The numbers are seeded: the same size is always the same site.
"""

import argparse
import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import yaml

from device_configs.render import Secrets, render_site
from device_configs.site import Site, load_site
from device_configs.site.model import FloodKind

SHIPPED = Path(__file__).parents[2] / "inventory"
COPIED = (
    "contract.yml", "calendar.yml", "hotline.yml", "qos.yml", "reports.yml", "site.yml",
    "zones.yml",
)  # fmt: skip
SIZES = (10, 100, 300, 1000, 3000)
DISTRICT = 8
"""Devices of a district beside its access switches."""
SWITCHES = 16
SEATS = 4
RULES = 20
Record = dict[str, object]
TAGS = {"kind": "synthetic", "vendor_series": "none", "owner": "network-team",
        "room": "machine-room", "criticality": "normal", "warranty": "none"}  # fmt: skip


@dataclass
class Draft:
    """The lists of a declaration while it is made."""

    rules: int
    random: random.Random
    hosts: dict[str, dict[str, Record]] = field(default_factory=dict)
    lists: dict[str, list[Record]] = field(default_factory=dict)
    seats: list[str] = field(default_factory=list)
    point_to_point: Iterator[IPv4Network] = field(
        default_factory=lambda: IPv4Network("172.16.0.0/14").subnets(new_prefix=31)
    )
    segments: Iterator[IPv4Network] = field(
        default_factory=lambda: IPv4Network("10.0.0.0/9").subnets(new_prefix=24)
    )
    management: Iterator[IPv4Address] = field(
        default_factory=lambda: IPv4Network("10.255.0.0/16").hosts()
    )
    loopbacks: Iterator[IPv4Address] = field(
        default_factory=lambda: IPv4Network("10.254.0.0/16").hosts()
    )
    routers: list[str] = field(default_factory=list)

    def add(self, key: str, **record: object) -> None:
        self.lists.setdefault(key, []).append(record)

    def device(self, role: str, name: str, rack: str, half: str = "shared", loopback: bool = False,
               partner: str | None = None, unit: int = 1) -> None:  # fmt: skip
        record: Record = {
            "title": title(name), "half": half, "rack": rack,
            "ansible_host": str(next(self.management)),
            "asset_tags": TAGS | {"room": "seat-floor" if rack.startswith("W") else "machine-room"},
            "asset": {"vendor": "Example", "model": "M", "serial": name, "unit": unit,
                      "purchased": "2025-01-01"},
        }  # fmt: skip
        if loopback:
            record["loopback"] = str(next(self.loopbacks))
        if partner:
            record["partner"] = partner
        self.hosts.setdefault(role, {})[name] = record

    def link(self, a: str, b: str, kind: str, zone: str, **more: object) -> None:
        self.add("links", a=a, b=b, kind=kind, zone=zone, prefix=str(next(self.point_to_point)),
                 bandwidth_mbps=1000 if kind == "circuit" else 10000, **more)  # fmt: skip


def title(text: str) -> Record:
    return {"zh": text, "en": text}


def write_site(folder: Path, devices: int, rules: int = RULES, seed: int = 1) -> None:
    """Write a declaration of about ``devices`` devices, with ``rules`` rules a firewall pair."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in COPIED:
        shutil.copy(SHIPPED / file, folder)
    draft = Draft(rules, random.Random(seed))
    _shared(draft)
    left, number = devices - 3, 1
    while left > DISTRICT or number == 1:
        switches = max(1, min(SWITCHES, left - DISTRICT))
        _district(draft, number, switches)
        left, number = left - DISTRICT - switches, number + 1
    _objects(draft)
    _write(folder, draft)


def _shared(draft: Draft) -> None:
    for feed in ("feed-a", "feed-b"):
        draft.add("feeds", name=feed, title=title(feed))
    draft.add("racks", name="R0", title=title("R0"), room="machine-room",
              feeds=["feed-a", "feed-b"])  # fmt: skip
    draft.device("management_switch", "sw-mgmt", "R0", unit=1)
    draft.device("monitoring_host", "mon", "R0", unit=2)
    draft.hosts["provider"] = {"egov": {"title": title("egov"), "half": "shared",
                                        "rack": "provider",
                                        "loopback": "10.254.255.254"}}  # fmt: skip
    for side in "ab":
        draft.add("providers", name=f"carrier-{side}", title=title(side), fault_phone="10000")
    draft.add("networks", name="management", zone="management", prefix="10.255.0.0/16",
              bridges=["sw-mgmt"], members={}, vlan=4000)  # fmt: skip
    draft.add("services", name="platform", title=title("platform"), zone="egov", hosts=["egov"],
              checks=[{"kind": "http", "address": "10.200.0.10", "port": 8080}])  # fmt: skip


def _district(draft: Draft, number: int, switches: int) -> None:
    pairs = {
        role: [f"{role}{side}{number:02}" for side in "ab"] for role in ("rt", "fw", "ip", "cr")
    }
    roles = {"rt": "router", "fw": "firewall", "ip": "intrusion_prevention", "cr": "core_switch"}
    for unit, (short, names) in enumerate(pairs.items(), start=1):
        for side, name in enumerate(names):
            draft.device(roles[short], name, f"R{number:02}{'ab'[side]}", "AB"[side],
                         short != "ip", names[1 - side], unit)  # fmt: skip
    for side in "ab":
        draft.add("racks", name=f"R{number:02}{side}", title=title(side), room="machine-room",
                  feeds=[f"feed-{side}"])  # fmt: skip
        draft.add("ducts", name=f"duct-{side}{number:02}", title=title(side))
    _backbone(draft, number, pairs)
    for index in range(1, switches + 1):
        _access(draft, number, index, pairs["cr"])
    _rule_sets(draft, number, pairs)


def _backbone(draft: Draft, number: int, pairs: dict[str, list[str]]) -> None:
    for side, router in zip("ab", pairs["rt"], strict=True):
        draft.link(router, "egov", "circuit", "egov", ducts=[f"duct-{side}{number:02}"])
        draft.add("circuits", name=f"egov-{side}{number:02}", title=title(side),
                  provider=f"carrier-{side}", zone="egov", links=[f"{router}--egov"],
                  bandwidth_mbps=1000, bandwidth_class="egov-1000", contract_number="L",
                  group=f"egov-{number:02}", wall={"column": 1, "row": 0})  # fmt: skip
    for short in ("rt", "fw", "cr"):
        draft.link(*pairs[short], "routed", "backbone")
    for router in pairs["rt"]:
        for firewall in pairs["fw"]:
            draft.link(router, firewall, "routed", "backbone")
    for firewall, inline in zip(pairs["fw"], pairs["ip"], strict=True):
        for core in pairs["cr"]:
            draft.link(firewall, core, "inline", "backbone", through=inline)


def _access(draft: Draft, number: int, index: int, cores: list[str]) -> None:
    switch, network, rack = (
        f"sw{number:02}{index:02}",
        f"s{number:02}-{index:02}",
        f"W{number}-{index}",
    )
    prefix = next(draft.segments)
    draft.add("racks", name=rack, title=title(rack), room="seat-floor", units=9,
              feeds=["feed-a", "feed-b"])  # fmt: skip
    draft.device("access_switch", switch, rack)
    draft.add("networks", name=network, zone="seats", prefix=str(prefix), bridges=[switch],
              vlan=len(draft.lists["networks"]) + 1,
              members={cores[0]: str(prefix[2]), cores[1]: str(prefix[3]), switch: str(prefix[4])},
              virtual_addresses=[{"name": "gateway", "address": str(prefix[1]),
                                  "router_id": index, "members": cores}])  # fmt: skip
    for core in cores:
        draft.add("links", a=core, b=switch, kind="access", network=network, bandwidth_mbps=10000,
                  bandwidth_class="access-10000")  # fmt: skip
    for column in range(SEATS):
        seat = len(draft.seats) + 1
        draft.seats.append(f"{seat},{switch},{network},{prefix[11 + column]},"
                           f"{(number - 1) * SWITCHES + index},{column + 1},"
                           f"{seat},PC-{seat},DP-{seat}")  # fmt: skip


def _rule_sets(draft: Draft, number: int, pairs: dict[str, list[str]]) -> None:
    """Rules that do not shadow each other: each has a port of its own."""
    rules: list[Record] = [
        {"name": f"rule-{index}", "from_zones": ["seats"], "to_zones": ["egov"],
         "sources": [f"set-{draft.random.randrange(100)}"], "destinations": ["platform-servers"],
         "applications": [f"app-{index}"], "action": draft.random.choice(["allow", "deny"]),
         "purpose": "measured"}
        for index in range(draft.rules)
    ]  # fmt: skip
    draft.add("rule_sets", name=f"pair-{number:02}", title=title("pair"), devices=pairs["fw"],
              default="deny", rules=rules)  # fmt: skip
    draft.add("rule_sets", name=f"inline-{number:02}", title=title("inline"), devices=pairs["ip"],
              default="allow", rules=[])  # fmt: skip
    draft.add(
        "ips_profiles", name=f"ips-{number:02}", title=title("ips"), devices=pairs["ip"],
        signatures_above=9000, signature_age_days=7, scada=["modbus"],
        floods=[
            {"kind": str(kind), "inward": 0, "outward": 0}
            if "smurf" in kind
            else {"kind": str(kind), "inward": 1000, "outward": 1000}
            for kind in FloodKind
        ],
    )  # fmt: skip


def _objects(draft: Draft) -> None:
    prefixes = [str(network["prefix"]) for network in draft.lists["networks"]][1:]
    for index in range(100):
        draft.add("address_sets", name=f"set-{index}", title=title("set"),
                  prefixes=sorted({draft.random.choice(prefixes) for _ in range(3)}))  # fmt: skip
    draft.add("address_sets", name="platform-servers", title=title("p"), services=["platform"])
    for index in range(draft.rules):
        draft.add("applications", name=f"app-{index}", title=title("app"),
                  matches=[{"protocol": "tcp", "ports": [1000 + index]}])  # fmt: skip
    draft.add("accepted_risks", name="access", seats=SEATS, elements=[
        "role:access_switch", "kind:seat", "egov",
        *(f"rack:{rack['name']}" for rack in draft.lists["racks"] if str(rack["name"])[0] == "W"),
    ], reason="A synthetic site accepts what the shipped one accepts.")  # fmt: skip
    roles = [role for role in draft.hosts if role != "provider"]
    for name, protocol, privilege in (("root", "ssh", "administrator"),
                                      ("zhishou", "snmp", "read_only")):  # fmt: skip
        draft.add("accounts", name=name, kind="service", holder="zhishou", protocol=protocol,
                  privilege=privilege, roles=roles, purpose="measured",
                  expected_use={"sessions_per_week": [0, 10]})  # fmt: skip


FILES = {
    "networks.yml": ("networks",), "links.yml": ("links",), "services.yml": ("services",),
    "circuits.yml": ("providers", "circuits"), "premises.yml": ("feeds", "racks", "ducts"),
    "risks.yml": ("accepted_risks",), "objects.yml": ("address_sets", "applications"),
    "policies.yml": ("rule_sets",), "protection.yml": ("ips_profiles",), "gates.yml": ("gates",),
    "accounts.yml": ("accounts",),
}  # fmt: skip


def _write(folder: Path, draft: Draft) -> None:
    for file, keys in FILES.items():
        content = {key: draft.lists.get(key, []) for key in keys}
        # JSON first: it drops shared references, which YAML would write as anchors.
        text = yaml.dump(json.loads(json.dumps(content)), Dumper=yaml.CSafeDumper, sort_keys=False)
        (folder / file).write_text(text)
    hosts = {"all": {"children": {role: {"hosts": named} for role, named in draft.hosts.items()}}}
    (folder / "hosts.yml").write_text(
        yaml.dump(json.loads(json.dumps(hosts)), Dumper=yaml.CSafeDumper, sort_keys=False)
    )
    header = "number,switch,network,address,row,column,phone,host_asset,display_asset"
    (folder / "seats.csv").write_text("\n".join([header, *draft.seats]) + "\n")


@dataclass(frozen=True)
class Measurement:
    """CPU seconds of one run."""

    site: Site
    load: float
    render: float
    lines: int


def measure(devices: int, rules: int) -> Measurement:
    """Write a site, then load (with all checks) and render it, timed."""
    secrets = Secrets(
        snmp_community="community",
        snmp_user="zhishou",
        snmp_auth_password="authentication",
        snmp_priv_password="privacy-key",
    )
    with tempfile.TemporaryDirectory() as name:
        write_site(Path(name), devices, rules)
        started = time.process_time()
        site = load_site(Path(name))
        loaded = time.process_time()
        trees = render_site(site, secrets)
        rendered = time.process_time()
    lines = sum(file.content.count("\n") for tree in trees.values() for file in tree.files)
    return Measurement(site, loaded - started, rendered - loaded, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, nargs="*", default=SIZES)
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("--output", type=Path, help="only write the first size there")
    arguments = parser.parse_args()
    if arguments.output:
        write_site(arguments.output, arguments.devices[0], arguments.rules)
        return
    print("| devices | links | seats | load and validate s | render s | lines rendered |")
    for devices in arguments.devices:
        found = measure(devices, arguments.rules)
        site = found.site
        print(f"| {len(site.devices)} | {len(site.links)} | {len(site.seats)} "
              f"| {found.load:.2f} | {found.render:.2f} | {found.lines} |")  # fmt: skip


if __name__ == "__main__":
    main()
