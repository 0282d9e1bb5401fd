"""From differences to stages (pure).

The halves of the dual network are changed one after the other, the one that stands by first, so
that a partner that is not touched carries every pair meanwhile. Between them come firewall pairs
that copy what changes to each other: they cannot be changed by halves. Devices without a partner
follow, role by role: one canary, then twice as many each time. What the management network and the
platform itself rest on comes last and alone. A site on which nothing was ever configured is one
stage: there is nothing yet that could be kept going.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from device_configs.changes.model import (
    REVERT_IN_S,
    ChangePlan,
    ChangeStage,
    DeviceDifference,
    StageKind,
)
from device_configs.site.model import Device, Half, Site
from ops_core.kernel.errors import Conflict, Invalid

WIDEST = 8
"""The most devices without a partner that are changed at a time."""


def plan_change(
    site: Site,
    differences: Sequence[DeviceDifference],
    *,
    widest: int = WIDEST,
    revert_in_s: int = REVERT_IN_S,
    repair: bool = False,
) -> ChangePlan:
    """The plan for devices that were asked; those as intended already are named in it.

    Raises :class:`Conflict` where a device could not be asked: what is not known is not planned.
    Raises :class:`Invalid` for a width below one.
    """
    if widest < 1:
        raise Invalid("每批设备数不正确", str(widest), "至少为 1")
    unknown = [found for found in differences if not found.is_known]
    if unknown:
        raise Conflict(
            "有设备的现状未知，无法制定变更计划",
            "\n".join(f"{found.device}: {found.problem}" for found in unknown),
            "先恢复这些设备的管理连接，或用 --limit 将其排除",
        )
    changing = [site.devices[found.device] for found in differences if found.changes]
    copying = {found.device for found in differences if found.changes and found.copied}
    _require_both_halves(site, copying, {found.device for found in differences})
    if is_bootstrap(site, differences):
        devices = tuple(device.name for device in changing)
        stages: tuple[ChangeStage, ...] = (ChangeStage(kind=StageKind.BOOTSTRAP, devices=devices),)
    else:
        stages = tuple(_stages(changing, copying, standby_half(site, differences), widest))
    return ChangePlan(
        stages=stages,
        differences=tuple(found for found in differences if found.changes),
        unchanged=tuple(f.device for f in differences if not f.changes and not f.unknown),
        unknown={found.device: found.unknown for found in differences if found.unknown},
        revert_in_s=revert_in_s,
        repair=repair,
    )


def is_bootstrap(site: Site, differences: Sequence[DeviceDifference]) -> bool:
    """Whether every device of the site was asked and nothing was ever configured on any of them."""
    asked = {found.device for found in differences}
    everything = bool(asked) and all(device.name in asked for device in site.deployed)
    return everything and all(found.bare for found in differences)


def standby_half(site: Site, differences: Iterable[DeviceDifference]) -> Half:
    """The half with fewer devices that carry their pair's traffic; B where they are as many."""
    active = [site.devices[found.device].half for found in differences if found.active]
    return Half.A if active.count(Half.A) < active.count(Half.B) else Half.B


def _require_both_halves(site: Site, copying: Iterable[str], asked: Collection[str]) -> None:
    left_out = sorted(
        partner
        for name in copying
        if (partner := site.devices[name].partner) is not None and partner not in asked
    )
    if left_out:
        raise Conflict(
            "变更会由主墙复制到未选中的另一半",
            "、".join(left_out),
            "将一对防火墙的两台都纳入变更",
        )


def _stages(
    changing: Sequence[Device], copying: Collection[str], standby: Half, widest: int
) -> Iterator[ChangeStage]:
    copiers = [d for d in changing if d.name in copying or d.partner in copying]
    paired = [device for device in changing if device.partner and device not in copiers]
    halves = tuple(_halves(paired, standby))
    yield from (stage for stage in halves if stage.kind is StageKind.STANDBY_HALF)
    if copiers:
        yield ChangeStage(
            kind=StageKind.COPYING_PAIR, devices=tuple(device.name for device in copiers)
        )
    yield from (stage for stage in halves if stage.kind is StageKind.ACTIVE_HALF)
    alone = [device for device in changing if not device.partner]
    for role in _roles(device for device in alone if not _is_foundation(device)):
        yield from _batches([d.name for d in alone if d.role.name == role], widest)
    for device in sorted(filter(_is_foundation, alone), key=_is_platform):
        yield ChangeStage(kind=StageKind.SINGLE, devices=(device.name,))


def _halves(paired: Sequence[Device], standby: Half) -> Iterator[ChangeStage]:
    first = [device for device in paired if device.half is standby]
    second = [device for device in paired if device.half is not standby]
    for kind, devices in (StageKind.STANDBY_HALF, first), (StageKind.ACTIVE_HALF, second):
        # Partners that were declared into one half are kept apart all the same.
        early = [d for n, d in enumerate(devices) if not _has_partner_in(devices[:n], d)]
        late = [d for d in devices if d not in early]
        for part in early, late:
            if part:
                yield ChangeStage(kind=kind, devices=tuple(device.name for device in part))


def _has_partner_in(devices: Iterable[Device], device: Device) -> bool:
    return any(device.partner == other.name or other.partner == device.name for other in devices)


def _roles(devices: Iterable[Device]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(device.role.name for device in devices))


def _batches(names: Sequence[str], widest: int) -> Iterator[ChangeStage]:
    if len(names) == 1:
        yield ChangeStage(kind=StageKind.SINGLE, devices=(names[0],))
        return
    start, size = 0, 1
    while start < len(names):
        kind = StageKind.REST if start else StageKind.CANARY
        yield ChangeStage(kind=kind, devices=tuple(names[start : start + size]))
        start, size = start + size, min(widest, size * 2)


def _is_foundation(device: Device) -> bool:
    """Whether management itself rests on it."""
    return device.role.management_bridge or _is_platform(device)


def _is_platform(device: Device) -> bool:
    return device.role.collects_measurements
