"""Changes of the declaration as an engineer makes them, each as edits of the shipped files."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from device_configs.site import Site, load_site

INVENTORY = Path(__file__).parents[3] / "inventory"


@dataclass(frozen=True)
class Edit:
    """In ``file``, the one place of ``old`` becomes ``new``."""

    file: str
    old: str
    new: str


PROTOCOLS = (INVENTORY / "protocols.yml").read_text("utf-8")
SIGNED = """ospf: {area: 0.0.0.10, hello_s: 2, dead_s: 8, key: {secret: ospf-inside}}
bgp: {as_number: 4200000012, keepalive_s: 5, hold_s: 15, connect_retry_s: 3,
      key: {secret: bgp-inside}}
bfd: {interval_ms: 200, multiplier: 4}
ntp: {key: {secret: time, key_id: 7}}
hot_standby: {key: {secret: firewalls}}
vrrp: {preempt_delay_s: 90, key: {secret: gateways}}
"""
"""protocols.yml with everything that it may name."""
_KEYS = """ospf: {key: {secret: ospf-inside}}
bgp: {key: {secret: bgp-inside}}
ntp: {key: {secret: time}}
hot_standby: {key: {secret: firewalls}}
vrrp: {key: {secret: gateways}}
"""
SIGNED_CIRCUITS = tuple(
    Edit("circuits.yml", f"contract_number: {number}, group", f"contract_number: {number}, "
         f"bgp_secret: {name}, group")
    for name, number in (("egov-a", "L-2026-001"), ("egov-b", "L-2026-002"))
)  # fmt: skip
OTHER_AS = Edit("hosts.yml", "          loopback: 10.254.0.100\n",
                "          loopback: 10.254.0.100\n          as_number: 64999\n")  # fmt: skip


_SERVERS = """servers:
  protocol: radius
  secret: servers
  hosts: [{address: 10.255.0.61}, {address: 10.255.0.62, port: 11812}]
"""
ACCESS = (INVENTORY / "access.yml").read_text("utf-8")
GUARDED = f"""{_SERVERS}passwords: {{least_characters: 14, attempts: 6, lock_minutes: 15}}
console: {{idle_minutes: 5}}
banner: Hotline 12345 - use is logged, leave now if you have no order to be here
"""
"""access.yml with everything that it may name."""
EMERGENCY = """  - name: emergency
    kind: break_glass
    holder: head of operations
    privilege: administrator
    roles: [router, firewall, core_switch, access_switch, internet_firewall, voice_gateway]
    password_secret: emergency
    purpose: Sealed envelope in the safe.
    expected_use: {sessions_per_week: [0, 0]}
"""
GUARDING = (
    Edit("access.yml", ACCESS, GUARDED),
    Edit("accounts.yml", "accounts:\n", f"accounts:\n{EMERGENCY}"),
)


@dataclass(frozen=True)
class Change:
    """``before`` are edits that both sides share."""

    name: str
    edits: tuple[Edit, ...]
    before: tuple[Edit, ...] = ()


def sites_of(change: Change, folder: Path) -> tuple[Site, Site]:
    """The declaration before and after a change; both are valid."""
    return (
        declared(folder / "old", change.before),
        declared(folder / "new", (*change.before, *change.edits)),
    )


def declared(folder: Path, edits: tuple[Edit, ...]) -> Site:
    shutil.copytree(INVENTORY, folder)
    for edit in edits:
        path = folder / edit.file
        text = path.read_text("utf-8")
        assert text.count(edit.old) == 1, f"{edit.file}: {text.count(edit.old)} x {edit.old!r}"
        path.write_text(text.replace(edit.old, edit.new), "utf-8")
    return load_site(folder)


_PERSON = """  - name: duty-engineer
    kind: person
    holder: network duty
    protocol: ssh
    privilege: operator
    roles: [router, core_switch]
    purpose: Looks at faults at night.
    expected_use: {sessions_per_week: [0, 50]}
"""
_NEW_SWITCH = """        sw-7:
          title: {zh: 接入7, en: Access 7}
          half: shared
          rack: R6
          ansible_host: 10.255.0.20
          snmp: v2c
          ports: {core-a: 1, core-b: 2}
          wall: {column: 13.4, row: 6}
          asset: {vendor: Huawei, model: S5735-L24T4X, serial: DEMO-0101,
                  purchased: 2025-11-20, unit: 20}
          asset_tags: {kind: access_switch, vendor_series: S5735, owner: network-team,
                       room: machine-room, criticality: normal, warranty: "2028-12-31"}
"""
_NEW_NETWORK = """  - name: seats-7
    zone: seats
    prefix: 10.20.7.0/24
    vlan: 17
    bridges: [sw-7]
    members: {core-a: 10.20.7.2, core-b: 10.20.7.3, sw-7: 10.20.7.4}
    virtual_addresses:
      - {name: gateway, address: 10.20.7.1, router_id: 17, members: [core-a, core-b]}
"""
_NEW_RULE = """      - name: operations-reports
        from_zones: [operations]
        to_zones: [egov]
        destinations: [platform-servers]
        applications: [report-download]
        time: office-hours
        action: allow
        log: true
        purpose: Operations read the statistics of the platform.
"""
_LAST_RULE = "      - name: platform-to-gate\n"
_EGOV_500 = """  - name: egov-500
    title: {zh: 政务外网五百兆, en: E-government 500 Mbit/s}
    mbps: 500
    shares:
      - {traffic_class: business, guaranteed_percent: 70, priority: 0}
      - {traffic_class: default, guaranteed_percent: 30, maximum_percent: 80, priority: 3}
