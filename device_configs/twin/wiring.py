"""Texts for ``ip -batch``, ``nft -f`` and ``sysctl -p``, made by pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address
from itertools import count

from device_configs.twin.plan import Cable, DevicePlan, Node, SeatPlan, TwinPlan

HANG_TABLE = "twin-hang"
FIRST_PORT_INDEX = 100


def cable_batch(cables: Iterable[Cable], networks: Mapping[str, int]) -> str:
    """One ``ip -batch`` for all veth pairs; ``networks`` are descriptors open in ``ip`` too.

    Every port gets an interface index of its own in the whole twin. With equal indices at both
    ends the kernel takes the pair for no virtual link and may tell a lost carrier a second
    late (net/core/link_watch.c, linkwatch_urgent_event).
    """
    return "".join(
        f"link add name {cable.a.name} index {index} netns /proc/self/fd/{networks[cable.a.node]}"
        f" type veth peer name {cable.b.name} index {index + 1}"
        f" netns /proc/self/fd/{networks[cable.b.node]}\n"
        for index, cable in zip(count(FIRST_PORT_INDEX, step=2), cables, strict=False)
    )


def boot_batch(node: Node, ports_up: Iterable[str]) -> str:
    """What a node has in its network before it starts: loopback, bridge, addresses, ports."""
    lines = ["link set lo up"]
    if isinstance(node, DevicePlan) and node.bridge is not None:
        bridge = node.bridge.name
        lines.append(f"link add name {bridge} type bridge mcast_snooping 0")
        lines += [f"link set {port} master {bridge}" for port in node.bridge.ports]
        lines.append(f"link set {bridge} up")
    lines += [f"addr add {a.address} dev {a.port}" for a in node.addresses]
    lines += [f"link set {port} up" for port in ports_up]
    return "\n".join(lines) + "\n" + gateway_batch(node)


def gateway_batch(node: Node) -> str:
    """A seat's default route: the kernel forgets it whenever the port goes down."""
    if isinstance(node, SeatPlan) and node.gateway is not None:
        return f"route replace default via {node.gateway} dev {node.port} onlink\n"
    return ""


def forget_batch(kinds: Mapping[str, str]) -> str:
    """Remove everything but the cables' ends; ``kinds`` is the kind by interface name.

    Addresses, routes, neighbours and made interfaces are lost with the power of a real device.
    """
    lines = []
    for name, kind in kinds.items():
        if kind == "veth":
            lines += [f"link set {name} nomaster", f"addr flush dev {name}"]
        elif kind == "loopback":
            lines += [f"addr flush dev {name}", f"link set {name} down"]
        else:
            lines.append(f"link delete {name}")
    return "\n".join([*lines, "neigh flush all", "route flush table all"]) + "\n"


def ports_batch(ports: Sequence[str], state: str) -> str:
    """All ports ``up`` or ``down`` in one batch."""
    return "".join(f"link set {port} {state}\n" for port in ports)


def silence(table: str, ports: Iterable[str]) -> str:
    """An nft script that drops every frame of the ports both ways while they stay up.

    The table is made afresh, so the script may be loaded twice. (This kernel has no netem.)
    """
    chains = "\n".join(
        f" chain {hook}-{port} {{\n"
        f'  type filter hook {hook} device "{port}" priority -300; policy drop;\n'
        " }"
        for port in ports
        for hook in ("ingress", "egress")
    )
    return unsilence(table) + f"table netdev {table} {{\n{chains}\n}}\n"


def unsilence(table: str) -> str:
    """An nft script that removes what :func:`silence` made, and succeeds without it."""
    return f"table netdev {table}\ndelete table netdev {table}\n"


def silence_table(port: str) -> str:
    """Name of the table that silences one port for a silent cut of its cable."""
    return f"twin-cut-{port}"


def system_settings(device: DevicePlan) -> tuple[tuple[str, int], ...]:
    """Kernel settings of a device by its role, as (key, value)."""
    strict = (
        ("net.netfilter.nf_conntrack_tcp_loose", 0),
        ("net.netfilter.nf_conntrack_tcp_be_liberal", 1),
    )
    return (
        *_routing_settings(),
        ("net.ipv4.ip_forward", int(device.forwards)),
        *(strict if device.is_stateful else ()),
    )


def _routing_settings() -> Iterator[tuple[str, int]]:
    for scope in ("all", "default"):
        yield f"net.ipv4.conf.{scope}.rp_filter", 0
        yield f"net.ipv4.conf.{scope}.ignore_routes_with_linkdown", 1
        yield f"net.ipv6.conf.{scope}.disable_ipv6", 1


def hosts_file(plan: TwinPlan, own_name: str) -> str:
    """``/etc/hosts`` of a device: itself and every device with a management address."""
    names: Mapping[str, IPv4Address] = plan.hosts
    lines = ["127.0.0.1 localhost", f"127.0.1.1 {own_name}"]
    lines += [f"{address} {name}" for name, address in names.items() if name != own_name]
    return "\n".join(lines) + "\n"


def is_provider(device: DevicePlan) -> bool:
    """Whether the device belongs to a provider and so runs the demonstration services."""
    return device.role.outside
