"""The shipped declaration with IPv6 in two segments and on the cable between the core switches."""

from tests.device_configs.render.changes import Edit

SEATS_1, SEATS_2, CORES = "fd12:3456:789a:1::", "fd12:3456:789a:2::", "fd12:3456:789a:fff0::"
CORE_CABLE = "prefix: 10.253.2.12/31"
DUAL = (
    Edit("networks.yml", "    prefix: 10.20.1.0/24\n",
         f"    prefix: 10.20.1.0/24\n    ipv6_prefix: {SEATS_1}/64\n"),
    Edit("networks.yml", "    prefix: 10.20.2.0/24\n",
         f"    prefix: 10.20.2.0/24\n    ipv6_prefix: {SEATS_2}/64\n"),
    Edit("links.yml", CORE_CABLE, f"{CORE_CABLE}, ipv6_prefix: {CORES}/127"),
)  # fmt: skip

SERVERS = "fd12:3456:789a:40::"
"""Of the segment on the routers' side of the firewalls, in the zone beyond the circuits."""
_SWITCH = """        sw-7:
          title: {zh: 接入7, en: Access 7}
          half: shared
          rack: R6
          ansible_host: 10.255.0.20
          snmp: v2c
          ports: {rt-a: 1}
          wall: {column: 13.4, row: 6}
          asset: {vendor: Huawei, model: S5735-L24T4X, serial: DEMO-0101,
                  purchased: 2025-11-20, unit: 20}
          asset_tags: {kind: access_switch, vendor_series: S5735, owner: network-team,
                       room: machine-room, criticality: normal, warranty: "2028-12-31"}
"""
_SEGMENT = f"""  - name: servers
    zone: egov
    prefix: 10.40.1.0/24
    ipv6_prefix: {SERVERS}/64
    vlan: 40
    bridges: [sw-7]
    members: {{rt-a: 10.40.1.1, sw-7: 10.40.1.4}}
"""
_SETS = """  - {name: one-server, title: {zh: 服务器, en: Server}, prefixes: [10.40.1.10/32]}
  - {name: seats-of-one, title: {zh: 一区座席, en: Seats of one}, networks: [seats-1]}
"""
_RULE = """      - name: seats-server
        from_zones: [seats]
        sources: [seats-of-one]
        to_zones: [egov]
        destinations: [one-server]
        applications: [drill-echo, ping]
        action: allow
        per_address: {connections: 200, new_per_second: 50}
        traffic_class: business
        purpose: Seats of one segment reach a server.
"""
_CABLES = (
    "10.253.2.0", "10.253.2.2", "10.253.2.4", "10.253.2.6", "10.253.2.8", "10.253.2.10",
    "10.253.2.14", "10.253.2.16", "10.253.2.18", "10.253.2.20",
)  # fmt: skip


def cable_with_ipv6(prefix: str) -> Edit:
    """The routed cable of a prefix with one of IPv6 that follows from it."""
    beside = f"fd12:3456:789a:ff{int(prefix.split('.')[-1]):02x}::/127"
    written = f"prefix: {prefix}/31"
    return Edit("links.yml", written, f"{written}, ipv6_prefix: '{beside}'")


BACKBONE = tuple(cable_with_ipv6(prefix) for prefix in _CABLES)
"""IPv6 on every cable between routers, firewalls and core switches."""
THROUGH_FIREWALLS = (
    *DUAL,
    *BACKBONE,
    Edit("hosts.yml", "    management_switch:\n", f"{_SWITCH}    management_switch:\n"),
    Edit("networks.yml", "  - name: ops\n", f"{_SEGMENT}  - name: ops\n"),
    Edit("links.yml", "  - {a: mon, b: sw-ops,",
         "  - {a: rt-a, b: sw-7, kind: access, network: servers, bandwidth_mbps: 10000, "
         "redundant: false}\n  - {a: mon, b: sw-ops,"),
    Edit("objects.yml", "address_sets:\n", f"address_sets:\n{_SETS}"),
    Edit("policies.yml", "      - name: drills\n", f"{_RULE}      - name: drills\n"),
)  # fmt: skip
"""And in a segment on either side of the firewalls, with a rule that lets one ask the other."""
