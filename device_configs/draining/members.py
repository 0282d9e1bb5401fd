"""Which devices have to hand over their traffic so that a device may be changed; pure."""

from collections.abc import Iterable, Iterator

from device_configs.render.families import families
from device_configs.render.manifest import load_manifest
from device_configs.site.model import Device, Site
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

PROGRAM = "/usr/local/sbin/device-drain"


def devices_to_drain(site: Site, names: Iterable[str]) -> tuple[str, ...]:
    """The devices that hand over for ``names``, in the order in which they do, each once.

    A device in line (an IPS) has nothing to hand over itself: the hot standby beside it does.
    Relays (gates, voice gateways) that are wired to a drained device hand over first. A log
    collector needs nothing, every device sends to both. Raises :class:`Invalid` for a device
    without a partner, for an undeclared one, and for both devices of a pair: one of them has to
    carry the traffic.
    """
    asked = tuple(dict.fromkeys(names))
    alone = [name for name in asked if _partner_of(site, name) is None]
    if alone:
        raise Invalid(
            "设备不能排空",
            detail=message("没有可以接管的配对设备：{names}", names="、".join(alone)),
            remedy="选择成对设备中的一台；单台设备只能在变更窗口内直接变更",
        )
    found = {member for name in asked for member in _members(site, site.devices[name])}
    pairs = sorted(name for name in found if site.devices[name].partner in found)
    if pairs:
        raise Invalid(
            "一对设备不能同时排空",
            detail="、".join(pairs),
            remedy="一次只排空一侧，另一侧必须承载业务",
        )
    return tuple(sorted(found, key=lambda name: _order(site.devices[name])))


def _partner_of(site: Site, name: str) -> str | None:
    device = site.devices.get(name)
    return None if device is None else device.partner


def _members(site: Site, device: Device) -> Iterator[str]:
    if device.platform in families():
        # It has no program of ours, and its partner takes over when it must; relays on it have one.
        yield from _adjacent_relays(site, device)
    elif hands_over(device):
        yield device.name
        yield from _adjacent_relays(site, device)
    else:
        for network in site.networks.values():
            if device.name in network.bridges:
                yield from (
                    name
                    for name in network.members
                    if name in site.devices
                    and site.devices[name].role.hot_standby
                    and site.devices[name].platform not in families()
                )


def _adjacent_relays(site: Site, device: Device) -> Iterator[str]:
    for link in site.links_of[device.name]:
        other = site.devices.get(link.peer_of(device.name).device)
        if other is None or other.platform in families():
            continue
        if other.role.relays and other.partner is not None:
            yield other.name


def hands_over(device: Device) -> bool:
    """Whether the device has the program that hands its traffic over."""
    if device.partner is None or not device.deployed or device.platform in families():
        return False
    entries = load_manifest(device.platform).entries(
        device.name, device.role.name, deployed=device.deployed
    )
    return any(file.path == PROGRAM for entry in entries for file in entry.files)


def _order(device: Device) -> tuple[int, str]:
    """From the inside out: relays, gateways of the access networks, firewalls, routers."""
    role = device.role
    rank = 0 if role.relays else 1 if role.access_gateway else 2 if role.hot_standby else 3
    return rank, device.name
