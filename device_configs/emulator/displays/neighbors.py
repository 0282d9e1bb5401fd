"""Who is at the other end: LLDP, OSPF, BGP and VRRP (pure).

A box alone knows its declared cables and its own configuration. A peer is shown as reached while
the interface towards it is up; whether the other end agrees is not emulated.
"""

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.displays.ports import PortState, mac_of, ports_of
from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.state import BoxState, Neighbor

_DEFAULT_PRIORITY = 100
_NO_ROUTER = "0.0.0.0"  # noqa: S104 - a router id, no address to listen on


def _reached(state: BoxState) -> list[tuple[PortState, Neighbor]]:
    """Neighbors behind interfaces that are up."""
    ports = {port.name: port for port in ports_of(state)}
    return [
        (ports[neighbor.interface], neighbor)
        for neighbor in state.neighbors
        if neighbor.interface in ports and ports[neighbor.interface].up
    ]


def _vrp_lldp(asked: Asked, _: Words) -> BoxReply:
    rows = [f"{n.interface:<28} {101:>3}  {n.port:<28}{n.name}" for _, n in _reached(asked.state)]
    heading = f"{'Local Interface':<24}Exptime(s) {'Neighbor Interface':<24}Neighbor Device"
    return asked.reply(heading, "-" * 79, *rows)


def _comware_lldp(asked: Asked, _: Words) -> BoxReply:
    rows = [
        f"{port.short:<16}{mac_of(n.name):<16}{n.port:<27}{n.name}"
        for port, n in _reached(asked.state)
    ]
    return asked.reply(
        "Chassis ID : * -- -- Nearest nontpmr bridge neighbor",
        "             # -- -- Nearest customer bridge neighbor",
        "             Default -- -- Nearest bridge neighbor",
        f"{'Local Interface':<16}{'Chassis ID':<16}{'Port ID':<27}System Name",
        *rows,
    )


def _routed(state: BoxState) -> list[tuple[str, Neighbor]]:
    """Interface and neighbor of each link that OSPF runs on."""
    return [
        (port.name, neighbor)
        for port, neighbor in _reached(state)
        if (line := state.running.find(("interface", port.name))) is not None
        and any(_in_ospf(below) for below in line.lines)
    ]


def _in_ospf(line: ConfigLine) -> bool:
    words = line.text.split()
    return words[:2] == ["ospf", "enable"] or (words[0] == "ospf" and "area" in words)


def _ospf(asked: Asked, _: Words) -> BoxReply:
    comware = asked.state.kind.comware
    router = next(
        (line.text.split()[-1] for line in asked.state.running.lines
         if line.text.startswith("ospf ") and "router-id" in line.text), _NO_ROUTER,
    )  # fmt: skip
    rows = _routed(asked.state)
    if comware:
        return asked.reply(
            "", f"         OSPF Process 1 with Router ID {router}",
            "               Neighbor Brief Information", "", " Area: 0.0.0.0",
            " Router ID       Address         Pri Dead-Time  State             Interface",
            *(f" {n.name:<16}{'-':<16}{1:<4}{3:<11}{'Full/ -':<18}{name}" for name, n in rows),
        )  # fmt: skip
    return asked.reply(
        "", f"          OSPF Process 1 with Router ID {router}",
        "                   Peer Statistic Information", "-" * 76,
        " Area Id          Interface                        Neighbor id      State",
        *(f" 0.0.0.0          {name:<33}{n.name:<17}Full" for name, n in rows),
        "-" * 76,
        f" Total Peer(s):     {len(rows)}",
    )  # fmt: skip


