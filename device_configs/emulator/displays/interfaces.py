"""Tables of interfaces, addresses and ARP in the platforms' published formats (pure)."""

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.displays.ports import PortState, mac_of, ports_of

_VRP_LEGEND = (
    "PHY: Physical", "*down: administratively down", "^down: standby", "(l): loopback",
    "(s): spoofing", "(b): BFD down", "(e): ETHOAM down", "(d): Dampening Suppressed",
)  # fmt: skip
_ROUTE_MODE = (
    "Brief information on interfaces in route mode:",
    "Link: ADM - administratively down; Stby - standby",
    "Protocol: (s) - spoofing",
    "Interface            Link Protocol Primary IP      Description",
)
_BRIDGE_MODE = (
    "Brief information on interfaces in bridge mode:",
    "Link: ADM - administratively down; Stby - standby",
    "Speed: (a) - auto",
    "Duplex: (a)/A - auto; H - half; F - full",
    "Type: A - access; T - trunk; H - hybrid",
    "Interface            Link Speed   Duplex Type PVID Description",
)


def _physical(port: PortState) -> str:
    return "*down" if port.shut else "up"


def _protocol(port: PortState) -> str:
    if port.shut or (not port.addresses and not port.bridged and not port.spoofing):
        return "down"
    return "up(s)" if port.spoofing else "up"


def _vrp_brief(asked: Asked, _: Words) -> BoxReply:
    heading = "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors"
    rows = [
        f"{port.name:<27} {_physical(port):<6}{_protocol(port):<9}{'0%':>6}{'0%':>7}{0:>11}{0:>11}"
        for port in ports_of(asked.state)
    ]
    utility = "InUti/OutUti: input utility/output utility"
    return asked.reply(*_VRP_LEGEND, utility, heading, *rows)


def _vrp_description(asked: Asked, _: Words) -> BoxReply:
    heading = f"{'Interface':<30}{'PHY':<8}{'Protocol':<9}Description"
    rows = [
        f"{p.name:<30}{_physical(p):<8}{_protocol(p):<9}{p.description}".rstrip()
        for p in ports_of(asked.state)
    ]
    return asked.reply(*_VRP_LEGEND, heading, *rows)


def _vrp_addresses(asked: Asked, _: Words) -> BoxReply:
    ports = ports_of(asked.state)
    up = sum(not port.shut for port in ports)
    running = sum(_protocol(port) != "down" for port in ports)
    rows = [
        f"{p.name:<34}{str(p.address) if p.address else 'unassigned':<21}"
        f"{_physical(p):<11}{_protocol(p)}"
        for p in ports
    ]
    return asked.reply(
        "*down: administratively down", "^down: standby", "(l): loopback", "(s): spoofing",
        f"The number of interface that is UP in Physical is {up}",
        f"The number of interface that is DOWN in Physical is {len(ports) - up}",
        f"The number of interface that is UP in Protocol is {running}",
        f"The number of interface that is DOWN in Protocol is {len(ports) - running}",
        "", f"{'Interface':<34}{'IP Address/Mask':<21}{'Physical':<11}Protocol", *rows,
    )  # fmt: skip


def _vrp_arp(asked: Asked, _: Words) -> BoxReply:
    rows = [
        f"{p.address.ip!s:<16}{mac_of(asked.state.name + p.name):<26}{'I -':<12}{p.name:<15} "
        f"{p.vpn_instance}".rstrip()
        for p in ports_of(asked.state)
        if p.address is not None and not p.shut and not p.spoofing
    ]
    total = f"Total:{len(rows):<10}Dynamic:{0:<9}Static:{0:<6}Interface:{len(rows)}"
    return asked.reply(
        "IP ADDRESS      MAC ADDRESS     EXPIRE(M) TYPE        INTERFACE       VPN-INSTANCE",
        "                                          VLAN/CEVLAN",
        "-" * 78, *rows, "-" * 78, total,
    )  # fmt: skip


def _comware_link(port: PortState) -> str:
    return "ADM" if port.shut else "UP"


def _comware_protocol(port: PortState) -> str:
    return _protocol(port).replace("up", "UP").replace("down", "DOWN")


def _comware_brief(asked: Asked, _: Words) -> BoxReply:
    routed = [
        f"{p.short:<21}{_comware_link(p):<5}{_comware_protocol(p):<9}"
        f"{p.address.ip if p.address else '--'!s:<16}{p.description}".rstrip()
        for p in ports_of(asked.state)
        if not p.bridged
    ]
    bridged = [
        f"{p.short:<21}{_comware_link(p):<5}{'auto':<8}{'A':<7}{p.link_type:<5}{p.vlan:<5}"
        f"{p.description}".rstrip()
        for p in ports_of(asked.state)
        if p.bridged
    ]
    lines = [*_ROUTE_MODE, *routed]
    if bridged:
        lines += ["", *_BRIDGE_MODE, *bridged]
    return asked.reply(*lines)


def _comware_addresses(asked: Asked, _: Words) -> BoxReply:
    rows = [
        f"{p.short:<30}{_physical(p):<9}{_protocol(p):<9}"
        f"{p.address.ip if p.address else '--'!s:<16}{p.description}".rstrip()
        for p in ports_of(asked.state)
        if not p.bridged
    ]
    return asked.reply(
        "*down: administratively down",
        "(s): spoofing  (l): loopback",
        "Interface                     Physical Protocol IP address      Description",
        *rows,
    )


def _comware_arp(asked: Asked, _: Words) -> BoxReply:
    return asked.reply(
        "  Type: S-Static   D-Dynamic   O-Openflow   R-Rule   M-Multiport  I-Invalid",
        "IP address      MAC address    VLAN/VSI name Interface                Aging Type",
    )


VRP_INTERFACES = (
    OperatorCommand("display interface brief ...", _vrp_brief),
    OperatorCommand("display interface description ...", _vrp_description),
    OperatorCommand("display ip interface brief ...", _vrp_addresses),
    OperatorCommand("display arp ...", _vrp_arp),
)
COMWARE_INTERFACES = (
    OperatorCommand("display interface brief ...", _comware_brief),
    OperatorCommand("display ip interface brief ...", _comware_addresses),
    OperatorCommand("display arp ...", _comware_arp),
)
