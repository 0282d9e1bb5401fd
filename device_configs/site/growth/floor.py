"""One more floor of seats, like one that is declared: its names, numbers and addresses (pure).

Everything that has to be unique is the lowest that is free behind the pattern's own: the number in
the names, the prefix, VLAN, router identifier, management address, sockets, seats and telephones.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from device_configs.site.model import Device, Network, Seat, Site
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message

MANAGEMENT = "management"
_LAST_NUMBER = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True)
class FloorPattern:
    """The floor that is repeated: its switch, the network of its seats, and these."""

    switch: Device
    network: Network
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class NewFloor:
    """``words`` are what the pattern's own words become; ``sockets`` maps a device that fixes the
    socket of the pattern's switch to the one of the new switch."""

    switch: str
    network: str
    rack: str
    words: Mapping[str, str]
    router_ids: Mapping[int, int]
    vlan: int | None
    column: float
    sockets: Mapping[str, int]
    seats: tuple[Seat, ...]


def floor_pattern(site: Site, like: str | None) -> FloorPattern:
    """The floor of a switch, of the last one with seats for None.

    Raises :class:`NotFound` for a switch without seats.
    """
    switches = list(dict.fromkeys(seat.switch for seat in site.seats.values()))
    name = like or (switches[-1] if switches else "")
    seats = tuple(seat for seat in site.seats.values() if seat.switch == name)
    networks = {seat.network for seat in seats}
    if len(networks) != 1:
        raise NotFound(
            "没有可以照搬的楼层",
            message("{name} 不是带一个座席网段的接入交换机。", name=name or "-"),
            "、".join(switches),
        )
    return FloorPattern(site.devices[name], site.networks[networks.pop()], seats)


def next_floor(site: Site, pattern: FloorPattern, seats: int) -> NewFloor:
    """A floor with so many seats. Raises :class:`Invalid` for a number that does not fit, and
    :class:`Conflict` where nothing is free."""
    switch, network = pattern.switch, pattern.network
    prefix = _next_prefix(site, network.prefix)
    first = _offset(network, min(seat.address for seat in pattern.seats))
    room = prefix.num_addresses - 1 - first
    if not 1 <= seats <= room:
        raise Invalid("座席数不正确", str(seats), message("1 至 {room} 之间", room=room))
    names = {old: _next_name(old, taken) for old, taken in (
        (switch.name, {*site.devices, *site.seats}), (network.name, site.networks),
        (switch.rack, site.racks),
    )}  # fmt: skip
    words = {**names, str(network.prefix): str(prefix)}
    if network.ipv6_prefix is not None:
        words[str(network.ipv6_prefix)] = str(_next_ipv6_prefix(site, network.ipv6_prefix))
    held = (*network.members.values(), *(v.address for v in network.virtual_addresses))
    words |= {str(found): str(prefix[_offset(network, found)]) for found in held}
    if switch.management_address is not None:
        words[str(switch.management_address)] = str(_next_management(site, switch))
    if switch.asset is not None:
        words[switch.asset.serial] = f"PENDING-{names[switch.name]}"
    titles = (switch.title, site.racks[switch.rack].title)
    for text in (text for title in titles for text in (title.zh, title.en)):
        words[text] = _renumbered(text, names[switch.name])
    identifiers = [v.router_id for v in network.virtual_addresses]
    taken = {v.router_id for found in site.networks.values() for v in found.virtual_addresses}
    return NewFloor(
        switch=names[switch.name],
        network=names[network.name],
        rack=names[switch.rack],
        words=words,
        router_ids=dict(zip(identifiers, _free(identifiers, taken, 255), strict=True)),
        vlan=None if network.vlan is None else _free(
            [network.vlan], {n.vlan for n in site.networks.values() if n.vlan}, 4094
        )[0],
        column=_column(site, switch),
        sockets={
            name: max(device.ports.values()) + 1
            for name, device in site.devices.items()
            if switch.name in device.ports
        },
        seats=tuple(_seats(site, pattern, names, prefix[first], seats)),
    )  # fmt: skip


def _offset(network: Network, address: IPv4Address) -> int:
    return int(address) - int(network.prefix.network_address)


def _next_name(name: str, taken: Collection[str]) -> str:
    found = _LAST_NUMBER.match(name)
    stem, number = (found[1], int(found[2])) if found else (f"{name}-", 1)
    while f"{stem}{number}" in taken or f"{stem}{number}" == name:
        number += 1
    return f"{stem}{number}"


