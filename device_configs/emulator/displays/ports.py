"""The interfaces of a box as its configuration has them (pure)."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface

from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.state import BoxState

_SHORT = (
    ("Ten-GigabitEthernet", "XGE"), ("M-GigabitEthernet", "M-GE"), ("GigabitEthernet", "GE"),
    ("Vlan-interface", "Vlan"), ("LoopBack", "Loop"), ("Bridge-Aggregation", "BAGG"),
    ("Route-Aggregation", "RAGG"),
)  # fmt: skip
_VIRTUAL = ("LoopBack", "NULL", "Tunnel")
_SWITCHED_TYPES = {"access": "A", "trunk": "T", "hybrid": "H"}


@dataclass(frozen=True, slots=True)
class PortState:
    """An interface: its lines, and whether it is up."""

    name: str
    up: bool
    shut: bool
    description: str
    addresses: tuple[IPv4Interface, ...]
    bridged: bool
    link_type: str
    vlan: int
    vpn_instance: str

    @property
    def short(self) -> str:
        """The name as Comware's tables cut it."""
        for long, short in _SHORT:
            if self.name.startswith(long):
                return short + self.name.removeprefix(long)
        return self.name

    @property
    def spoofing(self) -> bool:
        """Whether the protocol is up without anybody at the other end."""
        return self.name.startswith(_VIRTUAL)

    @property
    def address(self) -> IPv4Interface | None:
        return self.addresses[0] if self.addresses else None


def ports_of(state: BoxState) -> list[PortState]:
    """Every configured interface; one is down when it is shut, and up else."""
    return [
        _port(line) for line in state.running.lines if (line.view or "").startswith("interface-")
    ]


def mac_of(name: str) -> str:
    """A hardware address of a box, the same one always; of the locally administered ones."""
    digest = f"{zlib.crc32(name.encode()):08x}"
    return f"0200-{digest[:4]}-{digest[4:]}"


def _port(line: ConfigLine) -> PortState:
    words = [tuple(below.text.split()) for below in line.lines]
    shut = ("shutdown",) in words
    comware_bridge = ("port", "link-mode", "bridge") in words
    types = [w[2] for w in words if w[:2] == ("port", "link-type")]
    vlans = [
        w[3] for w in words if w[:3] in (("port", "access", "vlan"), ("port", "default", "vlan"))
    ]
    return PortState(
        name=line.text.split(maxsplit=1)[1],
        up=not shut,
        shut=shut,
        description=next(
            (b.text.partition(" ")[2] for b in line.lines if b.text.startswith("description ")), ""
        ),
        addresses=tuple(_addresses(words)),
        bridged=comware_bridge or bool(types) or bool(vlans),
        link_type=_SWITCHED_TYPES.get(types[0] if types else "access", "A"),
        vlan=int(vlans[0]) if vlans else 1,
        vpn_instance=next((w[3] for w in words if w[:3] == ("ip", "binding", "vpn-instance")), ""),
    )


def _addresses(words: list[tuple[str, ...]]) -> Iterator[IPv4Interface]:
    for line in words:
        if line[:2] == ("ip", "address") and len(line) > 3:
            try:
                yield IPv4Interface(f"{line[2]}/{line[3]}")
            except ValueError:
                continue