def _bgp(asked: Asked, _: Words) -> BoxReply:
    state = asked.state
    bgp = next((line for line in state.running.lines if line.view == "bgp"), None)
    if bgp is None:
        return asked.reply()
    words = [line.text.split() for line in bgp.lines]
    peers = [(w[1], w[3]) for w in words if w[0] == "peer" and w[2:3] == ["as-number"]]
    router = next((w[1] for w in words if w[0] == "router-id"), _NO_ROUTER)
    number = bgp.text.split()[1]
    if state.kind.comware:
        return asked.reply(
            "", f" BGP local router ID: {router}", f" Local AS number: {number}",
            f" Total number of peers: {len(peers)}\t Peers in established state: {len(peers)}", "",
            "  * - Dynamically created peer",
            "  Peer                    AS  MsgRcvd  MsgSent OutQ PrefRcv Up/Down  State", "",
            *(f"  {peer:<20}{asn:>6}{10:>9}{10:>9}{0:>5}{0:>8} 00:10:00 Established"
              for peer, asn in peers),
        )  # fmt: skip
    return asked.reply(
        "", f" BGP local router ID : {router}", f" Local AS number : {number}",
        f" Total number of peers : {len(peers)}", f" Peers in established state : {len(peers)}",
        "", "  Peer          V    AS  MsgRcvd  MsgSent  OutQ  Up/Down       State PrefRcv",
        *(f"  {peer:<15} 4{asn:>6}{10:>9}{10:>9}{0:>6} 00:10:00 Established       0"
          for peer, asn in peers),
    )  # fmt: skip


def _vrrp(asked: Asked, _: Words) -> BoxReply:
    """A group is master with more than the default priority: that is the preferred half."""
    groups = [
        (port, vrid, virtual, priority)
        for port in ports_of(asked.state)
        if not port.shut
        for vrid, virtual, priority in _groups(asked.state, port.name)
    ]
    states = ["Master" if g[3] > _DEFAULT_PRIORITY else "Backup" for g in groups]
    if asked.state.kind.comware:
        return asked.reply(
            "IPv4 Virtual Router Information:", " Running mode      : Standard",
            f" Total number of virtual routers : {len(groups)}",
            " Interface          VRID  State        Running Adver   Auth     Virtual",
            "                                       Pri     Timer   Type        IP",
            " " + "-" * 69,
            *(f" {port.short:<19}{vrid:<6}{state:<13}{priority:<8}{100:<8}{'None':<9}{virtual}"
              for (port, vrid, virtual, priority), state in zip(groups, states, strict=True)),
        )  # fmt: skip
    return asked.reply(
        "VRID  State        Interface                Type     Virtual IP", "-" * 64,
        *(f"{vrid:<6}{state:<13}{port.name:<25}{'Normal':<9}{virtual}"
          for (port, vrid, virtual, _), state in zip(groups, states, strict=True)),
        "-" * 64,
        f"Total:{len(groups)}     Master:{states.count('Master')}     "
        f"Backup:{states.count('Backup')}     Non-active:0",
    )  # fmt: skip


def _groups(state: BoxState, name: str) -> list[tuple[int, str, int]]:
    line = state.running.find(("interface", name))
    words = [below.text.split() for below in line.lines] if line is not None else []
    found = {int(w[2]): w[4] for w in words if w[:2] == ["vrrp", "vrid"] and w[3] == "virtual-ip"}
    priorities = {
        int(w[2]): int(w[4]) for w in words if w[:2] == ["vrrp", "vrid"] and w[3] == "priority"
    }
    return [
        (vrid, virtual, priorities.get(vrid, _DEFAULT_PRIORITY)) for vrid, virtual in found.items()
    ]


NEIGHBOR_DISPLAYS = (
    OperatorCommand("display ospf peer ...", _ospf),
    OperatorCommand("display ospf * peer ...", _ospf),
    OperatorCommand("display bgp peer ...", _bgp),
    OperatorCommand("display vrrp ...", _vrrp),
)
VRP_NEIGHBORS = (OperatorCommand("display lldp neighbor ...", _vrp_lldp),)
COMWARE_NEIGHBORS = (OperatorCommand("display lldp neighbor-information ...", _comware_lldp),)