def _renumbered(text: str, name: str) -> str:
    """A title that ends in a number, with that of the new switch."""
    number = _LAST_NUMBER.match(name)
    found = _LAST_NUMBER.match(text)
    return f"{found[1]}{number[2]}" if found and number else f"{text} {name}"


def _next_prefix(site: Site, prefix: IPv4Network) -> IPv4Network:
    taken = [network.prefix for network in site.networks.values()]
    step, address = prefix.num_addresses, int(prefix.broadcast_address) + 1
    while address + step <= 2**32:
        found = IPv4Network((address, prefix.prefixlen))
        if not any(found.overlaps(other) for other in taken):
            return found
        address += step
    raise Conflict("没有空闲的网段", str(prefix), "在 networks.yml 中另选一个网段")


def _next_ipv6_prefix(site: Site, prefix: IPv6Network) -> IPv6Network:
    taken = {network.ipv6_prefix for network in site.networks.values()}
    address = int(prefix.network_address) + prefix.num_addresses
    while address + prefix.num_addresses <= 2**128:
        found = IPv6Network((address, prefix.prefixlen))
        if not any(other is not None and found.overlaps(other) for other in taken):
            return found
        address += prefix.num_addresses
    raise Conflict("没有空闲的网段", str(prefix), "在 networks.yml 中另选一个网段")


def _next_management(site: Site, switch: Device) -> IPv4Address:
    network = site.networks[MANAGEMENT]
    taken = set(network.members.values())
    address = switch.management_address
    assert address is not None  # noqa: S101 - the caller has looked
    for number in range(int(address) + 1, int(network.prefix.broadcast_address)):
        if IPv4Address(number) not in taken:
            return IPv4Address(number)
    raise Conflict("管理网段没有空闲地址", str(network.prefix), "扩大管理网段")


def _free(pattern: Iterable[int], taken: Collection[int], most: int) -> list[int]:
    """The lowest numbers behind the pattern's that are free, one each."""
    found: list[int] = []
    for number in pattern:
        after = range(number + 1, most + 1)
        free = next((n for n in after if n not in taken and n not in found), None)
        if free is None:
            raise Conflict("没有空闲的编号", f"{number}-{most}", "在 networks.yml 中另选编号")
        found.append(free)
    return found


def _column(site: Site, switch: Device) -> float:
    """The nearest place to the right of the pattern in which the wall has nothing; 0 for a pattern
    that has no place itself."""
    if switch.wall is None:
        return 0
    places = [device.wall for device in site.devices.values() if device.wall is not None]
    used = {place.column for place in places if place.row == switch.wall.row}
    column = switch.wall.column
    while any(abs(column - other) < _WIDTH for other in used) and column + _WIDTH <= _WALL:
        column = round(column + _WIDTH, 1)
    return column


_WIDTH, _WALL = 1.9, 23.0


def _seats(
    site: Site, pattern: FloorPattern, names: Mapping[str, str], first: IPv4Address, count: int
) -> Iterable[Seat]:
    last = max(site.seats.values(), key=lambda seat: seat.number)
    row = max(seat.row for seat in site.seats.values()) + 1
    phones = _counted(last.phone, {seat.phone for seat in site.seats.values()}, count)
    hosts = _counted(last.host_asset, {s.host_asset for s in site.seats.values()}, count)
    displays = _counted(
        last.display_asset.split("+")[-1], {s.display_asset for s in site.seats.values()}, count
    )
    for index in range(count):
        number = last.number + 1 + index
        yield pattern.seats[0].model_copy(
            update={
                "name": f"seat-{number:03d}",
                "number": number,
                "switch": names[pattern.switch.name],
                "network": names[pattern.network.name],
                "address": first + index,
                "row": row,
                "column": index + 1,
                "phone": phones[index],
                "host_asset": hosts[index],
                "display_asset": displays[index],
            }
        )


def _counted(text: str, taken: Collection[str], count: int) -> list[str]:
    """The next names that count on: ``PC-073`` after ``PC-072``."""
    found = _LAST_NUMBER.match(text)
    stem, digits = (found[1], found[2]) if found else (f"{text}-", "0")
    names: list[str] = []
    number = int(digits)
    while len(names) < count:
        number += 1
        name = f"{stem}{number:0{len(digits)}d}"
        if name not in taken:
            names.append(name)
    return names