"""
_SVC_CABLE = (
    "  - {a: core-a, b: core-b, kind: trunk, network: svc, name: core-a--core-b-svc, "
    "port_a: core-b-svc, port_b: core-a-svc, bandwidth_mbps: 10000}\n"
)

CHANGES = (
    Change(
        "a network of seats on a new access switch",
        (
            Edit("hosts.yml", "    management_switch:\n", f"{_NEW_SWITCH}    management_switch:\n"),
            Edit("networks.yml", "  - name: ops\n", f"{_NEW_NETWORK}  - name: ops\n"),
            Edit(
                "links.yml",
                "  - {a: mon, b: sw-ops,",
                "  - {a: core-a, b: sw-7, kind: access, network: seats-7, bandwidth_mbps: 10000}\n"
                "  - {a: core-b, b: sw-7, kind: access, network: seats-7, bandwidth_mbps: 10000}\n"
                "  - {a: mon, b: sw-ops,",
            ),
        ),
    ),
    Change(
        "the other half leads a gateway",
        (Edit("networks.yml", "router_id: 11, members: [core-a, core-b]",
              "router_id: 11, members: [core-b, core-a]"),),
    ),
    Change("every protocol signed", (Edit("protocols.yml", PROTOCOLS, _KEYS), *SIGNED_CIRCUITS)),
    Change("another area, other timers", (
        Edit("protocols.yml", "{area: 0.0.0.0, hello_s: 1, dead_s: 4}",
             "{area: 0.0.0.10, hello_s: 2, dead_s: 8}"),
        Edit("protocols.yml", "preempt_delay_s: 60", "preempt_delay_s: 90"),)),
    Change("servers, a break-glass account, its console, and a banner", GUARDING),
    Change("TACACS in place of RADIUS", (
        Edit("access.yml", "protocol: radius", "protocol: tacacs"),), before=GUARDING),
    Change("a new rule before the last", (
        Edit("policies.yml", _LAST_RULE, _NEW_RULE + _LAST_RULE),)),
    Change("a rule removed", (Edit("policies.yml", _NEW_RULE, ""),),
           before=(Edit("policies.yml", _LAST_RULE, _NEW_RULE + _LAST_RULE),)),
    Change("more bandwidth for a rule", (
        Edit("policies.yml", "maximum_mbps: {up: 200, down: 400}, priority: 2",
             "maximum_mbps: {up: 250, down: 450}, priority: 2"),)),
    Change("an account removed", (Edit("accounts.yml", _PERSON, ""),),
           before=(Edit("accounts.yml", "accounts:\n", f"accounts:\n{_PERSON}"),)),
    Change("an account added", (
        Edit("accounts.yml", "accounts:\n", f"accounts:\n{_PERSON}"),)),
    Change("other office hours", (
        Edit("objects.yml", 'start: "08:30", end: "17:30"', 'start: "08:00", end: "18:00"'),)),
    Change("a region grows", (
        Edit("objects.yml", "prefixes: [192.0.2.0/24]",
             "prefixes: [192.0.2.0/24, 198.18.0.0/15]"),)),
    Change("an application on another port", (
        Edit("objects.yml", "matches: [{protocol: tcp, ports: [8443]}]",
             "matches: [{protocol: tcp, ports: [8443, 9443]}]"),)),
    Change("other flood thresholds", (
        Edit("protection.yml", "{kind: tcp_flood, inward: 2000, outward: 2000,",
             "{kind: tcp_flood, inward: 3000, outward: 1500,"),)),
    Change("a circuit shared otherwise", (
        Edit("qos.yml", "{traffic_class: business, guaranteed_percent: 70, priority: 0}",
             "{traffic_class: business, guaranteed_percent: 60, priority: 0}"),)),
    Change("half the bandwidth of a circuit", (
        Edit("qos.yml", "  - name: internet-500\n", f"{_EGOV_500}  - name: internet-500\n"),
        Edit("circuits.yml", "links: [rt-a--egov], bandwidth_mbps: 1000, "
             "bandwidth_class: egov-1000",
             "links: [rt-a--egov], bandwidth_mbps: 500, bandwidth_class: egov-500"),
        Edit("links.yml", "{a: rt-a, b: egov, kind: circuit, zone: egov, "
             "prefix: 10.253.1.0/31, bandwidth_mbps: 1000",
             "{a: rt-a, b: egov, kind: circuit, zone: egov, "
             "prefix: 10.253.1.0/31, bandwidth_mbps: 500"),)),
    Change("a monitoring host at another address", (
        Edit("hosts.yml", "ansible_host: 10.255.0.50", "ansible_host: 10.255.0.51"),)),
    Change("a switch polled by SNMPv3", (
        Edit("hosts.yml", "          asset: {serial: DEMO-0009",
             "          snmp: v3\n          asset: {serial: DEMO-0009"),
        Edit("accounts.yml", "roles: [router, firewall, intrusion_prevention, core_switch, "
             "management_switch, internet_firewall, gate, voice_gateway, log_audit, "
             "monitoring_host]",
             "roles: [router, firewall, intrusion_prevention, core_switch, access_switch, "
             "management_switch, internet_firewall, gate, voice_gateway, log_audit, "
             "monitoring_host]"),)),
    Change("a second cable of the services' trunk", (
        Edit("links.yml", _SVC_CABLE, _SVC_CABLE + _SVC_CABLE
             .replace("core-a--core-b-svc", "core-a--core-b-svc2")
             .replace("core-b-svc,", "core-b-svc2,").replace("core-a-svc,", "core-a-svc2,")),)),
)  # fmt: skip
